"""A backend in memory whose runs are real: ``moor run`` starts them, in the namespace it is in.

It needs root, as the supervisor of a run does.
"""

import asyncio
import contextlib
import shutil
from pathlib import Path
from signal import SIGKILL
from typing import Final

from mooring.linux.process import is_alive, signal
from mooring.linux.process_watch import wait_for_end
from mooring.linux.run_state import read_exit
from mooring.model.run import Process, Run, RunRequest, RunStatus
from mooring.testing.backend import FakeBackend
from mooring.testing.eventually import soon

_FOREVER: Final = 3600.0
_KILLED: Final = 137


class LivingBackend(FakeBackend):
    """A FakeBackend that writes the files of sandboxes and notices when a command has ended."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, netns="/proc/self/ns/net")
        self._watches: set[asyncio.Task[None]] = set()

    async def create_run(self, request: RunRequest, starter: Process | None) -> Run:
        """Also write the three files."""
        run = await super().create_run(request, starter)
        _write_files(Path(self.sandbox(run.id).directory), self.sandbox(run.id).hostname)
        return run

    async def start_run(self, ref: str, process: Process, supervisor: Process) -> Run:
        """Also watch the command until it has ended."""
        run = await super().start_run(ref, process, supervisor)
        watch = asyncio.create_task(self._watch(run, process, supervisor))
        self._watches.add(watch)
        watch.add_done_callback(self._watches.discard)
        return run

    async def _watch(self, run: Run, process: Process, supervisor: Process) -> None:
        directory = self.run_directory(run)
        await wait_for_end(process, _FOREVER)
        await soon(lambda: read_exit(directory) or not is_alive(supervisor))
        outcome = read_exit(directory)
        if run.id in {known.id for known in self.runs()}:
            await self.exit_run(run.id, outcome.exit_code if outcome else _KILLED)

    async def stop_run(self, ref: str, *, timeout: float, signal: int) -> Run:
        """The signal, ``timeout`` seconds, and SIGKILL."""
        run = self.run(ref)
        _send(run, signal)
        try:
            async with asyncio.timeout(None if timeout == float("inf") else timeout):
                await self.wait_run(run.id)
        except TimeoutError:
            _send(run, SIGKILL)
            await self.wait_run(run.id)
        return run

    async def kill_run(self, ref: str, *, signal: int) -> Run:
        """The signal, and no more."""
        _send(self.run(ref), signal)
        return self.run(ref)

    async def remove_run(self, ref: str, *, force: bool) -> Run:
        """Also end it, and remove its directory."""
        run = self.run(ref)
        if force and run.status is RunStatus.RUNNING:
            await self.stop_run(run.id, timeout=0, signal=SIGKILL)
        shutil.rmtree(self.run_directory(run), ignore_errors=True)
        if run.id in {known.id for known in self.runs()}:
            await super().remove_run(run.id, force=force)
        return run


def _write_files(directory: Path, hostname: str) -> None:
    directory.mkdir(parents=True)
    (directory / "hostname").write_text(f"{hostname}\n")
    (directory / "hosts").write_text(f"127.0.0.1 localhost\n127.0.0.1 {hostname}\n")
    (directory / "resolv.conf").write_text("nameserver 127.0.0.11\n")


def _send(run: Run, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        if run.process is not None:
            signal(run.process, number)
