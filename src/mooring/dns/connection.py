"""One TCP connection: pipelined queries in, their replies out in whatever order they are ready."""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from mooring.dns.chain import Waiting
from mooring.dns.query import Transport
from mooring.dns.responder import Responder
from mooring.linux.datagrams import Address
from mooring.wire.stream import Framer, frame

_READ_SIZE: Final = 16384
_BURST: Final = 16
"""Queries answered at a stretch before other sockets have their turn."""
_WAITING_LIMIT: Final = 32
"""Queries of one connection that may wait for an answer from elsewhere; then it is not read."""
_BACKLOG: Final = 1 << 16
"""Octets of replies that the client has not taken, above which it is not read either."""


class Connection:
    """Answers what comes over one connected, non-blocking socket, which it owns.

    ``idle_limit`` is how many seconds may pass without a whole query from the client, a reply taken
    by it, or a query that waits. ``gone`` is called once, when the connection is closed. A client
    that sends what is no query at all, and so gets no answer, is disconnected.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        client: Address,
        responder: Responder,
        idle_limit: float,
        gone: Callable[["Connection"], None],
    ) -> None:
        self._loop: Final = loop
        self._socket: Final = sock
        self._client: Final = client
        self._responder: Final = responder
        self._idle_limit: Final = idle_limit
        self._gone: Final = gone
        self._framer: Final = Framer()
        self._backlog: Final = bytearray()
        self._reading = False
        self._writing = False
        self._ended = False
        """The client has said its last word, and may still wait for ours."""
        self._again: asyncio.Handle | None = None
        """Set while there is more to answer than one burst."""
        self.closed = False
        self.tasks: Final[set[asyncio.Task[None]]] = set()
        self.deadline = loop.time() + idle_limit
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read_on(True)
        self._timer = loop.call_at(self.deadline, self._watch)

    @property
    def idle(self) -> bool:
        """Whether the client owes us a query rather than we a reply."""
        return not self.tasks and not self._backlog

    def close(self) -> None:
        """Drop the connection at once, with whatever it waits for."""
        if self.closed:
            return
        self.closed = True
        self._timer.cancel()
        if self._again:
            self._again.cancel()
        self._read_on(False)
        self._write_on(False)
        for task in self.tasks:
            task.cancel()
        self._socket.close()
        self._gone(self)

    @property
    def _full(self) -> bool:
        return len(self.tasks) >= _WAITING_LIMIT or len(self._backlog) > _BACKLOG

    def _receive(self) -> None:
        try:
            data = self._socket.recv(_READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        self._framer.feed(data)
        self._ended = not data
        self._advance()

    def _advance(self) -> None:
        """Answer what has arrived as far as there is room, then read on or leave off.

        Whatever makes room calls this again: a reply that waited, or a client that reads.
        """
        if self._again:
            self._again.cancel()
            self._again = None
        for _ in range(_BURST):
            if len(self._backlog) > _BACKLOG:
                self._write()
            if self.closed or self._full or (message := self._framer.take()) is None:
                break
            self._answer(message)
        else:
            self._again = self._loop.call_soon(self._advance)
        if not self.closed:
            self._write()
        if self._ended and self.idle and not self._again:
            self.close()
        self._read_on(not (self.closed or self._ended or self._full or self._again))

    def _answer(self, message: bytes) -> None:
        self.deadline = self._loop.time() + self._idle_limit
        reply = self._responder.respond(message, self._client, Transport.TCP)
        if reply is None:
            self.close()
        elif isinstance(reply, bytes):
            self._backlog.extend(frame(reply))
        else:
            task = self._loop.create_task(self._wait(reply))
            self.tasks.add(task)
            task.add_done_callback(self._waited)

    async def _wait(self, waiting: Waiting) -> None:
        self._backlog.extend(frame(await self._responder.finish(waiting)))

    def _waited(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not self.closed:
            self.deadline = self._loop.time() + self._idle_limit
            self._advance()

    def _write(self) -> None:
        try:
            while self._backlog:
                sent = self._socket.send(self._backlog)
                del self._backlog[:sent]
                self.deadline = self._loop.time() + self._idle_limit
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        self._write_on(bool(self._backlog))

    def _writable(self) -> None:
        self._write()
        if not self.closed:
            self._advance()

    def _read_on(self, on: bool) -> None:
        if on != self._reading:
            self._reading = on
            if on:
                self._loop.add_reader(self._socket, self._receive)
            else:
                self._loop.remove_reader(self._socket)

    def _write_on(self, on: bool) -> None:
        if on != self._writing:
            self._writing = on
            if on:
                self._loop.add_writer(self._socket, self._writable)
            else:
                self._loop.remove_writer(self._socket)

    def _watch(self) -> None:
        """Close what has been idle for too long; a query that waits is the resolver's own time."""
        if self.tasks:
            self.deadline = self._loop.time() + self._idle_limit
        if self._loop.time() >= self.deadline:
            self.close()
        else:
            self._timer = self._loop.call_at(self.deadline, self._watch)
