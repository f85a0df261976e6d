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

    A table that is there from before is kept if it does just that, and replaced if not: to remove
    one takes the kernel 16 ms, fifty times as long as to make one, and so does trying in vain.
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
        if opened.ports != ports or not _stands(namespace, address, *ports):
            _translate(namespace, address, *opened.ports)
    except BaseException:
        close_sockets(opened)
        raise
    return opened


def _translate(namespace: str, address: str, udp_port: int, tcp_port: int) -> None:
    text = rules(address, udp_port, tcp_port)
    try:
        nftables.run(text, namespace)
    except nftables.NftablesError:
        nftables.run(nftables.removal(TABLE) + text, namespace)


def _stands(namespace: str, address: str, udp_port: int, tcp_port: int) -> bool:
    """Whether all our rules are there, as nft prints them; one that prints otherwise says no."""
    try:
        listed = nftables.run(f"list table {TABLE}", namespace)
    except nftables.NftablesError:
        return False
    there, back = _translations(address, udp_port, tcp_port)
    return all(rule in listed for rule in (*there, *back))


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
    """The sandbox's whole table, which must not be there yet."""
    there, back = _translations(address, udp_port, tcp_port)
    return f"""\
create table {TABLE}
table {TABLE} {{
    chain output {{
        type nat hook output priority -100;
        {"; ".join(there)}
    }}
    chain postrouting {{
        type nat hook postrouting priority srcnat;
        {"; ".join(back)}
    }}
}}
"""


def _translations(address: str, udp_port: int, tcp_port: int) -> tuple[list[str], list[str]]:
    """The rules on the way to the resolver and on the way back.

    Answers leave from the resolver's own port and must come from port 53: hence both directions.
    """
    ports = {"udp": udp_port, "tcp": tcp_port}
    return (
        [f"ip daddr {address} {by} dport 53 dnat to {address}:{to}" for by, to in ports.items()],
        [f"ip saddr {address} {by} sport {of} snat to {address}:53" for by, of in ports.items()],
    )
