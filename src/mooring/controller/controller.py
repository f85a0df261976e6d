"""The controller: every part of it, put together. Read it to see who needs whom."""

from collections.abc import Callable, Mapping

from mooring.book.book import Book
from mooring.controller.addresses import Addresses
from mooring.controller.connections import Connections
from mooring.controller.contract import Announce, HostFiles, Machine, Resolver
from mooring.controller.default_network import DefaultBridge, DefaultNetwork
from mooring.controller.driver import Driver
from mooring.controller.endpoints import Endpoints
from mooring.controller.files import Files
from mooring.controller.ledger import Ledger
from mooring.controller.locks import Locks
from mooring.controller.naming import DEFAULT_TTL
from mooring.controller.networks import Networks
from mooring.controller.paths import Paths
from mooring.controller.planner import Planner
from mooring.controller.presence import Presence
from mooring.controller.publishing import Publishing
from mooring.controller.restore import Restore
from mooring.controller.runs import Runs
from mooring.controller.sandboxes import Sandboxes
from mooring.ipam.allocator import Allocator
from mooring.store.keyvalue import KeyValue


class Controller:
    """The verbs of the Container Network Model, grouped by what they are about."""

    def __init__(
        self,
        *,
        book: Book,
        allocator: Allocator,
        store: KeyValue,
        machine: Machine,
        resolver: Resolver,
        drivers: Mapping[str, Driver],
        host: HostFiles,
        paths: Paths,
        announce: Announce,
        clock: Callable[[], float],
        ttl: int = DEFAULT_TTL,
        default_bridge: DefaultBridge | None = None,
    ) -> None:
        locks = Locks()
        self.ledger = Ledger(store, machine)
        files = Files(host, self.ledger.networks)
        planner = Planner(self.ledger.networks, drivers, files)
        addresses = Addresses(allocator, clock, host.name_servers)
        endpoints = Endpoints(
            ledger=self.ledger, addresses=addresses, planner=planner, machine=machine
        )
        publishing = Publishing(self.ledger, machine, planner)
        self._presence = presence = Presence(
            ledger=self.ledger,
            book=book,
            resolver=resolver,
            planner=planner,
            announce=announce,
            ttl=ttl,
        )
        self.networks = Networks(
            ledger=self.ledger,
            book=book,
            addresses=addresses,
            drivers=drivers,
            machine=machine,
            locks=locks,
            announce=announce,
            ttl=ttl,
        )
        self.default_network = DefaultNetwork(
            wish=default_bridge, ledger=self.ledger, networks=self.networks, machine=machine
        )
        self.sandboxes = Sandboxes(
            ledger=self.ledger,
            endpoints=endpoints,
            planner=planner,
            presence=presence,
            publishing=publishing,
            machine=machine,
            files=files,
            paths=paths,
            locks=locks,
        )
        self.connections = Connections(
            ledger=self.ledger,
            endpoints=endpoints,
            planner=planner,
            presence=presence,
            publishing=publishing,
            machine=machine,
            locks=locks,
        )
        self.runs = Runs(
            ledger=self.ledger,
            sandboxes=self.sandboxes,
            machine=machine,
            paths=paths,
            locks=locks,
            announce=announce,
            default_network=self.default_network.name,
        )
        self.restoring = Restore(
            ledger=self.ledger,
            addresses=addresses,
            drivers=drivers,
            networks=self.networks,
            default=self.default_network,
            sandboxes=self.sandboxes,
            runs=self.runs,
            machine=machine,
            paths=paths,
        )

    def change_ttl(self, ttl: int) -> None:
        """Local names have another TTL from now on."""
        self.networks.change_ttl(ttl)
        self._presence.change_ttl(ttl)
