"""Presence: when a sandbox can be found by name, and when no longer."""

from collections.abc import Sequence

from msgspec.structs import replace

from mooring.book.book import Book
from mooring.book.claim import Put, Withdraw
from mooring.controller.contract import Announce, Resolver
from mooring.controller.ledger import Ledger
from mooring.controller.naming import endpoint_claimant, endpoint_claims
from mooring.controller.planner import Planner
from mooring.linux.resolver import ResolverSockets
from mooring.model.endpoint import Endpoint
from mooring.model.event import Event
from mooring.model.sandbox import Sandbox


class Presence:
    """The book, the resolver and the events of sandboxes. Calls take effect before they return."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        book: Book,
        resolver: Resolver,
        planner: Planner,
        announce: Announce,
        ttl: int,
    ) -> None:
        self._ledger = ledger
        self._book = book
        self._resolver = resolver
        self._planner = planner
        self._announce = announce
        self._ttl = ttl

    def listen(
        self, sandbox: Sandbox, endpoints: Sequence[Endpoint], opened: Sequence[ResolverSockets]
    ) -> Sandbox:
        """The sandbox with these endpoints, and no others, is answered from now on.

        ``opened`` are the resolver's sockets when it has just been made; the sandbox that comes
        back remembers their ports and is ready.
        """
        view = self._planner.view(sandbox, endpoints)
        for sockets in opened:
            sandbox = replace(sandbox, resolver_ports=sockets.ports)
            self._resolver.open(sandbox.id, sockets, view)
        if not opened:
            self._resolver.change(sandbox.id, view)
        return replace(sandbox, ready=True)

    def claim(self, endpoints: Sequence[Endpoint]) -> None:
        """The names of these endpoints resolve everywhere, on networks that serve names."""
        self._book.apply([self._claims(e) for e in endpoints if self._planner.serves_names(e)])

    def change_ttl(self, ttl: int) -> None:
        """Claim every name that is claimed now with another TTL, and those to come as well."""
        self._ttl = ttl
        endpoints = self._ledger.endpoints.values()
        present = [e for e in endpoints if self._book.claims(endpoint_claimant(e))]
        self._book.apply([self._claims(endpoint) for endpoint in present])

    def _claims(self, endpoint: Endpoint) -> Put:
        return endpoint_claims(endpoint, self._ledger.networks[endpoint.network_id], self._ttl)

    def withdraw(self, endpoints: Sequence[Endpoint]) -> None:
        """The names of these endpoints are gone everywhere."""
        self._book.apply([Withdraw(endpoint_claimant(endpoint)) for endpoint in endpoints])

    def narrow(self, sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> None:
        """The sandbox itself sees only the networks of these endpoints; without any it has no
        resolver, which would lead it outside."""
        if self._planner.resolves(endpoints):
            self._resolver.change(sandbox.id, self._planner.view(sandbox, endpoints))
        else:
            self._resolver.close(sandbox.id)

    def vanish(self, sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> None:
        """Names and resolver are gone."""
        self.withdraw(endpoints)
        self._resolver.close(sandbox.id)

    def tell(self, action: str, sandbox: Sandbox) -> None:
        """Announce what became of a sandbox."""
        attributes = {"name": sandbox.name}
        self._announce(Event(kind="sandbox", action=action, id=sandbox.id, attributes=attributes))

    def tell_network(self, action: str, endpoint: Endpoint, sandbox: Sandbox) -> None:
        """Announce that a sandbox came to a network (``connect``) or left it (``disconnect``)."""
        network = self._ledger.networks[endpoint.network_id]
        attributes = {"name": network.name, "type": network.driver, "container": sandbox.id}
        self._announce(Event(kind="network", action=action, id=network.id, attributes=attributes))
