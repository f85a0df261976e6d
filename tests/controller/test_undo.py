"""Whatever fails, and wherever: nothing of it is left."""

import asyncio
from itertools import count, repeat
from typing import TYPE_CHECKING, Any

import pytest

from mooring.model.endpoint import EndpointRequest
from mooring.model.error import MachineError
from mooring.model.network import NetworkRequest
from mooring.model.sandbox import SandboxRequest
from mooring.testing.bench import Bench
from mooring.testing.machine import RecordingMachine

if TYPE_CHECKING:
    from collections.abc import Coroutine

DUAL = NetworkRequest(name="app", enable_ipv6=True)
MEMBER = SandboxRequest(name="db", endpoints=(EndpointRequest(network="app"),))


def everything(bench: Bench, recording: RecordingMachine) -> tuple[object, ...]:
    """All that a failure could leave behind."""
    ledger = bench.ledger
    return (
        dict(ledger.networks),
        dict(ledger.sandboxes),
        dict(ledger.endpoints),
        sorted(bench.store.list("")),
        sorted(bench.book.claimants()),
        {lease.id: set(bench.allocator.addresses(lease.id)) for lease in bench.allocator.leases()},
        set(map(str, recording.standing)),
        dict(bench.resolver.views),
    )


async def test_a_network_that_fails_at_any_operation_leaves_nothing(
    paper: Bench, recording: RecordingMachine
) -> None:
    failures = 0
    while True:
        before = everything(paper, recording)
        recording.fail_after = failures
        try:
            await paper.controller.networks.create(DUAL)
        except MachineError:
            assert everything(paper, recording) == before
            failures += 1
            continue
        break
    recording.fail_after = None
    assert failures >= 5
    assert paper.ledger.network("app").ready


async def test_a_sandbox_that_fails_at_any_operation_leaves_nothing_but_resting_addresses(
    paper: Bench, recording: RecordingMachine
) -> None:
    await paper.controller.networks.create(DUAL)
    failures = 0
    while True:
        before = everything(paper, recording)
        recording.fail_after = failures
        try:
            await paper.controller.sandboxes.create(MEMBER)
        except MachineError:
            paper.now += 60
            after = everything(paper, recording)
            assert after[:5] == before[:5]
            assert after[6:] == before[6:]
            failures += 1
            continue
        break
    assert failures >= 8
    (endpoint,) = paper.ledger.endpoints_in(paper.ledger.sandbox("db").id)
    assert endpoint.ipv4 == "172.17.0.2/16", "what the failures took had rested and was free"


async def test_a_connection_that_fails_at_any_operation_leaves_the_sandbox_as_it_was(
    paper: Bench, recording: RecordingMachine
) -> None:
    await paper.controller.networks.create(DUAL)
    await paper.controller.networks.create(NetworkRequest(name="lan"))
    sandbox = await paper.controller.sandboxes.create(MEMBER)
    failures = 0
    while True:
        before = everything(paper, recording)
        recording.fail_after = failures
        try:
            await paper.controller.connections.connect("db", EndpointRequest(network="lan"))
        except MachineError:
            after = everything(paper, recording)
            assert after[:5] == before[:5]
            assert after[6:] == before[6:]
            failures += 1
            continue
        break
    assert failures >= 5
    assert len(paper.ledger.endpoints_in(sandbox.id)) == 2


@pytest.mark.parametrize("verb", ["network", "sandbox", "connection"])
async def test_a_verb_that_is_cancelled_anywhere_leaves_nothing_but_resting_addresses(
    paper: Bench, recording: RecordingMachine, verb: str
) -> None:
    controller = paper.controller
    await controller.networks.create(NetworkRequest(name="app"))
    await controller.networks.create(NetworkRequest(name="lan"))
    member = (EndpointRequest(network="app"),)
    await controller.sandboxes.create(SandboxRequest(name="a", endpoints=member))
    before = everything(paper, recording)
    recording.pauses = repeat(1)
    for turns in count():
        work: Coroutine[Any, Any, object]
        match verb:
            case "network":
                work = controller.networks.create(NetworkRequest(name="new"))
            case "sandbox":
                work = controller.sandboxes.create(MEMBER)
            case _:
                work = controller.connections.connect("a", EndpointRequest(network="lan"))
        task = asyncio.create_task(work)
        for _ in range(turns):
            await asyncio.sleep(0)
        if task.done():
            break
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        paper.now += 60
        after = everything(paper, recording)
        assert after[:5] == before[:5]
        assert after[6:] == before[6:]
    assert turns > 10


async def test_deleting_takes_everything_with_it(paper: Bench, recording: RecordingMachine) -> None:
    before = everything(paper, recording)
    await paper.controller.networks.create(DUAL)
    await paper.controller.sandboxes.create(MEMBER)
    await paper.controller.sandboxes.delete("db")
    await paper.controller.networks.delete("app")
    assert everything(paper, recording) == before


async def test_a_failure_says_what_failed(paper: Bench, recording: RecordingMachine) -> None:
    recording.fail_after = 0
    with pytest.raises(MachineError, match="CreateBridge"):
        await paper.controller.networks.create(DUAL)
