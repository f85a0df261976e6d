"""Joining a run: another command in the namespaces of one that is there."""

import os
from typing import NoReturn

from mooring.linux.command import become, change_directory
from mooring.linux.launch import SETUP_FAILED, LaunchError, environment
from mooring.linux.process import is_alive, open_pidfd
from mooring.linux.syscall import (
    CLONE_FS,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWUTS,
    setns,
    unshare,
)
from mooring.model.run import Process


def enter(
    target: Process, command: tuple[str, ...], additions: tuple[str, ...] = (), workdir: str = ""
) -> NoReturn:
    """Become ``command`` in the network, mounts and names of ``target``.

    The environment is the caller's with KEY=VALUE ``additions``, the working directory that of
    ``target`` unless given. Raises ``LaunchError`` (as a run does) while nothing has changed that
    matters: the caller can say so and exit. It must be the only thread.
    """
    join(target)
    change_directory(workdir)
    become(command, environment(additions, os.uname().nodename))


def join(target: Process) -> None:
    """Go where ``target`` is: its network, mounts, names and directory. See ``enter``."""
    gone = LaunchError(SETUP_FAILED, f"process {target.pid} has ended", "see moor ps")
    try:
        pidfd = open_pidfd(target)
        current = os.open(f"/proc/{target.pid}/cwd", os.O_PATH | os.O_CLOEXEC)
    except (ProcessLookupError, FileNotFoundError) as error:
        raise gone from error
    if not is_alive(target):
        raise gone
    try:
        unshare(CLONE_FS)
        setns(pidfd, CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWNS)
        os.fchdir(current)
    except OSError as error:
        raise LaunchError(
            SETUP_FAILED, f"cannot enter the namespaces of process {target.pid}: {error.strerror}"
        ) from error
