"""A controller with everything round it that a test wants to look at."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mooring.book.book import Book
from mooring.controller.contract import Machine
from mooring.controller.controller import Controller
from mooring.controller.default_network import DefaultBridge
from mooring.controller.driver import Driver
from mooring.controller.paths import Paths
from mooring.ipam.allocator import Allocator
from mooring.ipam.predefined import LOCAL_POOLS, ula_pool
from mooring.linux.resolver import ResolverSockets, close_sockets
from mooring.model.view import View
from mooring.store.keyvalue import KeyValue
from mooring.store.memory import MemoryStore

if TYPE_CHECKING:
    from mooring.model.event import Event


class ViewKeeper:
    """A resolver that answers nothing and remembers what it would see."""

    def __init__(self) -> None:
        self.views: dict[str, View] = {}
        self._sockets: dict[str, ResolverSockets] = {}

    def open(self, sandbox_id: str, sockets: ResolverSockets, view: View) -> None:
        """Keep the sockets open and remember the view."""
        self.close(sandbox_id)
        self._sockets[sandbox_id] = sockets
        self.views[sandbox_id] = view

    def change(self, sandbox_id: str, view: View) -> None:
        """Remember another view."""
        self.views[sandbox_id] = view

    def close(self, sandbox_id: str) -> None:
        """Forget the view and close the sockets."""
        self.views.pop(sandbox_id, None)
        if sockets := self._sockets.pop(sandbox_id, None):
            close_sockets(sockets)


class HostFile:
    """A host with one name server."""

    path: Final = "/etc/resolv.conf"

    def resolv_conf(self) -> str:
        """Its text."""
        return "nameserver 192.0.2.53\nsearch example.net\n"

    def reachable_resolv_conf(self) -> tuple[str, str]:
        """The same."""
        return self.path, self.resolv_conf()

    def hosts(self) -> str:
        """Its hosts file."""
        return "127.0.0.1 localhost host\n"

    def name_servers(self) -> tuple[str, ...]:
        """Its server."""
        return ("192.0.2.53",)


class Bench:
    """A controller on a machine, its directories below ``root``, its clock saying ``now``."""

    def __init__(
        self,
        machine: Machine,
        drivers: Sequence[Driver],
        root: Path,
        default_bridge: DefaultBridge | None = None,
        store: KeyValue | None = None,
    ) -> None:
        self.book = Book()
        self.allocator = Allocator((*LOCAL_POOLS, ula_pool("test")))
        self.store = store or MemoryStore()
        self.resolver = ViewKeeper()
        self.events: list[Event] = []
        self.paths = Paths(run=str(root / "run"), data=str(root / "data"))
        self.now = 0.0
        self.controller = Controller(
            book=self.book,
            allocator=self.allocator,
            store=self.store,
            machine=machine,
            resolver=self.resolver,
            drivers={driver.name: driver for driver in drivers},
            host=HostFile(),
            paths=self.paths,
            announce=self.events.append,
            clock=lambda: self.now,
            default_bridge=default_bridge,
        )
        self.ledger = self.controller.ledger
