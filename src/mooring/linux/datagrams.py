"""Datagrams by the batch: recvmmsg(2) and sendmmsg(2), which Python's sockets lack.

One system call reads what waits, another sends all replies, and the addresses of the clients stay
in the kernel's form in between. Under load that saves a quarter of the CPU time of a local query.
"""

import ctypes
import mmap
import os
import socket
import struct
import sys
from array import array
from collections.abc import Sequence
from errno import EAGAIN, EINTR
from typing import Final, TypeAlias

COUNT: Final = 32
"""Datagrams of a batch."""
SLOT: Final = 4096
"""Octets of memory for each, and so the largest that can be sent."""

_ADDRESS: Final = 32
"""Octets that hold a sockaddr_in (16) or a sockaddr_in6 (28)."""
_ADDRESS_LENGTHS: Final = {socket.AF_INET: 16, socket.AF_INET6: 28}
_MSG_DONTWAIT: Final = 0x40  # bits/socket.h
_NOTHING: Final = (EAGAIN, EINTR)

Address: TypeAlias = tuple[str, int] | tuple[str, int, int, int]
"""Who sent a datagram, as Python's sockets name it."""


class _Vector(ctypes.Structure):
    """``struct iovec``."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_ulong))


class _Header(ctypes.Structure):
    """``struct msghdr`` of recvmsg(2)."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.c_void_p),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Message(ctypes.Structure):
    """``struct mmsghdr`` of recvmmsg(2)."""

    _fields_ = (("header", _Header), ("length", ctypes.c_uint))


_MESSAGE: Final = ctypes.sizeof(_Message)
_LENGTH: Final = f"{_Message.length.offset}xI{_MESSAGE - _Message.length.offset - 4}x"
_LENGTHS: Final = tuple(struct.Struct("=" + _LENGTH * count) for count in range(COUNT + 1))
"""The lengths of so many messages that were received."""

# These calls never block, so the interpreter's lock is kept: whoever took it meanwhile would not
# give it back for milliseconds. They convert no arguments and save no errno, which would cost as
# much as the calls themselves; ``_recvmmsg_again`` does both, and is asked why the first failed.
_quick: Final = ctypes.PyDLL(None)
_recvmmsg: Final = _quick.recvmmsg
_sendmmsg: Final = _quick.sendmmsg
_recvmmsg_again: Final = ctypes.PyDLL(None, use_errno=True).recvmmsg


class Batch:
    """Memory for datagrams of one address family, read and answered in place.

    Datagram ``i`` of what was received begins at ``starts[i]`` in ``memory``. Its reply goes to the
    same place, and from there to its sender. One batch serves any number of sockets, one at a time.
    """

    def __init__(self, family: int, limit: int) -> None:
        """``limit`` is the octets that are read of a datagram; the rest of it is lost."""
        self.memory: Final = mmap.mmap(-1, COUNT * SLOT, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self.starts: Final = tuple(range(0, COUNT * SLOT, SLOT))
        self._family: Final = family
        self._addresses: Final = (ctypes.c_char * (COUNT * _ADDRESS))()
        self._start: Final = ctypes.c_char.from_buffer(self.memory)
        self._incoming_vectors: Final = (_Vector * COUNT)()
        self._outgoing_vectors: Final = (_Vector * COUNT)()
        self._incoming: Final = self._messages(self._incoming_vectors, limit)
        self._outgoing: Final = self._messages(self._outgoing_vectors, 0)
        self._sizes: Final = memoryview(self._outgoing_vectors).cast("B").cast("L")
        self._incoming_at: Final = ctypes.c_void_p(ctypes.addressof(self._incoming))
        self._outgoing_at: Final = tuple(
            ctypes.c_void_p(ctypes.addressof(message)) for message in self._outgoing
        )

    def _messages(self, vectors: ctypes.Array[_Vector], size: int) -> ctypes.Array[_Message]:
        messages = (_Message * COUNT)()
        for index in range(COUNT):
            vectors[index].base = ctypes.addressof(self._start) + self.starts[index]
            vectors[index].length = size
            header = messages[index].header
            header.name = ctypes.addressof(self._addresses) + index * _ADDRESS
            header.name_length = _ADDRESS_LENGTHS[socket.AddressFamily(self._family)]
            header.vectors = ctypes.addressof(vectors) + index * ctypes.sizeof(_Vector)
            header.vector_count = 1
        return messages

    def receive(self, descriptor: int) -> tuple[int, ...]:
        """Read what waits on a socket; the length of each datagram, none if nothing waits.

        Fewer than ``COUNT`` were all there were. Raises OSError.
        """
        count = _recvmmsg(descriptor, self._incoming_at, COUNT, _MSG_DONTWAIT, None)
        if count < 0:
            count = self._receive_again(descriptor)
        lengths: tuple[int, ...] = _LENGTHS[count].unpack_from(self._incoming)
        return lengths

    def _receive_again(self, descriptor: int) -> int:
        count = int(_recvmmsg_again(descriptor, self._incoming_at, COUNT, _MSG_DONTWAIT, None))
        if count < 0 and (number := ctypes.get_errno()) not in _NOTHING:
            raise OSError(number, os.strerror(number))
        return max(count, 0)

    def address(self, index: int) -> Address:
        """Who sent datagram ``index`` of those received last."""
        raw = self._addresses.raw[index * _ADDRESS : (index + 1) * _ADDRESS]
        port = int.from_bytes(raw[2:4], "big")
        if self._family == socket.AF_INET:
            return socket.inet_ntoa(raw[4:8]), port
        return (
            socket.inet_ntop(socket.AF_INET6, raw[8:24]),
            port,
            int.from_bytes(raw[4:8], "big"),
            int.from_bytes(raw[24:28], sys.byteorder),
        )

    def send(self, descriptor: int, sizes: Sequence[int]) -> int:
        """Send to each sender the octets that now stand in its place, to those with size 0 nothing.

        Returns how many the kernel did not take; one that it refuses costs no other its reply.
        """
        count = len(sizes)
        if count == 1:
            self._sizes[1] = sizes[0]
        else:
            self._sizes[1 : 2 * count : 2] = array("L", sizes)
        gaps = (*sizes, 0) if 0 in sizes else ()
        refused = at = 0
        while at < count:
            end = gaps.index(0, at) if gaps else count
            if at == end:
                at += 1
                continue
            sent = _sendmmsg(descriptor, self._outgoing_at[at], end - at, _MSG_DONTWAIT)
            refused += sent < 1
            at += max(sent, 1)
        return refused
