"""Who is at the other end of a connection."""

import socket
import struct
from typing import Final

from aiohttp import web

from mooring.linux.process import identify
from mooring.model.run import Process

_UCRED: Final = struct.Struct("=iII")
"""``pid``, ``uid`` and ``gid`` (unix(7), SO_PEERCRED)."""


def peer_of(request: web.BaseRequest) -> Process | None:
    """The process that opened the connection; None over TCP, or when it is gone already."""
    transport = request.transport
    connection = transport.get_extra_info("socket") if transport is not None else None
    if connection is None or connection.family != socket.AF_UNIX:
        return None
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    pid = _UCRED.unpack(raw)[0]
    return identify(pid) if pid > 0 else None
