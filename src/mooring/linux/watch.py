"""The loop of a supervisor: signals go in, output comes out, the mounts hold, until the end."""

import contextlib
import os
import select
import signal
from collections.abc import Iterable, Set
from typing import Final

from mooring.linux.process import descendants, end_all
from mooring.linux.run_log import LogWriter
from mooring.linux.run_mounts import RunMounts
from mooring.linux.signal_queue import FORWARDED, Signal, SignalQueue
from mooring.linux.terminal import Terminal

_KILLED_BY: Final = 128
"""Added to the number of the signal that ended a command, as every shell does."""


class Watch:
    """Everything that a supervisor keeps in sight of a command it has started.

    When it is closed, nothing lives any more of all that the command started, nor anything that
    joined its mounts, as ``moor exec`` does.
    """

    def __init__(
        self,
        child: int,
        *,
        signals: SignalQueue,
        terminal: Terminal,
        mounts: RunMounts | None,
        log: LogWriter | None = None,
        withheld: Set[int] = frozenset(),
    ) -> None:
        self._child = child
        self._signals = signals
        self._terminal = terminal
        self._mounts = mounts
        self._log = log
        self._forwarded = FORWARDED - withheld
        self._exit_code: int | None = None

    def until_exit(self) -> int:
        """Serve the command until it has ended, and return its exit code."""
        poll = select.poll()
        poll.register(self._signals, select.POLLIN)
        if self._mounts:
            poll.register(self._mounts, select.POLLPRI)
        if self._log:
            poll.register(self._log, select.POLLIN)
        while self._exit_code is None:
            ready = {fd for fd, _ in poll.poll(self._patience())}
            if self._log and self._log.fileno() in ready and not self._log.pump():
                poll.unregister(self._log)
            if self._mounts:
                if self._mounts.fileno() in ready:
                    self._mounts.changed()
                self._mounts.restore()
            if self._signals.fileno() in ready:
                self._heed(list(self._signals.drain()))
        return self._exit_code

    def close(self) -> None:
        """End the command, if it has not, and everything of it."""
        end_all(self._started)
        self._reap()
        if self._mounts:
            self._mounts.close()

    def _patience(self) -> float | None:
        """Milliseconds to wait for something to happen; None is for ever."""
        delay = self._mounts.delay() if self._mounts else None
        return None if delay is None else delay * 1000

    def _heed(self, received: list[Signal]) -> None:
        continued = any(each.number == signal.SIGCONT for each in received)
        if continued:
            self._terminal.continue_too(self._child)
        for each in received:
            self._forward(each)
        stopped = self._reap()
        if stopped and not continued:
            self._terminal.stop_too()

    def _forward(self, received: Signal) -> None:
        if received.number in self._forwarded and not self._terminal.delivered(
            received, self._child
        ):
            # Not waited for yet, so the number is the command's.
            os.kill(self._child, received.number)

    def _reap(self) -> bool:
        """Wait for whatever has ended; whether the command has been stopped instead."""
        stopped = False
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG | os.WUNTRACED)) != (0, 0):
                pid, status = found
                if pid != self._child:
                    continue
                stopped = os.WIFSTOPPED(status)
                if not stopped:
                    code = os.waitstatus_to_exitcode(status)
                    self._exit_code = code if code >= 0 else _KILLED_BY - code
        return stopped

    def _started(self) -> set[int]:
        """What is alive of all that the command started."""
        self._reap()
        started: Iterable[int] = self._mounts.members() if self._mounts else ()
        return descendants(os.getpid()).union(started)
