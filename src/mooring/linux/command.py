"""Becoming another program, and saying in the terms of a shell why that failed."""

import os
import signal
from collections.abc import Set
from typing import Final, NoReturn

from mooring.linux.launch import NOT_EXECUTABLE, NOT_FOUND, SETUP_FAILED, LaunchError

_PYTHON_IGNORES: Final = (signal.SIGPIPE, signal.SIGXFSZ)


def change_directory(workdir: str) -> None:
    """Go to ``workdir`` unless it is empty; raises ``LaunchError``."""
    if not workdir:
        return
    try:
        os.chdir(workdir)
    except (OSError, ValueError) as error:
        raise LaunchError(
            NOT_EXECUTABLE,
            f"cannot change to the working directory {workdir}: {_reason(error)}",
            "give one that exists, as an absolute path",
        ) from error


def become(
    command: tuple[str, ...], environment: dict[str, str], mask: Set[int] = frozenset()
) -> NoReturn:
    """Replace this program by ``command``, looked for along the PATH of ``environment``.

    Signals in ``mask`` are blocked, the others not. Raises ``LaunchError`` when it cannot be: 127
    if there is none, 126 if it does not run.
    """
    if not command or not command[0]:
        raise LaunchError(SETUP_FAILED, "there is no command to run", "name a program after --")
    program = command[0]
    _restore_signals(mask)
    try:
        os.execvpe(program, command, environment)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise LaunchError(NOT_FOUND, *_not_found(program, environment)) from error
    except (OSError, ValueError) as error:
        raise LaunchError(NOT_EXECUTABLE, f"cannot run {program}: {_reason(error)}") from error


def _restore_signals(mask: Set[int]) -> None:
    """Undo what Python and its callers did; what was ignored before them (nohup) stays ignored."""
    for number in signal.valid_signals():
        if number in _PYTHON_IGNORES or callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _not_found(program: str, environment: dict[str, str]) -> tuple[str, str]:
    """The message and the remedy."""
    if "/" not in program:
        path = os.pathsep.join(os.get_exec_path(environment))
        return f"cannot run {program}: not found in {path}", "install it, or give its whole path"
    if os.path.exists(program):
        return (
            f"cannot run {program}: the interpreter that it names does not exist",
            "see its first line, or file(1) for a binary",
        )
    return f"cannot run {program}: no such file", ""


def _reason(error: OSError | ValueError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
