"""Pruning while others work."""

import asyncio
from itertools import count, repeat
from pathlib import Path
from typing import Any, cast

from mooring.daemon.backend import DaemonBackend
from mooring.drivers.bridge.driver import BridgeDriver
from mooring.drivers.host.driver import HostDriver
from mooring.drivers.null.driver import NullDriver
from mooring.model.endpoint import EndpointRequest
from mooring.model.network import NetworkRequest
from mooring.model.sandbox import SandboxRequest
from mooring.testing.agreement import check_agreement
from mooring.testing.bench import Bench
from mooring.testing.machine import RecordingMachine

MEMBER = SandboxRequest(name="a", endpoints=(EndpointRequest(network="busy"),))


async def prune_after(turns: int, folder: Path) -> bool:
    """Prune so many turns after others began to use and to remove networks; whether they still
    were at it."""
    machine = RecordingMachine()
    bench = Bench(machine, (BridgeDriver(), HostDriver(), NullDriver()), folder)
    controller, nothing = bench.controller, cast("Any", None)
    backend = DaemonBackend(
        controller=controller,
        resolver=nothing,
        doctor=nothing,
        events=nothing,
        paths=bench.paths,
        metrics=nothing,
    )
    await controller.restoring.restore()
    for name in ("busy", "going", "unused"):
        await controller.networks.create(NetworkRequest(name=name))
    machine.pauses = repeat(1)
    using = asyncio.create_task(controller.sandboxes.create(MEMBER))
    going = asyncio.create_task(controller.networks.delete("going"))
    for _ in range(turns):
        await asyncio.sleep(0)
    overtaken = not (using.done() and going.done())
    pruned = await backend.prune()
    await asyncio.gather(using, going, return_exceptions=True)
    assert "unused" in pruned.networks
    assert ("busy" in pruned.networks) == (using.exception() is not None)
    check_agreement(bench, machine)
    return overtaken


async def test_what_others_remove_or_begin_to_use_meanwhile_is_passed_over(tmp_path: Path) -> None:
    for turns in count():
        if not await prune_after(turns, tmp_path):
            break
    assert turns > 5
