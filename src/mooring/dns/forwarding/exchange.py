"""One question to one server: over UDP, again over TCP if it does not fit, without EDNS if it must.

What protects against forged replies (RFC 5452): a socket and so a port of the kernel's choice for
every query, connected, so that the kernel drops what comes from another address; an id from the
system's random source; the question repeated. What fits none of it is passed over, and when there
is much of that, the question is asked over TCP, where nobody can guess.
"""

import asyncio
import secrets
import socket
from collections.abc import Callable
from typing import Final, TypeAlias

from mooring.dns.forwarding.counters import ForwardCounters
from mooring.dns.forwarding.servers import Server
from mooring.dns.forwarding.settings import Timing
from mooring.linux.zone import zone_index
from mooring.model.error import MachineError
from mooring.wire.constant import TC, Rcode
from mooring.wire.message import MessageSyntaxError
from mooring.wire.outgoing import OutgoingQuery, rcode
from mooring.wire.question import Question

OpenSocket: TypeAlias = Callable[[str, int, int], socket.socket]
"""Opens a socket of a family and a type inside the namespace at a path, ``""`` the daemon's own."""

_DATAGRAM_LIMIT: Final = 65535
_FORGERY_LIMIT: Final = 16
"""Datagrams that fit nothing until we suspect that somebody is guessing ids."""
_NO_EDNS: Final = frozenset({Rcode.FORMERR, Rcode.NOTIMP})
"""What a server that cannot read an OPT record answers (RFC 6891, section 7)."""


class Exchange:
    """Speaks with servers. ``clock`` gives seconds that never go back."""

    def __init__(
        self,
        open_socket: OpenSocket,
        timing: Timing,
        counters: ForwardCounters,
        clock: Callable[[], float],
    ) -> None:
        self._open_socket: Final = open_socket
        self._timing: Final = timing
        self._counters: Final = counters
        self._clock: Final = clock

    async def ask(self, namespace: str, server: Server, question: Question) -> tuple[bytes, str]:
        """The server's reply to the question, and the transport that brought it.

        Waits without end where nothing comes. Raises OSError for a server that cannot be reached,
        MessageSyntaxError for a broken TCP reply, MooringError where no socket can be opened, which
        is no fault of the server's.
        """
        if server.speaks_edns(self._clock()):
            query = OutgoingQuery(question, edns=True)
            reply, transport = await self._ask(namespace, server, query)
            if rcode(reply) not in _NO_EDNS:
                return reply, transport
            plain, transport = await self._ask(
                namespace, server, OutgoingQuery(question, edns=False)
            )
            if rcode(plain) not in _NO_EDNS:
                server.is_plain(self._clock())
            return plain, transport
        return await self._ask(namespace, server, OutgoingQuery(question, edns=False))

    async def _ask(self, namespace: str, server: Server, query: OutgoingQuery) -> tuple[bytes, str]:
        asked = self._clock()
        reply = await self._over_udp(namespace, server, query)
        if reply is not None:
            server.answered(self._clock(), self._clock() - asked)
            if not int.from_bytes(reply[2:4], "big") & TC:
                return reply, "UDP"
        reply = await self._over_tcp(namespace, server, query)
        server.answered(self._clock(), self._clock() - asked)
        return reply, "TCP"

    async def _over_udp(self, namespace: str, server: Server, query: OutgoingQuery) -> bytes | None:
        """The reply, or None if somebody seems to be forging it."""
        loop = asyncio.get_running_loop()
        identity = secrets.randbits(16)
        packet = query.encode(identity)
        unmatched = 0
        with self._connected(namespace, server) as sock:
            while True:
                sock.send(packet)
                self._counters.datagrams += 1
                try:
                    async with asyncio.timeout(self._timing.resend):
                        while unmatched < _FORGERY_LIMIT:
                            reply = await loop.sock_recv(sock, _DATAGRAM_LIMIT)
                            if query.is_answered_by(reply, identity):
                                return reply
                            unmatched += 1
                            self._counters.unmatched += 1
                        return None
                except TimeoutError:
                    continue

    def _connected(self, namespace: str, server: Server) -> socket.socket:
        """A UDP socket that exchanges datagrams with this server alone."""
        sock, address = self._open(namespace, server, socket.SOCK_DGRAM)
        try:
            sock.connect(address)
        except BaseException:
            sock.close()
            raise
        return sock

    async def _over_tcp(self, namespace: str, server: Server, query: OutgoingQuery) -> bytes:
        loop = asyncio.get_running_loop()
        identity = secrets.randbits(16)
        packet = query.encode(identity)
        sock, address = self._open(namespace, server, socket.SOCK_STREAM)
        with sock:
            self._counters.streams += 1
            await loop.sock_connect(sock, address)
            await loop.sock_sendall(sock, len(packet).to_bytes(2, "big") + packet)
            length = int.from_bytes(await _receive(sock, 2), "big")
            reply = await _receive(sock, length)
        if not query.is_answered_by(reply, identity):
            raise MessageSyntaxError("the TCP reply answers another question")
        return reply

    def _open(
        self, namespace: str, server: Server, kind: int
    ) -> tuple[socket.socket, tuple[str, int] | tuple[str, int, int, int]]:
        name = server.address
        v6 = ":" in name.address
        try:
            sock = self._open_socket(namespace, socket.AF_INET6 if v6 else socket.AF_INET, kind)
        except OSError as error:
            raise MachineError(f"cannot open a socket: {error.strerror or error}") from error
        try:
            sock.setblocking(False)
            if not v6:
                return sock, (name.address, name.port)
            zone = zone_index(sock, name.zone) if name.zone else 0
            return sock, (name.address, name.port, 0, zone)
        except BaseException:
            sock.close()
            raise


async def _receive(sock: socket.socket, count: int) -> bytes:
    """Exactly ``count`` octets of a stream."""
    loop = asyncio.get_running_loop()
    received = bytearray()
    while len(received) < count:
        part = await loop.sock_recv(sock, count - len(received))
        if not part:
            raise ConnectionResetError("the connection was closed before the reply was whole")
        received += part
    return bytes(received)
