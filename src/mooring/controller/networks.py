"""Networks: create, delete, and put back after a restart."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Final

from msgspec.structs import replace

from mooring.book.book import Book
from mooring.book.claim import Withdraw
from mooring.controller.addresses import Addresses
from mooring.controller.contract import Announce, Machine
from mooring.controller.driver import Driver
from mooring.controller.ledger import Ledger
from mooring.controller.locks import Locks
from mooring.controller.naming import network_claimant, network_claims
from mooring.linux.operation import Plan
from mooring.model.error import ConflictError, ForbiddenError, InvalidArgumentError, NotFoundError
from mooring.model.event import Event
from mooring.model.identity import check_name, new_id, short
from mooring.model.network import Network, NetworkRequest

RESERVED_NAMES: Final = frozenset({"default", "container", "bridge"})
"""Words that ``--network`` gives another meaning, as in Docker, and the default bridge's name."""


class Networks:
    """The verbs about networks. Endpoints are none of its business, but that they hold it."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        book: Book,
        addresses: Addresses,
        drivers: Mapping[str, Driver],
        machine: Machine,
        locks: Locks,
        announce: Announce,
        ttl: int,
    ) -> None:
        self._ledger = ledger
        self._book = book
        self._addresses = addresses
        self._drivers = drivers
        self._machine = machine
        self._locks = locks
        self._announce = announce
        self._ttl = ttl

    def driver(self, network: Network) -> Driver:
        """The driver that made a network."""
        return self._drivers[network.driver]

    async def create(self, request: NetworkRequest) -> Network:
        """Make a network; on any failure nothing of it is left."""
        if request.name in RESERVED_NAMES:
            raise InvalidArgumentError(
                f"{request.name!r} has a meaning of its own as a network", "choose another name"
            )
        return await self._make(request, _new(request))

    async def create_default(
        self,
        request: NetworkRequest,
        *,
        embedded_dns: bool,
        adopted: bool,
        made_from: dict[str, str],
    ) -> Network:
        """Make the default bridge; ``adopted``: its device is there already, and stays."""
        network = replace(
            _new(request),
            built_in=True,
            embedded_dns=embedded_dns,
            adopted=adopted,
            made_from=made_from,
        )
        return await self._make(request, network)

    async def plan(self, request: NetworkRequest) -> Plan:
        """What making a network would do, with the addresses it would get now; nothing is done."""
        routes = await self._machine.routes()
        driver = self._check(request)
        network = _new(request)
        if driver.plumbs:
            network = self._addresses.lease_pools(network, request.pools, routes)
            self._addresses.release_pools(network)
        await self._refuse_foreign_links(driver, network)
        return driver.plan_network(network)

    async def _make(self, request: NetworkRequest, network: Network) -> Network:
        routes = await self._machine.routes()
        async with self._locks.hold(network.id), AsyncExitStack() as undo:
            driver = self._check(request)
            if driver.plumbs:
                network = self._addresses.lease_pools(network, request.pools, routes)
                undo.callback(self._addresses.release_pools, network)
            else:
                network = replace(network, ipam_driver="null")
            undo.push_async_callback(self._ledger.remove, network)
            self._ledger.reserve(network)
            if not network.adopted:
                await self._refuse_foreign_links(driver, network)
            await self._ledger.put(network)
            plan = driver.plan_network(network)
            undo.push_async_callback(self._machine.revert, plan)
            await self._machine.apply(plan)
            network = replace(network, ready=True)
            undo.callback(self._withdraw, network)
            self.claim(network)
            await self._ledger.put(network, durable=True)
            undo.pop_all()
        self._tell("create", network)
        return network

    async def delete(self, ref: str) -> Network:
        """Delete a network without endpoints; its names, links, rules and pools go."""
        network = self._ledger.network(ref)
        if network.built_in:
            raise ForbiddenError(
                f"the network {network.name} is built in and cannot be deleted",
                "only networks that were created can",
            )
        async with self._locks.hold(network.id):
            network = self._ledger.network(network.id)
            self._refuse_active(network)
            await self.dissolve(network)
        return network

    async def dissolve(self, network: Network) -> None:
        """Take down a network that nobody is on: its names, then all the rest."""
        self._withdraw(network)
        closing = replace(network, ready=False)
        await self._ledger.put(closing)
        await self.discard(closing)
        self._tell("destroy", network)

    async def discard(self, network: Network) -> None:
        """Take down a network that is not ready (any more) and forget it."""
        driver = self.driver(network)
        await self._machine.revert(driver.plan_network(network))
        self._addresses.release_pools(network)
        await self._ledger.remove(network, durable=True)

    def claim(self, network: Network) -> None:
        """Put a network's own claims into the book, if names are served on it."""
        if network.embedded_dns:
            self._book.apply([network_claims(network, self._ttl)])

    def change_ttl(self, ttl: int) -> None:
        """Claim with another TTL from now on, and again what is claimed already."""
        self._ttl = ttl
        for network in self._ledger.networks.values():
            if network.ready:
                self.claim(network)

    async def restore(self, network: Network) -> None:
        """Apply a network's plan again: what is there stays, what is missing comes back."""
        await self._machine.apply(self.driver(network).plan_network(network))

    async def ensure_built_in(self, name: str, driver: str) -> None:
        """Make the one network of a driver that has just one, unless it exists."""
        if not self._ledger.has_network(name):
            network = Network(
                id=new_id(),
                name=name,
                driver=driver,
                created=datetime.now(UTC).isoformat(),
                ipam_driver="null",
                built_in=True,
                ready=True,
            )
            await self._ledger.put(network, durable=True)

    def _withdraw(self, network: Network) -> None:
        self._book.apply([Withdraw(network_claimant(network))])

    def _check(self, request: NetworkRequest) -> Driver:
        check_name("network", request.name)
        self._refuse_taken(request.name)
        driver = self._drivers.get(request.driver)
        if driver is None:
            raise NotFoundError(
                f"there is no network driver {request.driver!r}",
                f"there are {', '.join(sorted(self._drivers))}",
            )
        driver.check(
            request, [n for n in self._ledger.networks.values() if n.driver == driver.name]
        )
        if driver.plumbs:
            self._addresses.check(request)
        return driver

    def _refuse_taken(self, name: str) -> None:
        if self._ledger.has_network(name):
            existing = self._ledger.network(name)
            raise ConflictError(
                f"network with name {name} already exists ({short(existing.id)})",
                f"choose another name, or remove it (moor network rm {name})",
            )

    async def _refuse_foreign_links(self, driver: Driver, network: Network) -> None:
        wanted = set(driver.links(network))
        if wanted:
            for link in await self._machine.links():
                if link.name in wanted:
                    raise ConflictError(
                        f"there is a link {link.name} on this machine already",
                        "choose another name for the network's bridge, or none",
                    )

    def _refuse_active(self, network: Network) -> None:
        endpoints = self._ledger.endpoints_of(network.id)
        if endpoints:
            listed = ", ".join(
                f'name:"{endpoint.names[0] if endpoint.names else ""}" id:"{short(endpoint.id)}"'
                for endpoint in endpoints[:10]
            )
            more = f" and {len(endpoints) - 10} more" if len(endpoints) > 10 else ""
            raise ForbiddenError(
                f"network {network.name} has active endpoints ({listed}{more})",
                f"disconnect or remove them first (moor network disconnect {network.name} NAME)",
            )

    def _tell(self, action: str, network: Network) -> None:
        attributes = {"name": network.name, "type": network.driver}
        self._announce(Event(kind="network", action=action, id=network.id, attributes=attributes))


def _new(request: NetworkRequest) -> Network:
    """The network that is asked for, without addresses so far."""
    return Network(
        id=new_id(),
        name=request.name,
        driver=request.driver,
        created=datetime.now(UTC).isoformat(),
        enable_ipv4=request.enable_ipv4,
        enable_ipv6=request.enable_ipv6,
        internal=request.internal,
        attachable=request.attachable,
        ipam_driver=request.ipam_driver,
        ipam_options=request.ipam_options,
        options=request.options,
        labels=request.labels,
    )
