"""The embedded DNS as the controller sees it: the resolver, and who it asks on behalf of whom."""

from mooring.dns.forwarding.forwarder import Forwarder
from mooring.dns.resolver import Resolver
from mooring.linux.resolver import ResolverSockets
from mooring.model.view import View


class EmbeddedDns:
    """What ``controller.contract.Resolver`` asks for."""

    def __init__(self, resolver: Resolver, forwarder: Forwarder) -> None:
        self._resolver = resolver
        self._forwarder = forwarder

    def open(self, sandbox_id: str, sockets: ResolverSockets, view: View) -> None:
        """Answer a sandbox on these sockets."""
        self._resolver.open(sandbox_id, sockets, view)

    def change(self, sandbox_id: str, view: View) -> None:
        """Answer it from another view."""
        self._resolver.change(sandbox_id, view)

    def close(self, sandbox_id: str) -> None:
        """Answer it no more, and forget what its own servers said."""
        self._resolver.close(sandbox_id)
        self._forwarder.forget(sandbox_id)
