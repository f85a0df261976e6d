"""Runs: a command each, in a sandbox of its own, from creation to the last trace of it.

The client starts the command (``linux.supervisor``); here its process is watched, and the moment it
ends its names are withdrawn. A run that has ended keeps its settings, its log and its exit code.
"""

import asyncio
import logging
import shutil
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from signal import SIGKILL
from typing import Any, Final

from msgspec.structs import replace

from mooring.controller.contract import Announce, Machine
from mooring.controller.ledger import Ledger
from mooring.controller.locks import Locks
from mooring.controller.paths import Paths
from mooring.controller.sandboxes import Sandboxes
from mooring.linux import process as processes
from mooring.linux.process_watch import ProcessWatch, wait_for_end
from mooring.linux.run_state import Exit, read_exit
from mooring.model.endpoint import EndpointRequest
from mooring.model.error import ConflictError, InvalidArgumentError
from mooring.model.event import Event
from mooring.model.run import Process, Run, RunRequest, RunStatus
from mooring.model.sandbox import Sandbox

_LOG: Final = logging.getLogger(__name__)

DEFAULT_WORD: Final = "default"
"""What ``--network`` says for the network that runs join which name none."""

_KILLED: Final = 128 + SIGKILL
"""The exit code of a run whose supervisor could not say: it went down with everything."""

_SUPERVISOR_SECONDS: Final = 10.0
"""What a supervisor has to kill a run's leftovers and write down how it ended."""

_LAST_WORDS_INTERVAL: Final = 0.005
"""Seconds between looks for what it wrote."""

_AT_ONCE: Final = 16
"""Runs that are cleared away side by side; when a machine starts again, all of them have ended."""


class Runs:
    """The verbs about runs."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        sandboxes: Sandboxes,
        machine: Machine,
        paths: Paths,
        locks: Locks,
        announce: Announce,
        default_network: str = "",
    ) -> None:
        self._ledger = ledger
        self._sandboxes = sandboxes
        self._machine = machine
        self._paths = paths
        self._locks = locks
        self._announce = announce
        self._default_network = default_network
        self._watch = ProcessWatch()
        self._finished: dict[str, asyncio.Future[int]] = {}
        """Exit codes to come, of runs that have not been cleared away yet."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def create(self, request: RunRequest, starter: Process | None) -> Run:
        """Make a run and its sandbox. If ``starter`` dies before ``start``, it is undone."""
        if not request.command:
            raise InvalidArgumentError("there is no command to run", "write it after --")
        request = on_default(request, self._default_network)
        sandbox = await self._sandboxes.create(request.sandbox, of_run=True)
        run = Run(
            id=sandbox.id,
            name=sandbox.name,
            created=sandbox.created,
            request=request,
            starter=starter,
        )
        try:
            await self._ledger.put(run)
        except BaseException:
            await self._sandboxes.delete(sandbox.id)
            raise
        self._expect(run)
        self._tell("create", run)
        if starter is not None:
            self._watch.watch(run.id, starter, lambda: self._spawn(self._abandoned(run.id)))
        return run

    async def start(self, ref: str, process: Process, supervisor: Process) -> Run:
        """Take note that the client has started the command as ``process``."""
        identity = self._ledger.run(ref).id
        async with self._locks.hold(_lock(identity)):
            run = self._ledger.run(identity)
            if run.status is not RunStatus.CREATED:
                raise ConflictError(
                    f"the run {run.name} has been started before",
                    "moor ps -a shows what became of it",
                )
            run = replace(
                run,
                status=RunStatus.RUNNING,
                process=process,
                supervisor=supervisor,
                starter=None,
                started=_now(),
            )
            await self._ledger.put(run)
            self._tell("start", run)
            self._watch.watch(run.id, process, lambda: self._ended(run.id))
        return run

    async def stop(self, ref: str, *, timeout: float, signal: int) -> Run:
        """Withdraw the names, send the signal, wait, kill what is left, and clear it all away."""
        run = self._ledger.run(ref)
        if run.status is RunStatus.EXITED:
            return run
        if sandbox := self._ledger.sandboxes.get(run.id):
            self._sandboxes.withdraw(sandbox)
        if run.process is not None:
            with suppress(ProcessLookupError):
                processes.signal(run.process, signal)
                if not await wait_for_end(run.process, timeout):
                    processes.signal(run.process, SIGKILL)
        await self._finish(run.id)
        return self._ledger.runs.get(run.id, run)

    async def kill(self, ref: str, *, signal: int) -> Run:
        """Send a signal to the command."""
        run = self._ledger.run(ref)
        if run.status is not RunStatus.RUNNING or run.process is None:
            raise ConflictError(f"the run {run.name} is not running", "moor ps shows what is")
        try:
            processes.signal(run.process, signal)
        except ProcessLookupError:
            raise ConflictError(f"the run {run.name} has just ended", "moor ps -a") from None
        if signal == SIGKILL:
            await self._wait_finished(run)
        self._tell("kill", run)
        return self._ledger.runs.get(run.id, run)

    async def wait(self, ref: str) -> int:
        """The exit code, once the run has one and its sandbox is gone."""
        run = self._ledger.run(ref)
        return await self._wait_finished(run)

    async def remove(self, ref: str, *, force: bool) -> Run:
        """Remove a run that has ended, or, with ``force``, end it."""
        run = self._ledger.run(ref)
        if run.status is not RunStatus.EXITED:
            if not force and run.status is RunStatus.RUNNING:
                raise ConflictError(
                    f"the run {run.name} is running",
                    f"stop it first (moor stop {run.name}), or force it (moor rm -f {run.name})",
                )
            await self.stop(run.id, timeout=0, signal=SIGKILL)
        await self._discard(run.id)
        return run

    async def restore(self, run: Run) -> None:
        """After a restart: watch a run that lives, clear away one that does not."""
        if run.status is RunStatus.RUNNING and run.process is not None:
            self._expect(run)
            self._watch.watch(run.id, run.process, lambda: self._ended(run.id))
        elif run.status is not RunStatus.EXITED:
            await self._abandoned(run.id)
        elif run.request.remove:
            await self._discard(run.id)

    async def close(self) -> None:
        """Stop watching; runs go on. Work under way is carried through."""
        self._watch.close()
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, run_id: str) -> None:
        """The command's process has ended: names first, at this very moment."""
        if sandbox := self._ledger.sandboxes.get(run_id):
            self._sandboxes.withdraw(sandbox)
        self._spawn(self._finish_in_turn(run_id))

    async def _finish_in_turn(self, run_id: str) -> None:
        async with self._turns:
            await self._finish(run_id)

    async def _abandoned(self, run_id: str) -> None:
        """Whoever asked for the run died before starting it."""
        run = self._ledger.runs.get(run_id)
        if run is not None and run.status is RunStatus.CREATED:
            await self._finish(run_id)
            await self._discard(run_id)

    async def _finish(self, run_id: str) -> None:
        """Clear away a run's processes and sandbox, and write down how it ended.

        If that fails, whoever waits for it hears why, and it may be tried again.
        """
        async with self._locks.hold(_lock(run_id)):
            run = self._ledger.runs.get(run_id)
            if run is None or run.status is RunStatus.EXITED:
                return
            self._watch.forget(run_id)
            try:
                exit_code = await self._clear(run)
            except Exception as error:
                if finished := self._finished.get(run_id):
                    self._expect(run)
                    finished.set_exception(error)
                    finished.exception()  # It is no mistake if nobody waits.
                raise
            if finished := self._finished.pop(run_id, None):
                finished.set_result(exit_code)

    async def _clear(self, run: Run) -> int:
        said = await self._last_words(run)
        if sandbox := self._ledger.sandboxes.get(run.id):
            await asyncio.to_thread(_end_processes, sandbox, alone=said is None)
            await self._sandboxes.delete(sandbox.id)
        exit_code = said.exit_code if said else _KILLED
        run = replace(
            run,
            status=RunStatus.EXITED,
            exit_code=exit_code,
            finished=said.finished if said else _now(),
            starter=None,
        )
        await self._ledger.put(run)
        self._tell("die", run, {"exitCode": str(exit_code)})
        if run.request.remove:
            await self._discard(run.id)
        return exit_code

    async def _last_words(self, run: Run) -> Exit | None:
        """How a run ended, as its supervisor wrote it down; None if it never will.

        A supervisor in the foreground lives on, and waits for us: so it is the file that counts.
        """
        directory = self._paths.run_directory(run.id)
        deadline = asyncio.get_running_loop().time() + _SUPERVISOR_SECONDS
        while run.supervisor is not None and asyncio.get_running_loop().time() < deadline:
            if said := read_exit(directory):
                return said
            if await wait_for_end(run.supervisor, _LAST_WORDS_INTERVAL):
                break
        return read_exit(directory)

    async def _discard(self, run_id: str) -> None:
        run = self._ledger.runs.get(run_id)
        if run is None:
            return
        directory = self._paths.run_directory(run_id)
        await self._machine.call(lambda: shutil.rmtree(directory, ignore_errors=True))
        await self._ledger.remove(run)
        self._tell("destroy", run)

    def _expect(self, run: Run) -> None:
        self._finished[run.id] = asyncio.get_running_loop().create_future()

    async def _wait_finished(self, run: Run) -> int:
        if finished := self._finished.get(run.id):
            return await asyncio.shield(finished)
        return _KILLED if run.exit_code is None else run.exit_code

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _LOG.error("clearing away a run failed", exc_info=error)

    def _tell(self, action: str, run: Run, extra: dict[str, str] | None = None) -> None:
        attributes = {"name": run.name, **(extra or {})}
        self._announce(Event(kind="container", action=action, id=run.id, attributes=attributes))


def on_default(request: RunRequest, network: str) -> RunRequest:
    """The run on the default network if it names none, or calls it ``default``, as in Docker."""
    asked = request.sandbox.endpoints
    if not network or any(endpoint.network != DEFAULT_WORD for endpoint in asked):
        return request
    endpoints = tuple(replace(endpoint, network=network) for endpoint in asked)
    sandbox = replace(request.sandbox, endpoints=endpoints or (EndpointRequest(network=network),))
    return replace(request, sandbox=sandbox)


def _end_processes(sandbox: Sandbox, *, alone: bool) -> None:
    """Kill what still lives in a sandbox: in a namespace of its own, or with its files mounted.

    The latter only if the run was ``alone``: a supervisor that has had the last word left nobody
    there, and a look at every process's mounts takes long where there are many.
    """

    def left() -> set[int]:
        found = processes.mounting(sandbox.directory) if alone else set()
        if sandbox.owned:
            with suppress(OSError):
                found |= processes.in_namespace(sandbox.netns)
        return found

    if stuck := processes.end_all(left):
        _LOG.error("processes %s of %s cannot be ended", sorted(stuck), sandbox.name)


def _lock(run_id: str) -> str:
    return f"run/{run_id}"


def _now() -> str:
    return datetime.now(UTC).isoformat()
