"""System calls that Python 3.11 lacks: namespaces, mounts and process attributes.

Thin bindings of libc: each raises ``OSError`` with the kernel's errno and the path it was about,
and decides nothing. Flags are the kernel's, by the kernel's names.
"""

import ctypes
import os
import sys
from collections.abc import Iterable
from typing import Final

# linux/sched.h
CLONE_FS: Final = 0x00000200
CLONE_FILES: Final = 0x00000400
CLONE_NEWNS: Final = 0x00020000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWNET: Final = 0x40000000

# linux/mount.h
MS_BIND: Final = 0x1000
MS_REC: Final = 0x4000
MS_PRIVATE: Final = 0x40000
MS_SLAVE: Final = 0x80000

# sys/mount.h
MNT_DETACH: Final = 0x2

# linux/prctl.h
PR_SET_PDEATHSIG: Final = 1
PR_SET_CHILD_SUBREAPER: Final = 36

_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.unshare.argtypes = [ctypes.c_int]
_libc.setns.argtypes = [ctypes.c_int, ctypes.c_int]
_libc.mount.argtypes = [
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_ulong,
    ctypes.c_char_p,
]
_libc.umount2.argtypes = [ctypes.c_char_p, ctypes.c_int]
_libc.prctl.argtypes = [
    ctypes.c_int,
    ctypes.c_ulong,
    ctypes.c_ulong,
    ctypes.c_ulong,
    ctypes.c_ulong,
]
_libc.signalfd.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
_libc.sethostname.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
_libc.setdomainname.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


_SIGSET_SIZE: Final = 128
"""Bytes of glibc's ``sigset_t``, of which the kernel knows the first eight."""


def _check(result: int, path: str | None = None) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)


def unshare(flags: int) -> None:
    """Move the calling thread to new namespaces (``CLONE_NEW…``), unshare(2)."""
    _check(_libc.unshare(flags))


def setns(fd: int, kind: int = 0) -> None:
    """Move the calling thread to the namespace behind ``fd``, setns(2).

    ``kind`` is the ``CLONE_NEW…`` that it must be; 0 takes any.
    """
    _check(_libc.setns(fd, kind))


def mount(source: str, target: str, filesystem: str = "", flags: int = 0, data: str = "") -> None:
    """mount(2): attach, bind, remount or change propagation, as ``flags`` say."""
    _check(
        _libc.mount(
            os.fsencode(source),
            os.fsencode(target),
            os.fsencode(filesystem) or None,
            flags,
            os.fsencode(data) or None,
        ),
        target,
    )


def umount2(target: str, flags: int = 0) -> None:
    """umount2(2); ``MNT_DETACH`` takes away a mount that is still busy."""
    _check(_libc.umount2(os.fsencode(target), flags), target)


def prctl(option: int, argument: int = 0) -> None:
    """prctl(2) for the options that take one number (``PR_…``)."""
    _check(_libc.prctl(option, argument, 0, 0, 0))


def set_hostname(name: str) -> None:
    """Name the host of the calling thread's UTS namespace, sethostname(2); at most 64 bytes."""
    encoded = os.fsencode(name)
    _check(_libc.sethostname(encoded, len(encoded)))


def set_domainname(name: str) -> None:
    """Set the NIS domain name of the UTS namespace, setdomainname(2); at most 64 bytes."""
    encoded = os.fsencode(name)
    _check(_libc.setdomainname(encoded, len(encoded)))


def signalfd(signals: Iterable[int]) -> int:
    """A file that gives a ``struct signalfd_siginfo`` for each of ``signals``, signalfd(2).

    They must be blocked for this to see them. Reading never waits; exec closes it.
    """
    mask = sum(1 << (number - 1) for number in set(signals))
    encoded = mask.to_bytes(8, sys.byteorder).ljust(_SIGSET_SIZE, b"\0")
    fd: int = _libc.signalfd(-1, encoded, os.O_CLOEXEC | os.O_NONBLOCK)
    _check(fd)
    return fd
