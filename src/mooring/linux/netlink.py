"""Netlink framing, and a blocking socket to the kernel that stays in the namespace of its opening.

A message, as in ``linux/netlink.h``::

    struct nlmsghdr { __u32 len; __u16 type; __u16 flags; __u32 seq; __u32 pid; };
    struct nlattr   { __u16 len; __u16 type; };      /* then the payload, padded to 4 octets */
"""

import os
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Final, NamedTuple, Self

from mooring.model.error import MachineError

ROUTE: Final = 0
NETFILTER: Final = 12

REQUEST: Final = 0x001
ACK: Final = 0x004
DUMP: Final = 0x300
REPLACE: Final = 0x100
EXCLUSIVE: Final = 0x200
CREATE: Final = 0x400

_ERROR: Final = 2
_DONE: Final = 3
_HEADER: Final = struct.Struct("=IHHII")
_ATTRIBUTE: Final = struct.Struct("=HH")
_CAPPED: Final = 0x100
_EXTENDED: Final = 0x200
_MESSAGE_ATTRIBUTE: Final = 1
_SOL_NETLINK: Final = 270
_EXT_ACK: Final = 11
_CAP_ACK: Final = 10
_RECEIVE_SIZE: Final = 1 << 16
"""Octets: twice what the kernel sends at once. For many more, each buffer would be memory that the
kernel has to clear first, which takes longer than most requests."""
_TIMEOUT: Final = 10.0
"""Seconds. The kernel answers in microseconds; only a kernel that is stuck needs this."""


class Message(NamedTuple):
    """A request without its header: type, flags beside REQUEST and ACK, body."""

    type: int
    flags: int
    body: bytes


class NetlinkError(MachineError):
    """The kernel refused a request. ``errno`` is its number; the text is its own if it has one."""

    def __init__(self, errno: int, text: str, index: int) -> None:
        super().__init__(text or os.strerror(errno))
        self.errno = errno
        self.index = index
        """Which of the requests of the transaction it was."""


def attribute(number: int, payload: bytes) -> bytes:
    """One attribute, padded."""
    length = 4 + len(payload)
    return _ATTRIBUTE.pack(length, number) + payload + bytes(-length % 4)


def text(number: int, value: str) -> bytes:
    """An attribute holding a zero-terminated string."""
    return attribute(number, value.encode() + b"\0")


def number32(number: int, value: int) -> bytes:
    """An attribute holding a 32-bit number in the machine's order."""
    return attribute(number, struct.pack("=I", value))


def attributes(body: bytes, offset: int) -> dict[int, bytes]:
    """The attributes that follow a fixed part of ``offset`` octets; flag bits of types removed."""
    found = {}
    while offset + 4 <= len(body):
        length, number = _ATTRIBUTE.unpack_from(body, offset)
        if length < 4:
            break
        found[number & 0x3FFF] = body[offset + 4 : offset + length]
        offset += (length + 3) & ~3
    return found


class Netlink:
    """A socket to one family of the kernel's netlink, in the current thread's namespace."""

    def __init__(self, family: int = ROUTE) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, family
        )
        self._socket.settimeout(_TIMEOUT)
        self._socket.setsockopt(_SOL_NETLINK, _EXT_ACK, 1)
        self._socket.setsockopt(_SOL_NETLINK, _CAP_ACK, 1)
        self._socket.bind((0, 0))
        self._sequence = 0

    def transact(self, requests: Sequence[Message]) -> None:
        """Send the requests at once, in order, and wait for the kernel's word on each.

        Raises NetlinkError for the first that failed; the others were carried out regardless.
        """
        first = self._sequence + 1
        packed = b"".join(self._pack(request, ACK) for request in requests)
        self._socket.send(packed)
        failed: NetlinkError | None = None
        for index, (errno, reason) in enumerate(self._acknowledgements(len(requests), first)):
            if errno and failed is None:
                failed = NetlinkError(errno, reason, index)
        if failed is not None:
            raise failed

    def dump(self, request: Message) -> list[tuple[int, bytes]]:
        """Everything the kernel lists for a request: pairs of message type and body."""
        self._socket.send(self._pack(request, DUMP))
        found: list[tuple[int, bytes]] = []
        while True:
            for kind, _, body in self._receive(self._sequence):
                if kind == _DONE:
                    return found
                if kind == _ERROR:
                    errno = -int.from_bytes(body[:4], sys.byteorder, signed=True)
                    raise NetlinkError(errno, "", 0)
                found.append((kind, body))

    def get(self, request: Message) -> bytes:
        """The body of the one message that answers ``request``; raises NetlinkError."""
        self._socket.send(self._pack(request, 0))
        while True:
            for kind, flags, body in self._receive(self._sequence):
                if kind == _ERROR:
                    raise NetlinkError(*_error(flags, body), 0)
                return body

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _pack(self, request: Message, flags: int) -> bytes:
        self._sequence += 1
        length = _HEADER.size + len(request.body)
        header = _HEADER.pack(
            length, request.type, request.flags | flags | REQUEST, self._sequence, 0
        )
        return header + request.body + bytes(-length % 4)

    def _acknowledgements(self, count: int, first: int) -> Iterator[tuple[int, str]]:
        sequence = first
        while sequence < first + count:
            for kind, flags, body in self._receive(sequence):
                if kind == _ERROR:
                    yield _error(flags, body)
                    sequence += 1

    def _receive(self, sequence: int) -> Iterator[tuple[int, int, bytes]]:
        """The messages of one datagram, but those that answer requests before ``sequence``."""
        data = self._socket.recv(_RECEIVE_SIZE)
        at = 0
        while at + _HEADER.size <= len(data):
            length, kind, flags, answered, _ = _HEADER.unpack_from(data, at)
            if answered >= sequence:
                yield kind, flags, data[at + _HEADER.size : at + length]
            at += (length + 3) & ~3


def _error(flags: int, body: bytes) -> tuple[int, str]:
    """The error number and the kernel's own words of an NLMSG_ERROR; 0 is success."""
    errno = -int(struct.unpack_from("=i", body)[0])
    if not errno or not flags & _EXTENDED:
        return errno, ""
    (echoed,) = struct.unpack_from("=I", body, 4)
    offset = 20 if flags & _CAPPED else 4 + ((echoed + 3) & ~3)
    said = attributes(body, offset).get(_MESSAGE_ATTRIBUTE, b"")
    return errno, said.rstrip(b"\0").decode(errors="replace")
