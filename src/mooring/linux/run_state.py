"""What a supervisor writes down about its run, for a daemon that may come and go.

Each file is written beside its place and renamed into it, so that a reader finds all of it or
nothing.
"""

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec

from mooring.model.error import MachineError
from mooring.model.run import Process

_PROCESS: Final = "process.json"
_EXIT: Final = "exit.json"
_SIZE_LIMIT: Final = 4096

_T = TypeVar("_T")


class Exit(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended: 128+n when signal n did it. ``finished`` is RFC 3339, UTC."""

    exit_code: int
    finished: str


class _Started(msgspec.Struct, frozen=True, kw_only=True):
    process: Process
    supervisor: Process


def prepare(run_directory: str) -> None:
    """Make the directory, mode 0700, and take away what an earlier run left there.

    This and the writers below raise ``MachineError`` where the file system refuses.
    """
    with _explained(run_directory):
        os.makedirs(run_directory, mode=0o700, exist_ok=True)
        os.chmod(run_directory, 0o700)
        for name in (_PROCESS, _EXIT):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(run_directory, name))


def write_process(run_directory: str, process: Process, supervisor: Process) -> None:
    """Say who runs and who watches."""
    _write(run_directory, _PROCESS, _Started(process=process, supervisor=supervisor))


def read_process(run_directory: str) -> tuple[Process, Process] | None:
    """The run's process and its supervisor, or None while nothing has been started."""
    started = _read(run_directory, _PROCESS, _Started)
    return (started.process, started.supervisor) if started else None


def write_exit(run_directory: str, exit_code: int) -> None:
    """Say that the run and everything it started has ended just now."""
    finished = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    _write(run_directory, _EXIT, Exit(exit_code=exit_code, finished=finished))


def read_exit(run_directory: str) -> Exit | None:
    """How the run ended, or None: it goes on, or its supervisor died before it could say."""
    return _read(run_directory, _EXIT, Exit)


def _write(directory: str, name: str, value: msgspec.Struct) -> None:
    path = os.path.join(directory, name)
    partial = f"{path}.partial"
    with _explained(path):
        fd = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(fd, "wb") as file:
            file.write(msgspec.json.encode(value))
        os.rename(partial, path)


@contextlib.contextmanager
def _explained(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MachineError(
            f"cannot write the state of a run to {path}: {error.strerror}"
        ) from error


def _read(directory: str, name: str, kind: type[_T]) -> _T | None:
    try:
        with open(os.path.join(directory, name), "rb") as file:
            return msgspec.json.decode(file.read(_SIZE_LIMIT), type=kind)
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
        return None
