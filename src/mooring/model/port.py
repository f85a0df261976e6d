"""Ports: what a sandbox wants published, and what is published of it."""

from typing import Final

import msgspec

from mooring.model.endpoint import Endpoint
from mooring.model.network import Network

PROTOCOLS: Final = ("tcp", "udp", "sctp")
"""Transports that have ports, in the order in which ports are listed."""
LAST_PORT: Final = 65535


class PortRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One port of a sandbox that shall be reached at the host.

    ``host_ip`` empty means every address of the host. ``host_port`` 0 asks for a free one; a
    ``host_port_end`` beyond ``host_port`` for a free one from there to here.
    """

    container_port: int
    protocol: str = "tcp"
    host_ip: str = ""
    host_port: int = 0
    host_port_end: int = 0


class PublishedPort(msgspec.Struct, frozen=True, kw_only=True):
    """A port of the host, at one address or at all of a family (``0.0.0.0``, ``::``), that leads to
    a port of a sandbox. ``asked`` is the request that it answers."""

    protocol: str
    host_ip: str
    host_port: int
    container_port: int
    asked: PortRequest


class Publication(msgspec.Struct, frozen=True):
    """An endpoint with the ports that lead to its addresses."""

    network: Network
    endpoint: Endpoint
    ports: tuple[PublishedPort, ...]
