"""Network namespaces: making, entering and removing them, and opening sockets inside.

``setns`` moves one thread. Whoever enters here leaves again before anything else runs on that
thread; a thread that cannot find its way back ends the process, since all it did later would be
done in the wrong place.
"""

import fcntl
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from mooring.linux.syscall import (
    CLONE_NEWNET,
    MNT_DETACH,
    MS_BIND,
    mount,
    setns,
    umount2,
    unshare,
)
from mooring.model.error import InvalidArgumentError

HERE: Final = "/proc/thread-self/ns/net"
"""The namespace of the calling thread."""

_NS_GET_NSTYPE: Final = 0xB703
"""What kind of namespace a file is, ioctl_ns(2)."""

_SYSCTL: Final = Path("/proc/sys")


@contextmanager
def inside(namespace: str) -> Iterator[None]:
    """Run the block on this thread inside the namespace at a path; ``""`` is where it is already.

    Raises InvalidArgumentError if there is no network namespace at the path.
    """
    if not namespace:
        yield
        return
    home = os.open(HERE, os.O_RDONLY | os.O_CLOEXEC)
    try:
        target = open_namespace(namespace)
        try:
            setns(target, CLONE_NEWNET)
        finally:
            os.close(target)
        try:
            yield
        finally:
            _return(home)
    finally:
        os.close(home)


def _return(home: int) -> None:
    try:
        setns(home, CLONE_NEWNET)
    except OSError:
        os.abort()


def open_namespace(path: str) -> int:
    """An open file for the network namespace at a path; raises InvalidArgumentError."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise InvalidArgumentError(
            f"cannot open the network namespace {path}: {error.strerror}",
            "give the path of a living one, such as /proc/PID/ns/net or /run/netns/NAME",
        ) from error
    if not _is_network_namespace(opened):
        os.close(opened)
        raise InvalidArgumentError(
            f"{path} is not a network namespace",
            "give the path of one, such as /proc/PID/ns/net or /run/netns/NAME",
        )
    return opened


def _is_network_namespace(opened: int) -> bool:
    try:
        return fcntl.ioctl(opened, _NS_GET_NSTYPE) == CLONE_NEWNET
    except OSError:
        return False


def exists(path: str, number: int = 0) -> bool:
    """Whether a network namespace can be entered at a path: the one with that inode, if given."""
    try:
        found = inode(path)
    except InvalidArgumentError:
        return False
    return not number or found == number


def inode(path: str) -> int:
    """The number by which the kernel knows the namespace at a path; raises like ``inside``."""
    opened = open_namespace(path)
    try:
        return os.fstat(opened).st_ino
    finally:
        os.close(opened)


def create(path: str, settings: Mapping[str, str]) -> None:
    """Make a namespace, keep it alive by a mount at ``path``, and write its sysctls.

    A namespace that is already at the path is kept. ``settings`` are paths below ``/proc/sys`` and
    their values; those that this kernel does not have are left out.
    """
    if exists(path):
        return
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o444))
    home = os.open(HERE, os.O_RDONLY | os.O_CLOEXEC)
    try:
        unshare(CLONE_NEWNET)
        try:
            mount(HERE, path, flags=MS_BIND)
            for key, value in settings.items():
                set_sysctl(key, value)
        finally:
            _return(home)
    finally:
        os.close(home)


def remove(path: str) -> None:
    """Let go of the namespace that ``create`` made. Nothing there is fine.

    Copies of the mount in other mount namespaces go with the file (the kernel detaches them).
    """
    with suppress(OSError):
        umount2(path, MNT_DETACH)
    Path(path).unlink(missing_ok=True)


def set_sysctl(key: str, value: str) -> bool:
    """Write ``/proc/sys/<key>`` in this thread's namespace; False if the kernel has no such key."""
    try:
        opened = os.open(_SYSCTL / key, os.O_WRONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        os.write(opened, value.encode())
    finally:
        os.close(opened)
    return True


def sysctl(key: str) -> str:
    """What ``/proc/sys/<key>`` says in this thread's namespace; nothing if there is no such key."""
    try:
        return (_SYSCTL / key).read_text().strip()
    except FileNotFoundError:
        return ""


def open_socket(namespace: str, family: int, kind: int) -> socket.socket:
    """A non-blocking socket inside a namespace, where it stays."""
    with inside(namespace):
        opened = socket.socket(family, kind | socket.SOCK_CLOEXEC)
    opened.setblocking(False)
    return opened
