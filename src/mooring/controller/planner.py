"""Plans of sandboxes: files, namespace, links, routes, resolver. Decides with values, never acts.

The same values always give the same plan. So it is applied when a sandbox is made, applied again
after a crash, which mends what is missing, and reverted when the sandbox goes.
"""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Final

from mooring.controller.driver import Driver
from mooring.controller.files import RESOLVER_ADDRESS, Files
from mooring.controller.gateway import in_order, plan_default_routes
from mooring.linux.operation import (
    CreateDirectory,
    CreateNamespace,
    OpenResolver,
    Operation,
    Plan,
    SetUp,
)
from mooring.model.aaaa import Aaaa
from mooring.model.endpoint import Endpoint
from mooring.model.network import Network
from mooring.model.port import Publication, PublishedPort
from mooring.model.sandbox import Sandbox
from mooring.model.view import NameScope, View

NAMESPACE_SETTINGS: Final = {
    "net/ipv4/conf/default/arp_notify": "1",
    "net/ipv6/conf/default/ndisc_notify": "1",
    "net/ipv6/conf/default/accept_dad": "0",
    "net/ipv6/conf/default/accept_ra": "0",
}
"""New addresses can be announced, so that neighbours drop what they knew of an address's last
holder; and they are usable at once, since the controller knows that nobody else has them."""


class Planner:
    """Knows the networks and their drivers; everything else comes as an argument."""

    def __init__(
        self, networks: Mapping[str, Network], drivers: Mapping[str, Driver], files: Files
    ) -> None:
        self._networks = networks
        self._drivers = drivers
        self._files = files

    def driver(self, network_id: str) -> Driver:
        """The driver of a network."""
        return self._drivers[self._networks[network_id].driver]

    def check(self, sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> None:
        """Raise InvalidArgumentError if the sandbox wants what these endpoints cannot give it."""
        self._files.check_on(sandbox, endpoints, resolving=self.resolves(endpoints))

    def whole(self, sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> Plan:
        """Everything that a sandbox is."""
        return (*self.again(sandbox, endpoints), *self.resolver(sandbox, [], endpoints))

    def again(self, sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> Plan:
        """Everything but its resolver: what mends a sandbox whose resolver is open."""
        return (
            *self._place(sandbox),
            *self.links(sandbox, endpoints),
            *self.reach(sandbox, endpoints),
            *self.publishing(sandbox, endpoints),
        )

    def traces(self, sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> Plan:
        """What has to be reverted for everything to be gone; the rest goes with it."""
        return (
            *self._place(sandbox),
            *self.links(sandbox, endpoints),
            *self.publishing(sandbox, endpoints),
            *self.resolver(sandbox, [], endpoints),
        )

    def links(self, sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> Plan:
        """What ties the sandbox to the networks of these endpoints."""
        operations: list[Operation] = []
        for endpoint in endpoints:
            network = self._networks[endpoint.network_id]
            operations += self.driver(network.id).plan_join(network, endpoint, sandbox)
        return tuple(operations)

    def reach(self, sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> Plan:
        """What depends on all endpoints together: default routes and the sandbox's files."""
        return (
            *plan_default_routes(sandbox, in_order(endpoints, self._networks)),
            *self._files.plan(sandbox, endpoints, resolving=self.resolves(endpoints)),
        )

    def resolver(
        self, sandbox: Sandbox, before: Sequence[Endpoint], after: Sequence[Endpoint]
    ) -> Plan:
        """The resolver, when the first endpoint that needs it comes; on its old ports if it can."""
        if self.resolves(before) or not self.resolves(after):
            return ()
        lent = sandbox.namespace_inode
        return (OpenResolver(sandbox.netns, RESOLVER_ADDRESS, lent, sandbox.resolver_ports),)

    def ways_out(self, endpoints: Sequence[Endpoint]) -> dict[int, Endpoint]:
        """The endpoints that ports of the host can lead to, by family: those with the default
        gateways."""
        found: dict[int, Endpoint] = {}
        for endpoint in in_order(endpoints, self._networks):
            for family, gateway in ((4, endpoint.gateway4), (6, endpoint.gateway6)):
                if gateway and self.driver(endpoint.network_id).publishes(family):
                    found.setdefault(family, endpoint)
        return found

    def publications(self, sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> list[Publication]:
        """The sandbox's published ports by the endpoint that they lead to."""
        ports: dict[str, list[PublishedPort]] = {}
        ways = self.ways_out(endpoints)
        for port in sandbox.published:
            if endpoint := ways.get(ip_address(port.host_ip).version):
                ports.setdefault(endpoint.id, []).append(port)
        return [
            Publication(self._networks[endpoint.network_id], endpoint, tuple(ports[endpoint.id]))
            for endpoint in endpoints
            if endpoint.id in ports
        ]

    def publishing(self, sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> Plan:
        """What leads the published ports to the endpoints."""
        operations: list[Operation] = []
        for publication in self.publications(sandbox, endpoints):
            operations += self.driver(publication.network.id).plan_publish(publication)
        return tuple(operations)

    def forget(self, endpoints: Sequence[Endpoint]) -> Plan:
        """What makes the networks forget the addresses of endpoints that have left."""
        of_network: dict[str, list[Endpoint]] = {}
        for endpoint in endpoints:
            of_network.setdefault(endpoint.network_id, []).append(endpoint)
        operations: list[Operation] = []
        for id_, left in of_network.items():
            operations += self.driver(id_).plan_forget(self._networks[id_], left)
        return tuple(operations)

    def view(self, sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> View:
        """What the sandbox's resolver sees: its networks in gateway order."""
        ordered = in_order(endpoints, self._networks)
        networks = [self._networks[endpoint.network_id] for endpoint in ordered]
        seen = [network for network in networks if network.embedded_dns]
        return View(
            sandbox=sandbox.id,
            scopes=tuple(NameScope(network.id, network.name) for network in seen),
            servers=sandbox.dns.servers,
            internal=bool(networks) and all(network.internal for network in networks),
            namespace=sandbox.netns,
            aaaa=_aaaa(sandbox, endpoints),
        )

    def _place(self, sandbox: Sandbox) -> Plan:
        directory = CreateDirectory(sandbox.directory)
        if sandbox.owned:
            return (directory, CreateNamespace(sandbox.netns, NAMESPACE_SETTINGS))
        return (directory, SetUp("lo", sandbox.netns)) if sandbox.netns else (directory,)

    def resolves(self, endpoints: Sequence[Endpoint]) -> bool:
        """Whether a sandbox with these endpoints has a resolver of its own."""
        return any(self.serves_names(endpoint) for endpoint in endpoints)

    def single(self, endpoints: Sequence[Endpoint]) -> str:
        """The name of the host or null network that the endpoints are on, or nothing."""
        for endpoint in endpoints:
            if not self.driver(endpoint.network_id).plumbs:
                return self._networks[endpoint.network_id].name
        return ""

    def resolv_conf(self, sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> Plan:
        """The resolv.conf of a sandbox without a resolver, as the host's now wants it."""
        if self.resolves(endpoints):
            return ()
        return (self._files.resolv_conf(sandbox, endpoints, resolving=False),)

    def serves_names(self, endpoint: Endpoint) -> bool:
        """Whether names are served on the endpoint's network."""
        network = self._networks[endpoint.network_id]
        return network.embedded_dns and self.driver(network.id).plumbs


def _aaaa(sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> Aaaa:
    """The sandbox's setting; ``auto`` is settled when an endpoint has an IPv6 address.

    If none has, somebody else may have given it one, so the resolver looks.
    """
    settled = sandbox.dns.aaaa is Aaaa.AUTO and any(endpoint.ipv6 for endpoint in endpoints)
    return Aaaa.PASS if settled else sandbox.dns.aaaa
