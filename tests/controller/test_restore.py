"""What was stored, read again by the next start."""

from pathlib import Path

import pytest

from mooring.drivers.host.driver import HostDriver
from mooring.drivers.null.driver import NullDriver
from mooring.model.error import MachineError
from mooring.model.network import NetworkRequest
from mooring.testing.bench import Bench
from mooring.testing.machine import RecordingMachine


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
