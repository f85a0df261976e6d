"""The namespaces of a run: a sandbox's network, mounts and names of its own.

To be called in a process that is about to become the run's command.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from mooring.linux.cover import cover
from mooring.linux.launch import SETUP_FAILED, Launch, LaunchError
from mooring.linux.syscall import (
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWUTS,
    MS_REC,
    MS_SLAVE,
    mount,
    set_domainname,
    set_hostname,
    setns,
    unshare,
)


def isolate(launch: Launch) -> None:
    """Move to the sandbox's network, and to new mounts and names; raises ``LaunchError``."""
    isolate_files(launch.namespace, launch.directory)
    if launch.hostname:
        with _step(f"set the host name {launch.hostname!r}"):
            set_hostname(launch.hostname)
    with _step(f"set the domain name {launch.domainname!r}"):
        set_domainname(launch.domainname or "(none)")


def isolate_files(namespace: str, directory: str) -> None:
    """Move to a network, unless it is the caller's (``""``), and put a sandbox's files over /etc.

    The names of the host stay as they are, but can be set. Raises ``LaunchError``.
    """
    if namespace:
        _enter_network(namespace)
    with _step("make new mount and UTS namespaces"):
        unshare(CLONE_NEWNS | CLONE_NEWUTS)
    with _step("keep the mounts of the run from the host"):
        # What the host mounts and unmounts later still shows here; nothing goes the other way.
        mount("none", "/", flags=MS_REC | MS_SLAVE)
    cover(directory)


def _enter_network(path: str) -> None:
    with _step(f"enter the network namespace {path}"):
        namespace = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            setns(namespace, CLONE_NEWNET)
        finally:
            os.close(namespace)


@contextmanager
def _step(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LaunchError(SETUP_FAILED, f"cannot {what}: {error.strerror}") from error
