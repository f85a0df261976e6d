"""Signals as things to read: who watches a run takes them one by one, and knows where from."""

import os
import signal
import struct
from collections.abc import Iterator, Set
from types import TracebackType
from typing import Final, NamedTuple, Self

from mooring.linux.syscall import signalfd

FORWARDED: Final = frozenset(
    {
        signal.SIGHUP,
        signal.SIGINT,
        signal.SIGQUIT,
        signal.SIGTERM,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGALRM,
        signal.SIGWINCH,
    }
)
"""What a run's supervisor passes on to its command when somebody sends it."""

_SI_KERNEL: Final = 0x80
_SIGINFO: Final = struct.Struct("=Iii116x")
"""The beginning of ``struct signalfd_siginfo``: number, errno, code; 128 bytes in all."""
_BATCH: Final = 32


class Signal(NamedTuple):
    """A signal that came. ``from_kernel``: a key of the terminal, not a process, sent it."""

    number: int
    from_kernel: bool


class SignalQueue:
    """Blocks signals for the calling thread and queues them, until it is closed.

    ``previous_mask`` is what was blocked before. SIGCHLD gets its default action, since children
    cannot be waited for while it is ignored.
    """

    def __init__(self, signals: Set[int]) -> None:
        # None: somebody set it from outside Python, and what it was cannot be said.
        self._child_action = signal.signal(signal.SIGCHLD, signal.SIG_DFL) or signal.SIG_DFL
        self.previous_mask: Final = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        self._fd = signalfd(signals)

    def fileno(self) -> int:
        """Readable while signals are queued."""
        return self._fd

    def drain(self) -> Iterator[Signal]:
        """All that came and were not taken yet; never waits."""
        while True:
            try:
                read = os.read(self._fd, _BATCH * _SIGINFO.size)
            except BlockingIOError:
                return
            for number, _, code in _SIGINFO.iter_unpack(read):
                yield Signal(number, code == _SI_KERNEL)

    def close(self) -> None:
        """Undo it; what came and was not taken was for a command that has ended, and is dropped."""
        for _ in self.drain():
            pass
        os.close(self._fd)
        signal.signal(signal.SIGCHLD, self._child_action)
        signal.pthread_sigmask(signal.SIG_SETMASK, self.previous_mask)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
