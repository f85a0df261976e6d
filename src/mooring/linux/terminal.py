"""The terminal of a run in the foreground, shared with its command as any shell would.

Command and supervisor stay in one process group when there is a controlling terminal, so that the
kernel does the work: a key reaches each of them once, Ctrl-Z stops both, a pager in the same
pipeline keeps its turn, and a script around them is interrupted along with them. The supervisor has
only to hold back what the command got already, and to follow when the command goes its own way:
an interactive shell makes a group of its own and takes the terminal for it.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from typing import Final

from mooring.linux.process import is_stopped
from mooring.linux.signal_queue import Signal

_STOPS: Final = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)


class Terminal:
    """The controlling terminal of this process, if there is one."""

    def __init__(self) -> None:
        self._fd: int | None = None
        with contextlib.suppress(OSError):
            self._fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        self._held = self._foreground() == os.getpgrp()

    @property
    def present(self) -> bool:
        """Whether there is one; if not, the command is better off in a group of its own."""
        return self._fd is not None

    def delivered(self, received: Signal, child: int) -> bool:
        """Whether the terminal sent this to ``child`` as well as to us."""
        return received.from_kernel and _group(child) == os.getpgrp()

    def stop_too(self) -> None:
        """Stop as the command did, so that the shell sees it; returns when continued.

        Returns at once where nobody could continue us: the kernel does not stop orphaned groups.
        """
        if self.present:
            os.kill(os.getpid(), signal.SIGTSTP)

    def continue_too(self, child: int) -> None:
        """Continue the command's group, which gets the terminal back if it is not ours."""
        group = _group(child)
        if group is None or (group == os.getpgrp() and not is_stopped(child)):
            return  # Whoever continued us did the same for it.
        if group != os.getpgrp() and self._foreground() == os.getpgrp():
            self._set_foreground(group)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGCONT)

    def close(self) -> None:
        """Take the terminal back from a group that has ended while holding it."""
        if self._fd is None:
            return
        foreground = self._foreground()
        if self._held and foreground and foreground != os.getpgrp() and _ended(foreground):
            self._set_foreground(os.getpgrp())
        os.close(self._fd)
        self._fd = None

    def _foreground(self) -> int | None:
        if self._fd is None:
            return None
        try:
            return os.tcgetpgrp(self._fd)
        except OSError:
            return None  # The terminal has hung up.

    def _set_foreground(self, group: int) -> None:
        if self._fd is not None:
            # From the background this would stop us. The group may be gone by now, or the terminal.
            with unstoppable(), contextlib.suppress(OSError):
                os.tcsetpgrp(self._fd, group)


@contextlib.contextmanager
def unstoppable() -> Iterator[None]:
    """Put off being stopped by the terminal until the block ends."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def _ended(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False
