"""Zones of IPv6 addresses (RFC 4007): interfaces, as a socket's own namespace numbers them."""

import fcntl
import socket
import struct
from typing import Final

_SIOCGIFINDEX: Final = 0x8933
_IFREQ: Final = struct.Struct("16si20x")
_NAME_LIMIT: Final = 15


def zone_index(sock: socket.socket, zone: str) -> int:
    """The index of the interface called ``zone`` (or numbered so) where ``sock`` was opened.

    ``if_nametoindex`` would answer for the namespace of the calling thread. Raises OSError.
    """
    if zone.isascii() and zone.isdigit():
        return int(zone)
    name = zone.encode("utf-8", "surrogateescape")
    if not 0 < len(name) <= _NAME_LIMIT:
        raise OSError(f"no interface is called {zone!r}")
    answer = fcntl.ioctl(sock, _SIOCGIFINDEX, _IFREQ.pack(name, 0))
    index: int = _IFREQ.unpack(answer)[1]
    return index
