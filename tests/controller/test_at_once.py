"""Verbs at once: wherever one overtakes another, each is done wholly or not at all."""

import asyncio
from collections.abc import Coroutine
from itertools import count, product, repeat
from pathlib import Path
from typing import Any

import pytest

from mooring.controller.controller import Controller
from mooring.drivers.bridge.driver import BridgeDriver
from mooring.drivers.host.driver import HostDriver
from mooring.drivers.null.driver import NullDriver
from mooring.model.endpoint import EndpointRequest
from mooring.model.error import MooringError
from mooring.model.network import NetworkRequest
from mooring.model.sandbox import SandboxRequest
from mooring.testing.agreement import check_agreement
from mooring.testing.bench import Bench
from mooring.testing.machine import RecordingMachine

BRIDGE = {"com.docker.network.bridge.name": "shared0"}
"""What lan and wan both ask for, and only one of them can have."""
VERBS = (
    "create app",
    "create lan",
    "create wan",
    "delete lan",
    "create a on lan",
    "create a on app",
    "delete a",
    "connect a",
    "disconnect a",
)
"""The last two are about lan."""
BEFORE = (
    (),
    ("create app", "create lan"),
    ("create app", "create lan", "create a on app"),
    ("create app", "create lan", "create a on app", "connect a"),
)


def work(controller: Controller, verb: str) -> Coroutine[Any, Any, Any]:
    """What the words mean."""
    connections, networks, sandboxes = (
        controller.connections,
        controller.networks,
        controller.sandboxes,
    )
    match verb.split():
        case ["create", "a", "on", network]:
            endpoint = EndpointRequest(network=network)
            return sandboxes.create(SandboxRequest(name="a", endpoints=(endpoint,)))
        case ["create", network]:
            options = {} if network == "app" else BRIDGE
            return networks.create(NetworkRequest(name=network, options=options))
        case ["delete", "a"]:
            return sandboxes.delete("a")
        case ["delete", network]:
            return networks.delete(network)
        case ["connect", _]:
            return connections.connect("a", EndpointRequest(network="lan"))
        case _:
            return connections.disconnect("a", "lan", force=False)


async def overtake(before: tuple[str, ...], first: str, second: str, turns: int) -> bool:
    """Let one verb begin so many turns after another; whether that one was still at work."""
    machine = RecordingMachine()
    drivers = (BridgeDriver(), HostDriver(), NullDriver())
    bench = Bench(machine, drivers, Path("/nowhere"))
    await bench.controller.restoring.restore()
    for verb in before:
        await work(bench.controller, verb)
    machine.pauses = repeat(1)
    underway = [asyncio.create_task(work(bench.controller, first))]
    for _ in range(turns):
        await asyncio.sleep(0)
    overtaken = not underway[0].done()
    underway.append(asyncio.create_task(work(bench.controller, second)))
    async with asyncio.timeout(10):
        for outcome in await asyncio.gather(*underway, return_exceptions=True):
            if isinstance(outcome, BaseException) and not isinstance(outcome, MooringError):
                raise outcome
    check_agreement(bench, machine)
    return overtaken


@pytest.mark.parametrize("first", VERBS)
async def test_whatever_overtakes_and_wherever_all_agree_in_the_end(first: str) -> None:
    for before, second in product(BEFORE, VERBS):
        for turns in count():
            if not await overtake(before, first, second, turns):
                break
