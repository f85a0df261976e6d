"""Runs whose sandbox cannot be cleared away, or whose end meets another verb."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import count, repeat
from pathlib import Path
from signal import SIGKILL

import pytest
from msgspec.structs import replace

from mooring.drivers.bridge.driver import BridgeDriver
from mooring.drivers.host.driver import HostDriver
from mooring.drivers.null.driver import NullDriver
from mooring.linux.operation import Operation
from mooring.linux.process import identify
from mooring.model.endpoint import EndpointRequest
from mooring.model.error import ConflictError, MachineError, NotFoundError
from mooring.model.network import NetworkRequest
from mooring.model.run import Process, Run, RunRequest, RunStatus
from mooring.model.sandbox import SandboxRequest
from mooring.testing.bench import Bench
from mooring.testing.eventually import soon
from mooring.testing.machine import RecordingMachine

REQUEST = RunRequest(
    command=("sleep", "1000"),
    sandbox=SandboxRequest(name="db", endpoints=(EndpointRequest(network="app"),)),
)
Spawn = Callable[[], Process]


class Stuck(RecordingMachine):
    """A machine that takes nothing down while it is ``stuck``."""

    stuck = False

    async def revert(self, plan: Sequence[Operation]) -> None:
        if self.stuck:
            raise MachineError("the machine is stuck")
        await super().revert(plan)


@pytest.fixture
def recording() -> Stuck:
    return Stuck()


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Starts processes that would live for long."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> Process:
        started.append(subprocess.Popen(["sleep", "1000"]))
        process = identify(started[-1].pid)
        assert process is not None
        return process

    yield start
    for each in started:
        each.kill()
        each.wait()


async def running(paper: Bench, process: Process) -> Run:
    """A run of a process, which is its own supervisor."""
    await paper.controller.networks.create(NetworkRequest(name="app"))
    run = await paper.controller.runs.create(REQUEST, None)
    return await paper.controller.runs.start(run.id, process, process)


def claims(paper: Bench) -> set[str]:
    return {claimant for claimant in paper.book.claimants() if claimant.startswith("endpoint/")}


async def within(work: Awaitable[object]) -> object:
    async with asyncio.timeout(5):
        return await work


async def test_who_waits_for_a_run_that_cannot_be_cleared_away_hears_why_and_stop_tries_again(
    paper: Bench, recording: Stuck, spawn: Spawn
) -> None:
    run = await running(paper, spawn())
    recording.stuck = True
    waiting = asyncio.create_task(paper.controller.runs.wait("db"))
    with pytest.raises(MachineError, match="stuck"):
        await within(paper.controller.runs.stop("db", timeout=0, signal=SIGKILL))
    with pytest.raises(MachineError, match="stuck"):
        await within(waiting)
    assert claims(paper) == set()
    with pytest.raises(MachineError, match="stuck"):
        await within(paper.controller.runs.remove("db", force=True))
    recording.stuck = False
    again = asyncio.create_task(paper.controller.runs.wait("db"))
    stopped = await within(paper.controller.runs.stop("db", timeout=0, signal=SIGKILL))
    assert isinstance(stopped, Run)
    assert stopped.status is RunStatus.EXITED
    assert await within(again) == 137
    assert run.id not in paper.ledger.sandboxes


async def test_starting_a_run_that_is_being_removed_is_refused(paper: Bench, spawn: Spawn) -> None:
    await paper.controller.networks.create(NetworkRequest(name="app"))
    run = await paper.controller.runs.create(REQUEST, None)
    removing = asyncio.create_task(paper.controller.runs.remove("db", force=True))
    await asyncio.sleep(0)
    process = spawn()
    with pytest.raises((ConflictError, NotFoundError)):
        await paper.controller.runs.start(run.id, process, process)
    await within(removing)
    assert run.id not in paper.ledger.runs


async def test_every_run_of_one_starter_is_undone_when_it_dies(paper: Bench, spawn: Spawn) -> None:
    await paper.controller.networks.create(NetworkRequest(name="app"))
    starter = spawn()
    for name in ("one", "two", "started"):
        request = replace(REQUEST, sandbox=replace(REQUEST.sandbox, name=name))
        await paper.controller.runs.create(request, starter)
    process = spawn()
    await paper.controller.runs.start("started", process, process)
    subprocess.run(["kill", "-9", str(starter.pid)], check=True)
    await soon(lambda: len(paper.ledger.runs) == 1)
    assert paper.ledger.run("started").status is RunStatus.RUNNING
    await paper.controller.runs.remove("started", force=True)


async def test_connecting_brings_no_name_back_of_a_run_that_has_ended_meanwhile(
    paper: Bench, recording: Stuck, spawn: Spawn
) -> None:
    await running(paper, spawn())
    await paper.controller.networks.create(NetworkRequest(name="lan"))
    recording.pauses = repeat(1)
    for turns in count():
        sandbox = paper.ledger.sandbox("db")
        connecting = asyncio.create_task(
            paper.controller.connections.connect("db", EndpointRequest(network="lan"))
        )
        for _ in range(turns):
            await asyncio.sleep(0)
        overtaken = not connecting.done()
        paper.controller.sandboxes.withdraw(sandbox)
        await asyncio.wait([connecting])
        assert claims(paper) == set()
        if connecting.exception() is None:
            await paper.controller.connections.disconnect("db", "lan", force=False)
        else:
            with pytest.raises(ConflictError, match="db is being taken down"):
                connecting.result()
        if not overtaken:
            break
        paper.ledger.reserve(sandbox)
    assert turns > 10
    recording.pauses = repeat(0)
    await paper.controller.runs.remove("db", force=True)


async def test_what_was_to_be_removed_when_it_ended_is_removed_by_the_next_start(
    paper: Bench, tmp_path: Path
) -> None:
    ended = Run(
        id="e" * 64,
        name="ended",
        created="2026-01-01T00:00:00Z",
        request=replace(REQUEST, remove=True),
        status=RunStatus.EXITED,
        exit_code=0,
    )
    kept = replace(ended, id="f" * 64, name="kept", request=REQUEST)
    await paper.ledger.put(ended, kept)
    again = Bench(RecordingMachine(), (BridgeDriver(), NullDriver()), tmp_path)
    again.store.write(dict(paper.store.list("run/")))
    await again.controller.restoring.restore()
    assert [run.name for run in again.ledger.runs.values()] == ["kept"]


async def test_runs_that_all_ended_with_the_machine_are_all_cleared_away(
    paper: Bench, tmp_path: Path
) -> None:
    await paper.controller.networks.create(NetworkRequest(name="app"))
    gone = Process(pid=1, start_time=-1)
    for number in range(40):
        named = replace(REQUEST, sandbox=replace(REQUEST.sandbox, name=f"db{number}"))
        run = await paper.controller.runs.create(named, None)
        await paper.ledger.put(
            replace(run, status=RunStatus.RUNNING, process=gone, supervisor=gone)
        )
    drivers = (BridgeDriver(), HostDriver(), NullDriver())
    again = Bench(RecordingMachine(), drivers, tmp_path)
    again.store.write(dict(paper.store.list("")))
    await again.controller.restoring.restore()
    runs = again.ledger.runs.values()
    await soon(lambda: all(run.status is RunStatus.EXITED for run in runs))
    assert len(runs) == 40
    assert not again.ledger.sandboxes
    assert not claims(again)
    await again.controller.runs.close()
