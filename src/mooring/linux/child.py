"""Starting a command in its sandbox: fork, set up, exec, and word of what went wrong.

The child tells the parent by a pipe that closes by itself when the command begins: nothing in it
means success, anything else is the ``LaunchError`` to raise.
"""

import contextlib
import os
import signal
from collections.abc import Callable, Set
from typing import Final, NamedTuple, NoReturn

from mooring.linux.command import become, change_directory
from mooring.linux.isolation import isolate
from mooring.linux.launch import SETUP_FAILED, Launch, LaunchError, environment
from mooring.linux.syscall import PR_SET_PDEATHSIG, prctl
from mooring.model.error import MooringError

_SEPARATOR: Final = "\0"
_REPORT_LIMIT: Final = 4096
"""Bytes that a pipe takes at once (PIPE_BUF), and more than any message here needs."""


class Surroundings(NamedTuple):
    """What a supervisor gives its child besides the launch."""

    own_group: bool
    """Whether the child leads a process group of its own."""
    mask: Set[int]
    """Signals that are blocked when the command begins."""
    files: tuple[int, int] | None = None
    """For standard input, and for standard output and error; None shares the caller's."""


def start(launch: Launch, surroundings: Surroundings) -> int:
    """Start the command and return its process number once it has begun; it may have ended too.

    It is killed when the calling thread ends. Raises ``LaunchError``. The caller has one thread.
    """
    supervisor = os.getpid()
    report_read, report_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        _tell_failure(report_write, lambda: _run(launch, surroundings, supervisor))
    os.close(report_write)
    try:
        with open(report_read, "rb") as report:
            message = report.read(_REPORT_LIMIT)
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
    if message:
        os.waitpid(pid, 0)
        raise _decode(message)
    return pid


def _run(launch: Launch, surroundings: Surroundings, supervisor: int) -> NoReturn:
    """What the child does."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != supervisor:
        os._exit(SETUP_FAILED)  # It died before the line above could take effect.
    if surroundings.own_group:
        os.setpgid(0, 0)
    if surroundings.files:
        source, sink = surroundings.files
        os.dup2(source, 0)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
    isolate(launch)
    change_directory(launch.workdir)
    merged = environment(launch.environment, launch.hostname)
    become(launch.command, merged, surroundings.mask)


def _tell_failure(report: int, run: Callable[[], NoReturn]) -> NoReturn:
    """Run what ends in an exec; if it does not, write down why and end."""
    try:
        run()
    except LaunchError as error:
        _write(report, error)
    except MooringError as error:
        _write(report, LaunchError(SETUP_FAILED, error.message, error.remedy))
    except BaseException as error:
        _write(report, LaunchError(SETUP_FAILED, f"cannot set up the run: {error}"))
    finally:
        os._exit(SETUP_FAILED)


def _write(report: int, error: LaunchError) -> None:
    fields = (str(error.exit_code), error.message, error.remedy)
    with contextlib.suppress(BrokenPipeError):
        os.write(report, os.fsencode(_SEPARATOR.join(fields))[:_REPORT_LIMIT])


def _decode(message: bytes) -> LaunchError:
    code, text, *remedy = os.fsdecode(message).split(_SEPARATOR)
    return LaunchError(int(code), text, *remedy[:1])
