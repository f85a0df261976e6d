"""A resolver on loopback sockets, asked as a client library would ask it."""

import asyncio
import socket
from typing import Final

import dns.asyncquery
import dns.message

from mooring.linux.ipv6_addresses import Ipv6Addresses
from mooring.linux.resolver import ResolverSockets

HOST: Final = "127.0.0.1"
_PATIENCE: Final = 5.0
"""Seconds; what client libraries wait."""


def loopback_sockets(ipv6: Ipv6Addresses | None = None) -> ResolverSockets:
    """Sockets as the controller hands them over, on one free port of the loopback address.

    ``ipv6`` is for a sandbox with other addresses than those of this machine.
    """
    while True:
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            tcp.bind((HOST, 0))
            udp.bind((HOST, tcp.getsockname()[1]))
        except OSError:
            tcp.close()
            udp.close()
            continue
        tcp.listen(256)
        return ResolverSockets(udp, tcp, ipv6 or Ipv6Addresses.here())


class LoopbackClient:
    """Asks whatever listens on a port, and reads replies with dnspython."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def ask(self, name: str, rtype: str = "A", *, edns: int = -1) -> dns.message.Message:
        """One question over UDP; ``edns`` is the size it announces, none if negative."""
        return await dns.asyncquery.udp(
            question(name, rtype, edns), HOST, _PATIENCE, self.port, one_rr_per_rrset=True
        )

    async def ask_tcp(self, name: str, rtype: str = "A") -> dns.message.Message:
        """One question over a TCP connection of its own."""
        return await dns.asyncquery.tcp(
            question(name, rtype), HOST, _PATIENCE, self.port, one_rr_per_rrset=True
        )

    async def exchange(self, *datagrams: bytes, replies: int) -> list[bytes]:
        """Send datagrams from one socket, and wait for so many replies."""
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            sock.connect((HOST, self.port))
            for datagram in datagrams:
                sock.send(datagram)
            async with asyncio.timeout(_PATIENCE):
                return [await loop.sock_recv(sock, 65535) for _ in range(replies)]


def question(name: str, rtype: str = "A", edns: int = -1) -> dns.message.Message:
    """A recursive query as dnspython makes it."""
    message = dns.message.make_query(name, rtype)
    if edns >= 0:
        message.use_edns(0, payload=edns)
    return message
