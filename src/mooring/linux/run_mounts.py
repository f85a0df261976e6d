"""The mounts of a run, as its supervisor holds them: who lives there, and is all covered still."""

import contextlib
import os
import time
from typing import Final, Self

from mooring.linux.cover import cover
from mooring.linux.process import in_namespace
from mooring.linux.syscall import CLONE_NEWNS, setns

_DELAYS: Final = (0.0, 0.25, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Seconds from a change to the first look and between looks: a service that is started anew takes a
while to put its file or socket back."""


class RunMounts:
    """A hold on the mount namespace of a run's command.

    While it is open no other namespace can get the same number, so whoever is found there is the
    run's for certain. ``fileno`` reports an exceptional condition when the mounts change, proc(5);
    then ``changed`` is to be called, and ``restore`` once ``delay`` seconds have passed.
    """

    def __init__(self, namespace: int, table: int, directory: str) -> None:
        self._namespace = namespace
        self._table = table
        self._directory = directory
        self._looks = len(_DELAYS)
        """How many of the looks after the last change are done."""
        self._last = 0.0

    @classmethod
    def of(cls, child: int, directory: str) -> Self | None:
        """Take hold of the mounts of ``child``; None if it has ended by now."""
        with contextlib.ExitStack() as opened:
            try:
                namespace = os.open(f"/proc/{child}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
                opened.callback(os.close, namespace)
                table = os.open(f"/proc/{child}/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
                opened.callback(os.close, table)
            except OSError:
                return None
            # Killed before it had mounts of its own, it would stand for everybody in ours.
            if os.path.samestat(os.fstat(namespace), os.stat("/proc/self/ns/mnt")):
                return None
            opened.pop_all()
        return cls(namespace, table, directory)

    def fileno(self) -> int:
        """For ``select.POLLPRI``."""
        return self._table

    def members(self) -> set[int]:
        """Every process there, whoever started it."""
        return in_namespace(f"/proc/self/fd/{self._namespace}", "mnt")

    def changed(self) -> None:
        """Somebody mounted or unmounted something: look at it now, and a few times later.

        Not too often, for a run may itself mount a lot.
        """
        self._looks = 0 if time.monotonic() - self._last > _DELAYS[1] else 1

    def delay(self) -> float | None:
        """Seconds until ``restore`` is due; None when nothing is to be done."""
        if self._looks == len(_DELAYS):
            return None
        return max(0.0, self._last + _DELAYS[self._looks] - time.monotonic())

    def restore(self) -> None:
        """Cover again what has been uncovered, if it is due."""
        if self.delay() != 0.0:
            return
        self._looks += 1
        self._last = time.monotonic()
        pid = os.fork()
        if pid == 0:
            self._cover_inside()
        os.waitpid(pid, 0)

    def close(self) -> None:
        """Let go."""
        os.close(self._namespace)
        os.close(self._table)

    def _cover_inside(self) -> None:
        """In a process of its own, since a process cannot come back from another's mounts."""
        # There is nobody to tell of a failure, and the next look may do better.
        with contextlib.suppress(BaseException):
            setns(self._namespace, CLONE_NEWNS)
            cover(self._directory)
        os._exit(0)
