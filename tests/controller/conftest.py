"""A controller on a machine that only remembers, and one on the real machine."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from mooring.drivers.bridge.driver import BridgeDriver
from mooring.drivers.host.driver import HostDriver
from mooring.drivers.null.driver import NullDriver
from mooring.linux.machine import Machine
from mooring.testing.bench import Bench
from mooring.testing.machine import RecordingMachine

DRIVERS = (BridgeDriver(), HostDriver(), NullDriver())


@pytest.fixture
def recording() -> RecordingMachine:
    return RecordingMachine()


@pytest.fixture
async def paper(recording: RecordingMachine, tmp_path: Path) -> Bench:
    """A controller whose machine only remembers."""
    bench = Bench(recording, DRIVERS, tmp_path)
    await bench.controller.restoring.restore()
    return bench


@pytest.fixture
def machine() -> Iterator[Machine]:
    made = Machine()
    yield made
    made.close()


@pytest.fixture
async def real(machine: Machine, tmp_path: Path) -> AsyncIterator[Bench]:
    """A controller on the real machine, emptied at the end."""
    bench = Bench(machine, DRIVERS, tmp_path)
    await bench.controller.restoring.restore()
    yield bench
    for sandbox in list(bench.ledger.sandboxes):
        await bench.controller.sandboxes.delete(sandbox)
    for network in list(bench.ledger.networks.values()):
        if not network.built_in:
            await bench.controller.networks.delete(network.id)
    await machine.call(lambda: machine.executor.undo(BridgeDriver().plan_start([])[0]))
