"""After a start: compare what was meant with what lives, adopt what is whole, remove what is dead.

Order matters. Sandboxes that live get their resolver and their names back before anything slow;
then the plumbing is applied again, which mends what is missing; then what nothing alive owns goes.
Whatever of it fails is told and left, for the next start or for a person.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from msgspec.structs import replace

from mooring.controller.addresses import Addresses
from mooring.controller.contract import Machine
from mooring.controller.default_network import DefaultNetwork
from mooring.controller.driver import Driver
from mooring.controller.ledger import Ledger
from mooring.controller.networks import Networks
from mooring.controller.paths import Paths
from mooring.controller.runs import Runs
from mooring.controller.sandboxes import Sandboxes
from mooring.linux import netns
from mooring.linux.process import is_alive
from mooring.linux.run_state import read_process
from mooring.linux.territory import Wanted
from mooring.model.error import MachineError, MooringError
from mooring.model.identity import short
from mooring.model.run import Run, RunStatus
from mooring.model.sandbox import Sandbox

_LOG: Final = logging.getLogger(__name__)

_BATCH: Final = 100
"""Dead sandboxes that are removed at once, those of one network together. It takes the thread that
answers some milliseconds."""

BUILT_IN: Final = {"host": "host", "none": "null"}
"""Networks that always exist, and their drivers."""


class Restore:
    """One use: ``await restore()`` before the first request is taken."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        addresses: Addresses,
        drivers: Mapping[str, Driver],
        networks: Networks,
        default: DefaultNetwork,
        sandboxes: Sandboxes,
        runs: Runs,
        machine: Machine,
        paths: Paths,
    ) -> None:
        self._ledger = ledger
        self._addresses = addresses
        self._drivers = drivers
        self._networks = networks
        self._default = default
        self._sandboxes = sandboxes
        self._runs = runs
        self._machine = machine
        self._paths = paths

    async def restore(self) -> None:
        """Bring ledger, book, resolvers and machine into agreement."""
        await self._machine.call(self._ledger.load)
        self._refuse_missing_drivers()
        await self._adopt_started_runs()
        for network in self._ledger.networks.values():
            self._addresses.reclaim_pools(network)
        for endpoint in self._ledger.endpoints.values():
            self._addresses.reclaim(self._ledger.networks[endpoint.network_id], endpoint)
        self._sandboxes.reclaim_ports()
        living = await self._machine.call(self._living)
        await self._default.recall()
        ready = [network for network in self._ledger.networks.values() if network.ready]
        for network in ready:
            self._networks.claim(network)
        for sandbox in living:
            with _told(f"the sandbox {sandbox.name} cannot be found by name"):
                await self._sandboxes.restore(sandbox)
        for sandbox in living:
            await self._sandboxes.hold_ports(sandbox)
        for driver in self._drivers.values():
            mine = [network for network in ready if network.driver == driver.name]
            led = [
                publication
                for sandbox in living
                for publication in self._sandboxes.publications(sandbox)
                if publication.network in mine
            ]
            await self._machine.apply(driver.plan_start(mine, led))
        for network in ready:
            with _told(f"the network {network.name} is not as it should be"):
                await self._networks.restore(network)
        await self._settle_sandboxes({sandbox.id for sandbox in living})
        for network in list(self._ledger.networks.values()):
            if not network.ready:
                with _told(f"the network {network.name} cannot be removed"):
                    await self._networks.discard(network)
        for run in list(self._ledger.runs.values()):
            with _told(f"the run {run.name} cannot be cleared away"):
                await self._runs.restore(run)
        for name, driver_name in BUILT_IN.items():
            await self._networks.ensure_built_in(name, driver_name)
        await self._default.settle()

    async def retire(self) -> None:
        """Before a stop: take away what was made for networks in general where there are none."""
        await self._default.rest()
        networks = self._ledger.networks.values()
        in_use = {network.driver for network in networks if not self._default.is_idle(network)}
        for driver in self._drivers.values():
            if driver.name not in in_use:
                await self._machine.revert(driver.plan_start([]))

    def wanted(self) -> Wanted:
        """What the ledger explains of what is on the machine."""
        links = {endpoint.host_interface for endpoint in self._ledger.endpoints.values()}
        for network in self._ledger.networks.values():
            links.update(self._networks.driver(network).links(network))
        return Wanted(
            links=frozenset(links),
            namespaces=frozenset(short(id_) for id_ in self._ledger.sandboxes),
            sandboxes=frozenset(self._ledger.sandboxes),
            runs=frozenset(self._ledger.runs),
        )

    def _refuse_missing_drivers(self) -> None:
        for network in self._ledger.networks.values():
            if network.driver not in self._drivers:
                raise MachineError(
                    f"the network {network.name} is of the driver {network.driver},"
                    " which is not installed",
                    "install the package that it came from",
                )

    async def _adopt_started_runs(self) -> None:
        """Runs that were started while nobody was there to be told."""
        for run in list(self._ledger.runs.values()):
            if run.status is RunStatus.CREATED:
                started = read_process(self._paths.run_directory(run.id))
                if started is not None and is_alive(started[0]):
                    process, supervisor = started
                    await self._ledger.put(
                        replace(
                            run,
                            status=RunStatus.RUNNING,
                            process=process,
                            supervisor=supervisor,
                            starter=None,
                            started=run.created,
                        )
                    )

    def _living(self) -> list[Sandbox]:
        found = []
        for sandbox in self._ledger.sandboxes.values():
            run = self._ledger.runs.get(sandbox.id)
            if sandbox.ready and self._is_alive(sandbox, run):
                found.append(sandbox)
        return found

    def _is_alive(self, sandbox: Sandbox, run: Run | None) -> bool:
        if sandbox.of_run and (run is None or run.process is None or not is_alive(run.process)):
            return False
        return not sandbox.netns or netns.exists(sandbox.netns, sandbox.namespace_inode)

    async def _settle_sandboxes(self, living: set[str]) -> None:
        dead: list[Sandbox] = []
        for sandbox in list(self._ledger.sandboxes.values()):
            if sandbox.id in living:
                with _told(f"the sandbox {sandbox.name} is not as it should be"):
                    await self._sandboxes.mend(sandbox)
            elif sandbox.id not in self._ledger.runs:
                dead.append(sandbox)
        dead.sort(key=lambda sandbox: [e.network_id for e in self._ledger.endpoints_in(sandbox.id)])
        for first in range(0, len(dead), _BATCH):
            await self._discard(dead[first : first + _BATCH])

    async def _discard(self, dead: Sequence[Sandbox]) -> None:
        """Remove sandboxes together; if that fails, one by one: all but those to blame."""
        names = ", ".join(sandbox.name for sandbox in dead)
        _LOG.info("removing sandboxes that nothing alive owns: %s", names)
        with suppress(MooringError):
            await self._sandboxes.discard(*dead)
            return
        for sandbox in dead:
            with _told(f"the sandbox {sandbox.name} cannot be removed"):
                await self._sandboxes.discard(sandbox)


@contextmanager
def _told(trouble: str) -> Iterator[None]:
    """Go on if the block fails, and say so: one sandbox's trouble is no reason not to start."""
    try:
        yield
    except MooringError as error:
        _LOG.error("%s: %s", trouble, error)
