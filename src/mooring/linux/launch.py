"""What a supervisor is told to start, and how it says that it could not."""

import os
from typing import Final

import msgspec

from mooring.model.error import InvalidArgumentError, MooringError

# Exit codes of a command that never ran, as Docker gives them, and env(1) too.
SETUP_FAILED: Final = 125
NOT_EXECUTABLE: Final = 126
NOT_FOUND: Final = 127


class LaunchError(MooringError):
    """A command could not be started.

    ``exit_code`` is what ``moor`` then exits with: 127 if there is no such command, 126 if it
    cannot be executed (or its working directory cannot be entered), 125 if setting up failed.
    """

    code = "launch"

    def __init__(self, exit_code: int, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.exit_code = exit_code


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """One command and the surroundings it is started in."""

    id: str
    namespace: str = ""
    """Path of the network namespace to enter; empty stays in the caller's."""
    directory: str
    """Where hostname, hosts and resolv.conf lie, to be bound over those in /etc."""
    run_directory: str
    """Where process.json, exit.json and output.log are kept."""
    hostname: str = ""
    """Empty keeps the name of the host."""
    domainname: str = ""
    """NIS domain name; empty is the kernel's "(none)", never the host's."""
    command: tuple[str, ...]
    environment: tuple[str, ...] = ()
    """KEY=VALUE, each added to the caller's environment or replacing one there."""
    workdir: str = ""
    """Empty is the caller's."""


def environment(additions: tuple[str, ...], hostname: str = "") -> dict[str, str]:
    """The caller's environment with KEY=VALUE ``additions``; the last of one key wins.

    HOSTNAME is that of the sandbox unless an addition says otherwise, as in Docker: the host's
    own, inherited, would be a lie. Raises ``InvalidArgumentError`` for what is not KEY=VALUE.
    """
    merged = dict(os.environ)
    if hostname:
        merged["HOSTNAME"] = hostname
    for addition in additions:
        key, equals, value = addition.partition("=")
        if not key or not equals or "\0" in addition:
            raise InvalidArgumentError(
                f"{addition!r} cannot go into the environment", "write it as KEY=VALUE"
            )
        merged[key] = value
    return merged
