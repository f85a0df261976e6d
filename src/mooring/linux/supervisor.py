"""Supervising a run: start it, say so, watch over it, say how it ended.

Whoever calls this has one thread and no children of its own: every child, and every orphan that a
child leaves, counts as the run's and ends with it.
"""

import contextlib
import os
import signal
from collections.abc import Callable, Set

from mooring.linux.child import Surroundings, start
from mooring.linux.launch import Launch
from mooring.linux.process import identify
from mooring.linux.run_log import LogWriter
from mooring.linux.run_mounts import RunMounts
from mooring.linux.run_state import prepare, write_exit, write_process
from mooring.linux.signal_queue import FORWARDED, SignalQueue
from mooring.linux.syscall import PR_SET_CHILD_SUBREAPER, prctl
from mooring.linux.terminal import Terminal, unstoppable
from mooring.linux.watch import Watch
from mooring.model.run import Process

Report = Callable[[Process, Process], None]
"""Takes the command's process and that of its supervisor, once the command has begun."""


def run_foreground(launch: Launch, report: Report) -> int:
    """Run a command on the caller's own files and terminal, and return its exit code.

    When ``report`` is called, the command has begun and ``read_process`` finds it. If it raises,
    the command and all it started are killed and the error goes on. Raises ``LaunchError``.
    """
    prepare(launch.run_directory)
    return supervise(launch, report)


def supervise(
    launch: Launch,
    report: Report,
    *,
    stdin: int = 0,
    log: LogWriter | None = None,
    withheld: Set[int] = frozenset(),
) -> int:
    """``run_foreground``, or with ``stdin`` and ``log`` for the command's input and output.

    Signals that are ``withheld`` do not end the supervisor and do not reach the command. The
    run's directory has been prepared.
    """
    # What was ignored before us (by nohup, for one) stays so, for the command as well.
    heard = {number for number in FORWARDED if signal.getsignal(number) != signal.SIG_IGN}
    with contextlib.ExitStack() as stack:
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        stack.callback(prctl, PR_SET_CHILD_SUBREAPER, 0)
        signals = stack.enter_context(SignalQueue(heard | {signal.SIGCHLD, signal.SIGCONT}))
        terminal = stack.enter_context(contextlib.closing(Terminal()))
        surroundings = Surroundings(
            own_group=not terminal.present,
            mask=signals.previous_mask,
            files=(stdin, log.sink) if log else None,
        )
        with contextlib.ExitStack() as run:
            # A command may read the terminal out of turn at once, and be stopped and we with it;
            # for us that has to wait until the run is known.
            with unstoppable():
                child = start(launch, surroundings)
                if log:
                    log.started()
                watch = Watch(
                    child,
                    signals=signals,
                    terminal=terminal,
                    mounts=RunMounts.of(child, launch.directory),
                    log=log,
                    withheld=withheld,
                )
                run.callback(watch.close)
                _announce(launch, child, report)
            exit_code = watch.until_exit()
        if log:
            log.drain()
        write_exit(launch.run_directory, exit_code)
    return exit_code


def _announce(launch: Launch, child: int, report: Report) -> None:
    process, supervisor = identify(child), identify(os.getpid())
    # A child that nobody has waited for can be found, dead or alive.
    assert process is not None
    assert supervisor is not None
    write_process(launch.run_directory, process, supervisor)
    report(process, supervisor)
