"""What was stored, read again by the next start."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from mooring.drivers.bridge.driver import BridgeDriver
from mooring.drivers.host.driver import HostDriver
from mooring.drivers.null.driver import NullDriver
from mooring.linux.operation import CreateDirectory, Operation
from mooring.model.endpoint import EndpointRequest
from mooring.model.error import MachineError
from mooring.model.network import NetworkRequest
from mooring.model.sandbox import SandboxRequest
from mooring.testing.bench import Bench
from mooring.testing.machine import RecordingMachine


class Stubborn(RecordingMachine):
    """A machine that cannot remove a directory, nor anything in the same plan."""

    def __init__(self, directory: str) -> None:
        super().__init__()
        self._directory = CreateDirectory(directory)

    async def revert(self, plan: Sequence[Operation]) -> None:
        if self._directory in plan:
            raise MachineError(f"{self._directory.path} is busy")
        await super().revert(plan)


async def stored(paper: Bench) -> dict[str, bytes]:
    """What a network leaves in the store."""
    await paper.controller.networks.create(NetworkRequest(name="app"))
    return dict(paper.store.list("network/"))


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"{}", b'{"id": 1}', b"\xff"])
async def test_what_cannot_be_read_is_named_and_nothing_is_done(paper: Bench, value: bytes) -> None:
    paper.store.write({"network/mystery": value})
    with pytest.raises(MachineError, match="network/mystery in the store cannot be read") as said:
        paper.ledger.load()
    assert "start the Mooring that wrote it" in said.value.remedy


async def test_what_a_newer_mooring_added_to_a_value_is_passed_over(paper: Bench) -> None:
    (key, value), *_ = (await stored(paper)).items()
    paper.store.write({key: value.replace(b"{", b'{"novelty":[1,{"a":2}],', 1)})
    paper.ledger.load()


async def test_a_network_whose_driver_was_uninstalled_is_named(
    paper: Bench, tmp_path: Path
) -> None:
    again = Bench(RecordingMachine(), (HostDriver(), NullDriver()), tmp_path)
    again.store.write(await stored(paper))
    with pytest.raises(MachineError, match="the driver bridge, which is not installed"):
        await again.controller.restoring.restore()


async def test_the_dead_are_removed_and_one_that_cannot_be_keeps_back_no_other(
    paper: Bench, tmp_path: Path
) -> None:
    await paper.controller.networks.create(NetworkRequest(name="app"))
    for name in ("a", "b", "c"):
        request = SandboxRequest(name=name, endpoints=(EndpointRequest(network="app"),))
        await paper.controller.sandboxes.create(request)
    stubborn = Stubborn(paper.ledger.sandbox("b").directory)
    again = Bench(stubborn, (BridgeDriver(), HostDriver(), NullDriver()), tmp_path)
    again.store.write(dict(paper.store.list("")))
    await again.controller.restoring.restore()
    assert [sandbox.name for sandbox in again.ledger.sandboxes.values()] == ["b"]
    assert len(list(again.store.list("sandbox/"))) == 1
    assert len(list(again.store.list("endpoint/"))) == 1
