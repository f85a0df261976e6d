"""Runs that outlive whoever started them: a small supervisor in a program and session of its own.

The launch goes to its standard input; its standard output says that the command has begun, or why
it could not, and closes. Nothing secret is on its command line, for everybody may read that.
"""

import contextlib
import json
import os
import signal
import sys
from typing import Final

import msgspec

from mooring.linux.launch import SETUP_FAILED, Launch, LaunchError
from mooring.linux.run_log import LogWriter
from mooring.linux.run_state import prepare
from mooring.linux.supervisor import supervise
from mooring.model.error import MachineError, MooringError
from mooring.model.run import Process

_WITHHELD: Final = frozenset({signal.SIGHUP})
"""Losing a terminal is nothing to a run that never had one."""

_UNSETTABLE: Final = frozenset({signal.SIGKILL, signal.SIGSTOP})


class _Begun(msgspec.Struct, frozen=True, tag=True):
    process: Process
    supervisor: Process


class _Failed(msgspec.Struct, frozen=True, tag=True):
    exit_code: int
    message: str
    remedy: str


def run_detached(launch: Launch) -> tuple[Process, Process]:
    """Start a command and its supervisor, and return both processes once the command has begun.

    The command's input is empty, its output goes to the run's log (see ``LogReader``), and its
    working directory is the caller's unless the launch names one. Raises ``LaunchError``.
    """
    request_read, request_write = os.pipe()
    reply_read, reply_write = os.pipe()
    with open(request_write, "wb") as request, open(reply_read, "rb") as reply:
        try:
            spawned = _spawn(request_read, reply_write, launch.id)
        finally:
            os.close(request_read)
            os.close(reply_write)
        with contextlib.suppress(BrokenPipeError):  # It has ended, and the reply says why.
            request.write(_encode(launch))
            request.close()
        message = reply.read()
    os.waitpid(spawned, 0)
    if not message:
        raise LaunchError(
            SETUP_FAILED, f"the supervisor of run {launch.id} ended before the command began"
        )
    outcome = _decode_outcome(message)
    if isinstance(outcome, _Failed):
        raise LaunchError(outcome.exit_code, outcome.message, outcome.remedy)
    return outcome.process, outcome.supervisor


def _spawn(request: int, reply: int, identity: str) -> int:
    """Start this module as a program, in a session of its own and with signals as they come."""
    return os.posix_spawn(
        sys.executable,
        (sys.executable, "-P", "-m", __name__, identity),
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, request, 0), (os.POSIX_SPAWN_DUP2, reply, 1)],
        setsid=True,
        setsigmask=(),
        setsigdef=signal.valid_signals() - _UNSETTABLE,
    )


def main() -> None:
    """The supervisor's program."""
    # The caller waits for the first process; the second leads no session, so that no terminal can
    # become its own.
    if os.fork():
        os._exit(0)
    _close_inherited()
    with open(0, "rb", closefd=False) as request:
        launch = msgspec.convert(json.loads(request.read()), Launch)
    try:
        _supervise(launch)
    except MooringError as error:
        code = error.exit_code if isinstance(error, LaunchError) else SETUP_FAILED
        _reply(_Failed(code, error.message, error.remedy))
    except OSError as error:
        _reply(_Failed(SETUP_FAILED, f"cannot supervise run {launch.id}: {error}", ""))


def _supervise(launch: Launch) -> None:
    prepare(launch.run_directory)
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)

    def report(process: Process, supervisor: Process) -> None:
        _reply(_Begun(process, supervisor))
        # From here on the caller may go, and so may the directory it was in.
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        os.chdir("/")

    with contextlib.closing(LogWriter(launch.run_directory)) as log:
        try:
            supervise(launch, report, stdin=null, log=log, withheld=_WITHHELD)
        except (OSError, MachineError) as error:
            log.write(f"[mooring: the supervisor failed: {error}]\n".encode())
            raise


def _close_inherited() -> None:
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            with contextlib.suppress(OSError):  # The listing's own has been closed.
                os.close(int(name))


def _reply(outcome: _Begun | _Failed) -> None:
    with open(1, "wb", closefd=False) as reply:
        reply.write(_encode(outcome))


def _encode(value: msgspec.Struct) -> bytes:
    """JSON in ASCII, which keeps bytes that are not UTF-8 as Python holds them in its strings."""
    return json.dumps(msgspec.to_builtins(value)).encode()


def _decode_outcome(message: bytes) -> _Begun | _Failed:
    return msgspec.convert(json.loads(message), _Begun | _Failed)


if __name__ == "__main__":
    main()
