"""Processes: who one is for certain, who came from it, who lives in a namespace, how it ends.

A number alone says little, since the kernel gives it out again. A ``Process`` is the number and
the moment of its birth, and every signal goes through a pidfd opened on that very process.
"""

import contextlib
import errno
import os
import select
import time
from collections.abc import Callable, Iterator
from signal import SIGKILL, SIGSTOP, pidfd_send_signal
from typing import Final, Literal, NamedTuple

from mooring.model.run import Process

NamespaceKind = Literal["net", "mnt"]

_STAT_LIMIT: Final = 4096
_MOUNTINFO_LIMIT: Final = 4 * 1024 * 1024
_FREEZE_ROUNDS: Final = 8
_ROUND_SECONDS: Final = 0.2


class _Stat(NamedTuple):
    """The fields of ``/proc/<pid>/stat`` that matter here, proc(5)."""

    state: bytes
    parent: int
    threads: int
    start_time: int

    @property
    def dead(self) -> bool:
        # The first thread of a program may end before the others: a zombie too, yet alive.
        return self.state in b"Xx" or (self.state == b"Z" and self.threads <= 1)


def identify(pid: int) -> Process | None:
    """The process that has this number now (a zombie too), or None."""
    stat = _read_stat(pid)
    return Process(pid=pid, start_time=stat.start_time) if stat else None


def is_alive(process: Process) -> bool:
    """Whether that very process runs; a zombie has ended, and so has one whose number went on."""
    stat = _read_stat(process.pid)
    return stat is not None and stat.start_time == process.start_time and not stat.dead


def is_stopped(pid: int) -> bool:
    """Whether the process was stopped by a signal and waits for SIGCONT."""
    stat = _read_stat(pid)
    return stat is not None and stat.state == b"T"


def open_pidfd(process: Process) -> int:
    """A pidfd on that very process, readable once it has ended; the caller closes it.

    Raises ``ProcessLookupError`` when the process is gone, whoever has its number now.
    """
    gone = ProcessLookupError(errno.ESRCH, f"process {process.pid} has ended")
    if identify(process.pid) != process:
        raise gone
    pidfd = os.pidfd_open(process.pid)
    # The number may have gone to another between the look and the opening.
    if identify(process.pid) != process:
        os.close(pidfd)
        raise gone
    return pidfd


def signal(process: Process, number: int) -> None:
    """Send a signal to that very process, or raise ``ProcessLookupError``."""
    pidfd = open_pidfd(process)
    try:
        pidfd_send_signal(pidfd, number)
    finally:
        os.close(pidfd)


def descendants(pid: int) -> set[int]:
    """Children of ``pid``, their children, and so on, without zombies."""
    children: dict[int, list[int]] = {}
    dead = set()
    for candidate in _pids():
        if stat := _read_stat(candidate):
            children.setdefault(stat.parent, []).append(candidate)
            if stat.dead:
                dead.add(candidate)
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found - dead


def in_namespace(path: str, kind: NamespaceKind = "net") -> set[int]:
    """Processes in the namespace that ``path`` leads to: a bind mount of it, or a /proc link.

    Only the first thread of each is looked at. The caller itself may be among them. Raises
    ``OSError`` when ``path`` cannot be read.
    """
    wanted = os.stat(path)
    found = set()
    for pid in _pids():
        with contextlib.suppress(OSError):
            actual = os.stat(f"/proc/{pid}/ns/{kind}")
            if (actual.st_dev, actual.st_ino) == (wanted.st_dev, wanted.st_ino):
                found.add(pid)
    return found


def mounting(directory: str) -> set[int]:
    """Processes that see a file of ``directory`` mounted somewhere.

    This finds what a run left behind when its network namespace is one it shares with others. Who
    shares the caller's mounts, or the machine's, is never a run's, whatever is mounted there. The
    last component of ``directory`` must be unique on the machine, as the id of a sandbox is: it is
    looked for in the source of each mount, and the directory itself may be gone.
    """
    name = os.path.basename(directory.rstrip("/"))
    verdicts: dict[int, bool] = {}
    for spared in ("self", 1):
        with contextlib.suppress(PermissionError):  # In a container root may not look at process 1.
            verdicts[os.stat(f"/proc/{spared}/ns/mnt").st_ino] = False
    found = set()
    for pid in _pids():
        with contextlib.suppress(OSError):
            namespace = os.stat(f"/proc/{pid}/ns/mnt").st_ino
            if namespace not in verdicts:
                verdicts[namespace] = _has_mount_from(pid, name)
            if verdicts[namespace]:
                found.add(pid)
    return found


def end_all(find: Callable[[], set[int]], seconds: float = 10.0) -> set[int]:
    """Kill what ``find`` names, again and again until it names nothing more.

    All of it is stopped before any of it is killed, so that nothing can start faster than it is
    ended. Never the caller nor process 1. Returns what was left after ``seconds``: nothing, but
    for processes that hang in the kernel. ``find`` is called often; zombies do not count.
    """
    deadline = time.monotonic() + seconds
    while True:
        pidfds: dict[int, int] = {}
        try:
            for _ in range(_FREEZE_ROUNDS):
                if not _freeze_new(find, pidfds):
                    break
            _kill(pidfds, deadline)
        finally:
            for pidfd in pidfds.values():
                os.close(pidfd)
        left = _living(find())
        if not left or time.monotonic() > deadline:
            return left


def _freeze_new(find: Callable[[], set[int]], pidfds: dict[int, int]) -> bool:
    """Stop what is not in ``pidfds`` yet and put it there; whether there was any."""
    opened: dict[int, int] = {}
    for pid in _living(find()) - pidfds.keys():
        with contextlib.suppress(ProcessLookupError):
            opened[pid] = os.pidfd_open(pid)
    # A number may have gone to a stranger before it was opened: only what is named still is meant.
    confirmed = find() if opened else set()
    for pid, pidfd in opened.items():
        if pid not in confirmed:
            os.close(pidfd)
            continue
        pidfds[pid] = pidfd
        with contextlib.suppress(ProcessLookupError):
            pidfd_send_signal(pidfd, SIGSTOP)
    return bool(opened)


def _kill(pidfds: dict[int, int], deadline: float) -> None:
    """Send SIGKILL to all and wait a little for each to end."""
    poll = select.poll()
    for pidfd in pidfds.values():
        with contextlib.suppress(ProcessLookupError):
            pidfd_send_signal(pidfd, SIGKILL)
        poll.register(pidfd, select.POLLIN)
    waiting = len(pidfds)
    limit = min(deadline, time.monotonic() + _ROUND_SECONDS)
    while waiting and (remaining := limit - time.monotonic()) > 0:
        for pidfd, _ in poll.poll(remaining * 1000):
            poll.unregister(pidfd)
            waiting -= 1


def _living(pids: set[int]) -> set[int]:
    """Those of ``pids`` that may be ended and have not."""
    pids = pids - {1, os.getpid()}
    return {pid for pid in pids if (stat := _read_stat(pid)) and not stat.dead}


def _has_mount_from(pid: int, name: str) -> bool:
    """Whether the mounts of ``pid`` have one whose source is a file in a directory ``name``."""
    source = f"/{name}/".encode()
    # proc(5): the fourth field of a line is the path of the mount within its file system.
    return any(source in line.split(b" ", 4)[3] for line in _mountinfo(pid).splitlines())


def _mountinfo(pid: int) -> bytes:
    with open(f"/proc/{pid}/mountinfo", "rb") as file:
        return file.read(_MOUNTINFO_LIMIT)


def _pids() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdecimal())


def _read_stat(pid: int) -> _Stat | None:
    try:
        fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        text = os.read(fd, _STAT_LIMIT)
    except ProcessLookupError:
        return None
    finally:
        os.close(fd)
    # The second field is the program's name in parentheses, and may hold spaces and parentheses.
    fields = text[text.rindex(b")") + 2 :].split()
    return _Stat(fields[0], int(fields[1]), int(fields[17]), int(fields[19]))
