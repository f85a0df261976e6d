"""Runs: a command of the host, started in a sandbox of its own."""

from enum import StrEnum

import msgspec

from mooring.model.sandbox import SandboxRequest


class RunStatus(StrEnum):
    """Where a run is in its life, in Docker's words."""

    CREATED = "created"
    RUNNING = "running"
    EXITED = "exited"


class RunRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a user asks to run. ``environment`` holds only what ``-e`` adds."""

    command: tuple[str, ...]
    sandbox: SandboxRequest = SandboxRequest()
    environment: tuple[str, ...] = ()
    workdir: str = ""
    detach: bool = False
    remove: bool = False


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """A process that cannot be mistaken for a later one with the same number.

    ``start_time`` is field 22 of ``/proc/<pid>/stat``, in clock ticks since boot.
    """

    pid: int
    start_time: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run that exists. It has the id and the name of its sandbox, and outlives it."""

    id: str
    name: str
    created: str
    request: RunRequest
    status: RunStatus = RunStatus.CREATED
    process: Process | None = None
    supervisor: Process | None = None
    starter: Process | None = None
    """Who asked for the run and has not started it yet: if it dies, the run is undone."""
    started: str = ""
    finished: str = ""
    exit_code: int | None = None
