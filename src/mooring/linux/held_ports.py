"""Ports of the host that are held: bound by a real socket, so that nobody else gets them.

Packets to a published port are translated before they would reach a socket. What comes to one all
the same is dropped by its filter: nobody is ever accepted by it.
"""

import ctypes
import socket
import struct
from errno import EADDRINUSE, EADDRNOTAVAIL, EPROTONOSUPPORT, ESOCKTNOSUPPORT
from ipaddress import ip_address
from threading import Lock
from typing import Final

from mooring.linux.port_owner import find_owner
from mooring.model.error import ConflictError, InvalidArgumentError, MachineError

_SO_ATTACH_FILTER: Final = 26
_DROP_ALL: Final = struct.pack("=HBBI", 0x06, 0, 0, 0)
"""``struct sock_filter``: BPF_RET | BPF_K, keep 0 octets."""
_PROTOCOLS: Final = {
    "tcp": (socket.SOCK_STREAM, socket.IPPROTO_TCP),
    "udp": (socket.SOCK_DGRAM, socket.IPPROTO_UDP),
    "sctp": (socket.SOCK_STREAM, socket.IPPROTO_SCTP),
}

Place = tuple[str, str, int]
"""Protocol, address, port."""


class PortInUseError(ConflictError):
    """Some other process has the port."""


class HeldPorts:
    """The sockets, by what they hold. Several threads may use it."""

    def __init__(self) -> None:
        self._sockets: dict[Place, socket.socket] = {}
        self._lock = Lock()

    def hold(self, protocol: str, address: str, port: int) -> None:
        """Bind the port; one that is held already stays so.

        Raises PortInUseError naming who has it, InvalidArgumentError if the address is not the
        host's, MachineError if the kernel does not know the protocol.
        """
        place = (protocol, address, port)
        with self._lock:
            if place not in self._sockets:
                self._sockets[place] = _open(protocol, address, port)

    def release(self, protocol: str, address: str, port: int) -> None:
        """Let go of the port; one that is not held is fine."""
        with self._lock:
            if held := self._sockets.pop((protocol, address, port), None):
                held.close()

    def places(self) -> frozenset[Place]:
        """Everything that is held."""
        with self._lock:
            return frozenset(self._sockets)

    def close(self) -> None:
        """Let go of every port."""
        with self._lock:
            for held in self._sockets.values():
                held.close()
            self._sockets.clear()


def _open(protocol: str, address: str, port: int) -> socket.socket:
    family = socket.AF_INET if ip_address(address).version == 4 else socket.AF_INET6
    kind, number = _PROTOCOLS[protocol]
    where = f"[{address}]:{port}/{protocol}" if ":" in address else f"{address}:{port}/{protocol}"
    try:
        held = socket.socket(family, kind | socket.SOCK_CLOEXEC, number)
    except OSError as error:
        if error.errno not in (EPROTONOSUPPORT, ESOCKTNOSUPPORT):
            raise
        raise MachineError(
            f"cannot publish {where}: this kernel does not know {protocol}",
            f"load its module (modprobe {protocol}), or publish another protocol",
        ) from error
    try:
        if family == socket.AF_INET6:
            held.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if protocol == "tcp":
            # Connections of a holder before us may linger; they take no port from anybody.
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _drop_everything(held)
        held.bind((address, port))
        if protocol != "udp":
            held.listen(1)
    except OSError as error:
        held.close()
        raise _refusal(error, protocol, address, port, where) from error
    return held


def _drop_everything(held: socket.socket) -> None:
    """Attach a filter that keeps nothing, socket(7)."""
    program = ctypes.create_string_buffer(_DROP_ALL, len(_DROP_ALL))
    pointer = ctypes.addressof(program)
    held.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", 1, pointer))


def _refusal(
    error: OSError, protocol: str, address: str, port: int, where: str
) -> MachineError | ConflictError | InvalidArgumentError:
    if error.errno == EADDRINUSE:
        owner = find_owner(protocol, address, port)
        by = f" by {owner}" if owner else ""
        return PortInUseError(
            f"failed to bind host port {where}: address already in use{by}",
            "choose another port, or end what has it",
        )
    if error.errno == EADDRNOTAVAIL:
        return InvalidArgumentError(
            f"failed to bind host port {where}: the host has no address {address}",
            "publish at one that it has (ip -brief address), or leave the address out",
        )
    return MachineError(f"failed to bind host port {where}: {error.strerror}")
