"""Looking after namespaces that may be taken away."""

import threading
from pathlib import Path

import pytest

from mooring.daemon import reaper
from mooring.drivers.host.driver import HostDriver
from mooring.drivers.null.driver import NullDriver
from mooring.linux import netns
from mooring.model.sandbox import SandboxRequest
from mooring.testing.bench import Bench
from mooring.testing.eventually import soon
from mooring.testing.machine import RecordingMachine


async def test_the_thread_that_answers_never_looks_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lookers: list[int] = []

    def look(path: str, number: int) -> bool:
        lookers.append(threading.get_ident())
        return len(lookers) < 3

    monkeypatch.setattr(netns, "exists", look)
    monkeypatch.setattr(reaper, "_INTERVAL", 0.001)
    bench = Bench(RecordingMachine(), (HostDriver(), NullDriver()), tmp_path)
    await bench.controller.restoring.restore()
    await bench.controller.sandboxes.create(SandboxRequest(name="a"))
    looking = reaper.Reaper(bench.ledger, bench.controller.sandboxes)
    looking.start()
    await soon(lambda: not bench.ledger.sandboxes)
    await looking.close()
    assert threading.get_ident() not in lookers
