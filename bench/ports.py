"""Published ports: what a thousand of them cost, together and one by one.

Each is published in IPv4 and IPv6: chosen, held by two sockets, stored, and led to a sandbox by the
firewall. "In one sandbox" is what creating a sandbox takes longer with all of them than with none.
"One by one" are that many sandboxes with a port each, without making the sandboxes themselves.

Needs root, and runs in namespaces of its own.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from msgspec.structs import replace

from measuring.machine import on_a_machine
from measuring.table import Row, print_table, write_json
from mooring.controller.files import Files
from mooring.controller.planner import Planner
from mooring.controller.publishing import Publishing
from mooring.drivers.bridge.driver import BridgeDriver
from mooring.drivers.host.driver import HostDriver
from mooring.drivers.null.driver import NullDriver
from mooring.linux.machine import Machine
from mooring.model.endpoint import EndpointRequest
from mooring.model.identity import new_id
from mooring.model.network import NetworkRequest
from mooring.model.port import PortRequest, Publication
from mooring.model.sandbox import Sandbox, SandboxRequest
from mooring.store.sqlite import SqliteStore
from mooring.testing.bench import Bench, HostFile

PORTS = 1_000
FIRST = 20_000
EDGE = 25
"""How many of the first and of the last ports are compared."""
COLUMNS = {
    "ports": "ports",
    "together": "ms in one sandbox",
    "apart": "ms one by one",
    "first": "ms for one of the first",
    "last": "ms for one of the last",
}
DRIVERS = (BridgeDriver(), HostDriver(), NullDriver())


async def create(bench: Bench, name: str, ports: int) -> tuple[Sandbox, float]:
    """A sandbox with so many ports, and the seconds that it took."""
    asked = tuple(PortRequest(container_port=n + 1, host_port=FIRST + n) for n in range(ports))
    request = SandboxRequest(name=name, endpoints=(EndpointRequest(network="app"),), ports=asked)
    began = time.perf_counter()
    sandbox = await bench.controller.sandboxes.create(request)
    return sandbox, time.perf_counter() - began


async def in_one_sandbox(bench: Bench, ports: int) -> float:
    """Seconds for all ports of one sandbox, beside the sandbox itself."""
    _, plain = await create(bench, "plain", 0)
    _, full = await create(bench, "full", ports)
    await bench.controller.sandboxes.delete("full")
    return full - plain


async def one_by_one(bench: Bench, machine: Machine, ports: int) -> list[float]:
    """Seconds for each port, all of them led to one sandbox."""
    host = bench.ledger.sandbox("plain")
    (endpoint,) = bench.ledger.endpoints_in(host.id)
    network = bench.ledger.network("app")
    drivers = {driver.name: driver for driver in DRIVERS}
    planner = Planner(bench.ledger.networks, drivers, Files(HostFile(), bench.ledger.networks))
    publishing = Publishing(bench.ledger, machine, planner)
    seconds = []
    async with AsyncExitStack() as undo:
        for number in range(ports):
            identity = new_id()
            asked = (PortRequest(container_port=80, host_port=FIRST + number),)
            sandbox = replace(host, id=identity, name=identity, ports=asked)
            began = time.perf_counter()
            published = await publishing.settle(sandbox, [endpoint], undo)
            sandbox = replace(sandbox, published=published)
            await bench.ledger.put(sandbox)
            plan = drivers["bridge"].plan_publish(Publication(network, endpoint, published))
            await machine.apply(plan)
            seconds.append(time.perf_counter() - began)
            undo.push_async_callback(machine.revert, plan)
            undo.push_async_callback(bench.ledger.remove, sandbox)
    return seconds


async def measure(directory: Path, ports: int) -> Row:
    """All figures, in milliseconds."""
    machine = Machine()
    store = SqliteStore(directory / "store")
    bench = Bench(machine, DRIVERS, directory, store=store)
    try:
        await bench.controller.restoring.restore()
        await bench.controller.networks.create(NetworkRequest(name="app", enable_ipv6=True))
        together = await in_one_sandbox(bench, ports)
        each = await one_by_one(bench, machine, ports)
        await bench.controller.sandboxes.delete("plain")
        await bench.controller.networks.delete("app")
    finally:
        store.close()
        machine.close()
    return {
        "ports": ports,
        "together": round(together * 1e3),
        "apart": round(sum(each) * 1e3),
        "first": round(statistics.median(each[:EDGE]) * 1e3, 2),
        "last": round(statistics.median(each[-EDGE:]) * 1e3, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("--ports", type=int, default=PORTS, metavar="N", help="how many ports")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="moor-") as folder:
        directory = Path(folder)
        row = on_a_machine(directory, lambda: asyncio.run(measure(directory, arguments.ports)))
    print_table(COLUMNS, [row])
    write_json(arguments.json, [row])


if __name__ == "__main__":
    main()
