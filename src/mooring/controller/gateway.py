"""Which endpoint of a sandbox comes first, and which gives it its default gateways. Pure."""

from collections.abc import Iterable, Mapping

from mooring.linux.operation import Plan, SetDefaultRoute
from mooring.model.endpoint import Endpoint
from mooring.model.network import Network
from mooring.model.sandbox import Sandbox


def in_order(endpoints: Iterable[Endpoint], networks: Mapping[str, Network]) -> list[Endpoint]:
    """Endpoints in gateway order, as libnetwork's ``Endpoint.Less``.

    Higher priority first, then networks with a way out before internal ones, then those with
    gateways of more families, then by the network's name.
    """

    def rank(endpoint: Endpoint) -> tuple[int, bool, int, str]:
        network = networks[endpoint.network_id]
        families = bool(endpoint.gateway4) + bool(endpoint.gateway6)
        return -endpoint.priority, network.internal, -families, network.name

    return sorted(endpoints, key=rank)


def plan_default_routes(sandbox: Sandbox, ordered: Iterable[Endpoint]) -> Plan:
    """The default route of each family goes by the first endpoint that has a gateway for it."""
    endpoints = list(ordered)
    routes = []
    for family in ("gateway4", "gateway6"):
        for endpoint in endpoints:
            gateway = getattr(endpoint, family)
            if gateway:
                routes.append(SetDefaultRoute(endpoint.interface, gateway, sandbox.netns))
                break
    return tuple(routes)
