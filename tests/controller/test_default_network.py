"""The default bridge among other networks."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from mooring.controller.default_network import NAME, DefaultBridge
from mooring.controller.default_pool import FamilyOptions
from mooring.controller.runs import on_default
from mooring.drivers.bridge.driver import BridgeDriver
from mooring.drivers.host.driver import HostDriver
from mooring.drivers.null.driver import NullDriver
from mooring.linux.operation import CreateBridge
from mooring.model.endpoint import EndpointRequest
from mooring.model.error import ConflictError, InvalidArgumentError, MachineError, NotFoundError
from mooring.model.network import NetworkRequest
from mooring.model.run import RunRequest
from mooring.model.sandbox import SandboxRequest
from mooring.testing.bench import Bench
from mooring.testing.machine import RecordingMachine


def bench(machine: RecordingMachine, root: Path, wish: DefaultBridge | None) -> Bench:
    return Bench(machine, (BridgeDriver(), HostDriver(), NullDriver()), root, wish)


def run_request(*networks: str) -> RunRequest:
    endpoints = tuple(EndpointRequest(network=network) for network in networks)
    return RunRequest(command=("true",), sandbox=SandboxRequest(endpoints=endpoints))


def joined(request: RunRequest) -> Sequence[str]:
    return [endpoint.network for endpoint in request.sandbox.endpoints]


def test_a_run_that_names_no_network_joins_the_default_one() -> None:
    assert joined(on_default(run_request(), NAME)) == [NAME]
    assert joined(on_default(run_request("default"), NAME)) == [NAME]
    assert joined(on_default(run_request("app"), NAME)) == ["app"]
    assert joined(on_default(run_request(), "")) == []


async def test_nobody_else_may_have_its_name(recording: RecordingMachine, tmp_path: Path) -> None:
    made = bench(recording, tmp_path, None)
    await made.controller.restoring.restore()
    with pytest.raises(InvalidArgumentError, match="meaning of its own"):
        await made.controller.networks.create(NetworkRequest(name=NAME))


async def test_a_network_of_that_name_from_before_is_told_with_a_remedy(
    recording: RecordingMachine, tmp_path: Path
) -> None:
    made = bench(recording, tmp_path, DefaultBridge())
    before = bench(recording, tmp_path, None)
    await before.controller.restoring.restore()
    old = await before.controller.networks.create(NetworkRequest(name="old"))
    await made.ledger.put(replace(old, name=NAME, pools=(), pool_ids=()))
    with pytest.raises(ConflictError, match="--bridge none"):
        await made.controller.default_network.settle()


async def test_a_start_that_fails_at_any_step_leaves_nothing_of_it(
    recording: RecordingMachine, tmp_path: Path
) -> None:
    wish = DefaultBridge(ipv4=FamilyOptions(bip="10.9.0.1/24"))
    made = bench(recording, tmp_path, wish)
    for steps in range(100):
        recording.fail_after = steps
        try:
            await made.controller.default_network.settle()
        except MachineError:
            assert not made.ledger.has_network(NAME)
            assert not [o for o in recording.standing if isinstance(o, CreateBridge)]
        else:
            assert steps > 2
            assert made.ledger.network(NAME).pools[0].gateway == "10.9.0.1"
            break


async def test_a_bridge_of_the_user_s_has_to_be_there(
    recording: RecordingMachine, tmp_path: Path
) -> None:
    made = bench(recording, tmp_path, DefaultBridge(device="br-none"))
    with pytest.raises(NotFoundError, match="there is no link br-none"):
        await made.controller.default_network.check()
    assert not recording.applied


async def test_a_plan_is_what_creating_would_do_and_changes_nothing(
    recording: RecordingMachine, tmp_path: Path
) -> None:
    made = bench(recording, tmp_path, None)
    await made.controller.restoring.restore()
    before = len(recording.applied)
    request = NetworkRequest(name="app", enable_ipv6=True)
    plan = await made.controller.networks.plan(request)
    assert len(recording.applied) == before
    assert not made.ledger.has_network("app")
    await made.controller.networks.create(request)
    kinds = [type(operation) for operation in recording.applied[before:]]
    assert [type(operation) for operation in plan] == kinds
    with pytest.raises(ConflictError, match="already exists"):
        await made.controller.networks.plan(request)
