"""The TCP listener: lets clients in, as many as there is room for."""

import asyncio
import errno
import logging
import socket
from typing import Final

from mooring.dns.connection import Connection
from mooring.dns.counters import Counters
from mooring.dns.responder import Responder

_log = logging.getLogger(__name__)

IDLE_LIMIT: Final = 10.0
"""Seconds that a connection may stay open unused (RFC 7766, section 6.2.3)."""
CONNECTION_LIMIT: Final = 64
"""Connections of one listener."""
_BURST: Final = 16
"""Connections accepted at a stretch."""
_PAUSE: Final = 1.0
"""Seconds without accepting after the process ran out of file descriptors or memory."""
_EXHAUSTED: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class TcpListener:
    """Answers the queries that come over one listening, non-blocking socket, which it owns.

    When there are too many connections, the one that has been idle for longest makes room; if all
    are busy, the newcomer is closed.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        responder: Responder,
        counters: Counters,
        *,
        idle_limit: float = IDLE_LIMIT,
        connection_limit: int = CONNECTION_LIMIT,
    ) -> None:
        self._loop: Final = loop
        self._socket: Final = sock
        self._responder: Final = responder
        self._counters: Final = counters
        self._idle_limit: Final = idle_limit
        self._connection_limit: Final = connection_limit
        self._connections: Final[set[Connection]] = set()
        self._pause: asyncio.TimerHandle | None = None
        loop.add_reader(sock, self._accept)

    def close(self) -> tuple[asyncio.Task[None], ...]:
        """Let nobody in, drop every connection and its waiting queries, close the socket.

        Returns the tasks that are about to end.
        """
        if self._pause:
            self._pause.cancel()
        self._loop.remove_reader(self._socket)
        self._socket.close()
        connections = tuple(self._connections)
        tasks = tuple(task for connection in connections for task in connection.tasks)
        for connection in connections:
            connection.close()
        return tasks

    def _accept(self) -> None:
        for _ in range(_BURST):
            try:
                sock, client = self._socket.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                self._counters.receive_errors += 1
                self._leave_off(error)
                return
            self._admit(sock, client)

    def _admit(self, sock: socket.socket, client: tuple[str, int]) -> None:
        if len(self._connections) >= self._connection_limit:
            self._counters.closed_for_room += 1
            idle = [connection for connection in self._connections if connection.idle]
            if not idle:
                sock.close()
                return
            min(idle, key=lambda connection: connection.deadline).close()
        try:
            sock.setblocking(False)
            connection = Connection(
                self._loop, sock, client, self._responder, self._idle_limit, self._gone
            )
        except OSError:
            sock.close()
            return
        self._connections.add(connection)
        self._counters.accepted += 1
        self._counters.connections += 1

    def _gone(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self._counters.connections -= 1

    def _leave_off(self, error: OSError) -> None:
        """Pause, since a socket that cannot be accepted from stays readable."""
        _log.log(
            logging.WARNING if error.errno in _EXHAUSTED else logging.ERROR,
            "%r accepts no connection for %s s: %s",
            self._socket,
            _PAUSE,
            error,
        )
        self._loop.remove_reader(self._socket)
        self._pause = self._loop.call_later(
            _PAUSE, self._loop.add_reader, self._socket, self._accept
        )
