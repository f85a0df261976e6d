"""The resolver's sockets inside a sandbox, and the rules that lead port 53 to them.

The sockets stand on free ports, so a program in the sandbox can have port 53 for itself.
"""

import socket
from typing import Final, NamedTuple

from mooring.linux import nftables
from mooring.linux.ipv6_addresses import Ipv6Addresses
from mooring.linux.netns import inside

TABLE: Final = "ip mooring"

_BACKLOG: Final = 128
_RECEIVE_BUFFER: Final = 1 << 20
"""Octets: some thousands of questions that wait while the daemon is busy."""


class ResolverSockets(NamedTuple):
    """Bound, non-blocking sockets, the TCP one listening; and a view of where they stand."""

    udp: socket.socket
    tcp: socket.socket
    ipv6: Ipv6Addresses
    """Which addresses the namespace has."""

    @property
    def ports(self) -> tuple[int, int]:
        """The UDP and the TCP port."""
        return self.udp.getsockname()[1], self.tcp.getsockname()[1]


def open_sockets(namespace: str, address: str, ports: tuple[int, int]) -> ResolverSockets:
    """Open both sockets in a namespace and translate its port 53 on ``address`` to them.

    A table that is there from before is replaced. Only then: to remove one takes the kernel many
    times as long as to make one.
    """
    with inside(namespace):
        udp = _bind(socket.SOCK_DGRAM, address, ports[0])
        try:
            tcp = _bind(socket.SOCK_STREAM, address, ports[1])
        except OSError:
            udp.close()
            raise
        opened = ResolverSockets(udp, tcp, Ipv6Addresses.here())
    try:
        tcp.listen(_BACKLOG)
        try:
            nftables.run(rules(address, *opened.ports), namespace)
        except nftables.NftablesError:
            nftables.run(nftables.removal(TABLE) + rules(address, *opened.ports), namespace)
    except BaseException:
        close_sockets(opened)
        raise
    return opened


def close_sockets(sockets: ResolverSockets) -> None:
    """Close both, and the view."""
    sockets.udp.close()
    sockets.tcp.close()
    sockets.ipv6.close()


def _bind(kind: int, address: str, port: int) -> socket.socket:
    opened = socket.socket(socket.AF_INET, kind | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    try:
        if kind == socket.SOCK_STREAM:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        try:
            opened.bind((address, port))
        except OSError:
            if not port:
                raise
            opened.bind((address, 0))
    except BaseException:
        opened.close()
        raise
    return opened


def rules(address: str, udp_port: int, tcp_port: int) -> str:
    """The sandbox's whole table, which must not be there yet.

    Answers leave from the resolver's own port and must come from port 53: hence both directions.
    """
    return f"""\
create table {TABLE}
table {TABLE} {{
    chain output {{
        type nat hook output priority -100;
        ip daddr {address} udp dport 53 dnat to {address}:{udp_port}
        ip daddr {address} tcp dport 53 dnat to {address}:{tcp_port}
    }}
    chain postrouting {{
        type nat hook postrouting priority srcnat;
        ip saddr {address} udp sport {udp_port} snat to {address}:53
        ip saddr {address} tcp sport {tcp_port} snat to {address}:53
    }}
}}
"""
