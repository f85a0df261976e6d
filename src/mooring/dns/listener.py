"""The UDP listener: drains a socket, repeats what is compiled, and hands on what is not."""

import asyncio
import logging
import socket
from typing import Final

from mooring.dns.chain import LOG_LIMIT, Waiting
from mooring.dns.counters import Counters
from mooring.dns.query import Transport
from mooring.dns.responder import Responder
from mooring.linux.datagrams import COUNT, SLOT, Address, Batch
from mooring.wire.constant import OWN_UDP_SIZE

_log = logging.getLogger(__name__)

READ_SIZE: Final = OWN_UDP_SIZE
"""Octets of the largest query: what our OPT announces. The rest of a longer one is cut off, which
makes it malformed."""
_BATCHES: Final = 4
"""Batches answered at a stretch, for half a millisecond at most, before others have their turn."""
_WAITING_LIMIT: Final = 512
"""Queries of one listener that may wait for an answer from elsewhere."""
_FAILURE_LIMIT: Final = 64
"""Failed reads in a row after which a socket is taken for broken."""
_RECEIVE_BUFFER: Final = 1 << 20
"""Octets, which the kernel doubles: some 2,700 small queries, 25 ms of the highest load."""
_SO_RCVBUFFORCE: Final = 33


class UdpListener:
    """Answers the queries of one bound, non-blocking UDP socket, which it owns from then on.

    ``batch`` is for the socket's address family, and may be shared by all listeners of a loop.
    Nothing is raised out of a listener, and a reply that the kernel refuses is lost alone.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        responder: Responder,
        counters: Counters,
        batch: Batch,
    ) -> None:
        self._loop: Final = loop
        self._socket: Final = sock
        self._responder: Final = responder
        self._counters: Final = counters
        self._batch: Final = batch
        self._descriptor: Final = sock.fileno()
        self._tasks: Final[set[asyncio.Task[None]]] = set()
        self._failures = 0
        _enlarge(sock)
        loop.add_reader(sock, self._drain)

    def close(self) -> tuple[asyncio.Task[None], ...]:
        """Stop reading, close the socket, give up what waits: the tasks that are about to end."""
        self._loop.remove_reader(self._socket)
        self._socket.close()
        for task in self._tasks:
            task.cancel()
        return tuple(self._tasks)

    def _drain(self) -> None:
        """Answer what has come; nothing is raised out of here."""
        try:
            for _ in range(_BATCHES):
                if not self._answer_batch():
                    break
            self._failures = 0
        except Exception:
            self._failed()

    def _answer_batch(self) -> bool:
        """Read, look up, reply: the hot path. Whether there may be more that is quick to answer."""
        batch = self._batch
        memory, find = batch.memory, self._responder.compiled.replies.get
        lengths = batch.receive(self._descriptor)
        sizes: list[int] = []
        misses = 0
        for start, length in zip(batch.starts, lengths, strict=False):
            form = find(memory[start + 2 : start + length])
            if form is None:
                sizes.append(self._look_closer(len(sizes), memory[start : start + length]))
                misses += 1
                continue
            tail = form if isinstance(form, bytes) else next(form)
            size = len(tail) + 2
            memory[start + 2 : start + size] = tail
            sizes.append(size)
        self._counters.hits += len(sizes) - misses
        if sizes:
            self._counters.send_errors += batch.send(self._descriptor, sizes)
        return len(lengths) == COUNT and not misses

    def _look_closer(self, index: int, datagram: bytes) -> int:
        """Answer what is not compiled in this form; the size of a reply that is in its place."""
        client = self._batch.address(index)
        reply = self._responder.respond(datagram, client, Transport.UDP)
        if isinstance(reply, Waiting):
            if len(self._tasks) < _WAITING_LIMIT:
                task = self._loop.create_task(self._wait(reply, client))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                return 0
            reply = self._responder.overloaded(reply)
        if reply is None:
            return 0
        if len(reply) > SLOT:
            self._send(reply, client)
            return 0
        start = self._batch.starts[index]
        self._batch.memory[start : start + len(reply)] = reply
        return len(reply)

    async def _wait(self, waiting: Waiting, client: Address) -> None:
        self._send(await self._responder.finish(waiting), client)

    def _send(self, reply: bytes, client: Address) -> None:
        try:
            self._socket.sendto(reply, client)
        except OSError:
            self._counters.send_errors += 1

    def _failed(self) -> None:
        """Count a failed read; a socket that fails for good must not keep the loop busy."""
        self._counters.receive_errors += 1
        self._failures += 1
        if self._counters.receive_errors <= LOG_LIMIT:
            _log.exception("reading %r failed", self._socket)
        if self._failures == _FAILURE_LIMIT:
            _log.error("%r fails at every read; it is no longer read", self._socket)
            self._loop.remove_reader(self._socket)


def _enlarge(sock: socket.socket) -> None:
    """Make room for what comes while another part of the program runs."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
