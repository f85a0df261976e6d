"""A machine of a bench's own: namespaces in which nothing else happens, and which leave nothing."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, TypeVar

from mooring.linux.executor import Executor
from mooring.linux.operation import SetUp
from mooring.linux.syscall import (
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWUTS,
    MS_PRIVATE,
    MS_REC,
    mount,
    unshare,
)

_T = TypeVar("_T")

_PROCESS_CLOCK: Final = 2
"""CPUCLOCK_SCHED, which with a process's number makes the clock of all its threads."""
_WINDOW: Final = 0.1
_QUIET: Final = 0.15
"""The share of all processors that may be busy while a machine counts as quiet."""
_PATIENCE: Final = 1.0


@contextmanager
def machine(directory: Path, work: Callable[[Connection], None]) -> Iterator[Connection]:
    """Work done by a process in network, mount and UTS namespaces of its own, with ``lo`` up.

    The connection leads to the one that the work was given. Of ``directory``, ``run`` is in memory,
    as ``/run`` is: like the namespaces it is gone with the last process in there.
    """
    if os.geteuid():
        raise SystemExit("this bench makes namespaces and links, and only root may")
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe()

    def run() -> None:
        here.close()
        _isolate(directory / "run")
        work(there)

    process = fork.Process(target=run)
    process.start()
    there.close()
    try:
        yield here
    except EOFError:
        raise SystemExit("the work ended early, with the last words above") from None
    finally:
        here.close()
        process.join()


def on_a_machine(directory: Path, work: Callable[[], _T]) -> _T:
    """What some work gives that is done on a machine of its own, in one go."""
    with machine(directory, lambda pipe: pipe.send(work())) as pipe:
        result: _T = pipe.recv()
        return result


def _isolate(volatile: Path) -> None:
    unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS)
    mount("none", "/", flags=MS_REC | MS_PRIVATE)
    volatile.mkdir(exist_ok=True)
    mount("mooring-bench", str(volatile), "tmpfs", data="mode=0755")
    hands = Executor()
    hands.apply([SetUp("lo")])
    hands.close()


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, with all its threads, those that ended among them."""
    return time.clock_gettime(~pid << 3 | _PROCESS_CLOCK)


def wait_until_quiet() -> None:
    """Wait until the kernel has done what was put off, or for a second at most.

    It takes namespaces apart after the call that removes them has returned, and that shall not
    weigh on whoever is measured next.
    """
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        before = _busy()
        time.sleep(_WINDOW)
        if _busy() - before <= _QUIET * _WINDOW * (os.cpu_count() or 1):
            return


def _busy() -> float:
    """Seconds that the processors have spent on anything (proc_stat(5))."""
    user, nice, system, _, _, interrupt, soft = map(
        int, Path("/proc/stat").read_text().split(maxsplit=8)[1:8]
    )
    return (user + nice + system + interrupt + soft) / os.sysconf("SC_CLK_TCK")
