"""Endpoints: Docker's ``EndpointSettings`` to and from ours."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from mooring.api.shape.endpoint import EndpointIpamJson, EndpointJson, NetworkingJson
from mooring.model.endpoint import Endpoint, EndpointRequest
from mooring.model.error import NotSupportedError

Attachment: TypeAlias = tuple[str, Endpoint]
"""An endpoint with the name of its network."""


def endpoint_request(network: str, settings: EndpointJson | None) -> EndpointRequest:
    """How a sandbox wants to be on ``network``.

    Raises NotSupportedError for links and link-local addresses, which would else be lost silently.
    """
    if settings is None:
        return EndpointRequest(network=network)
    if settings.links:
        raise NotSupportedError(
            f"links are not supported (asked for on network {network})",
            "every name on a network resolves already; give another one with an alias",
        )
    ipam = settings.ipam_config or EndpointIpamJson()
    if ipam.link_local_ips:
        raise NotSupportedError(
            f"link-local addresses cannot be chosen (asked for on network {network})",
            "leave LinkLocalIPs out",
        )
    return EndpointRequest(
        network=network,
        aliases=tuple(settings.aliases or ()),
        ipv4=ipam.ipv4_address or "",
        ipv6=ipam.ipv6_address or "",
        mac=settings.mac_address or "",
        priority=settings.gw_priority or 0,
        options=settings.driver_opts or {},
    )


def endpoint_requests(networking: NetworkingJson | None) -> tuple[EndpointRequest, ...]:
    """The networks to join, in the order written."""
    endpoints = (networking.endpoints_config if networking else None) or {}
    return tuple(endpoint_request(network, settings) for network, settings in endpoints.items())


def endpoint_json(endpoint: Endpoint, asked: EndpointRequest | None = None) -> EndpointJson:
    """An endpoint as Docker shows it; ``asked`` adds what the user had chosen."""
    ipv4, prefix4 = _split(endpoint.ipv4)
    ipv6, prefix6 = _split(endpoint.ipv6)
    return EndpointJson(
        ipam_config=_chosen(asked),
        aliases=list(endpoint.aliases),
        mac_address=endpoint.mac,
        driver_opts=endpoint.options,
        gw_priority=endpoint.priority,
        dns_names=list(endpoint.names),
        network_id=endpoint.network_id,
        endpoint_id=endpoint.id,
        gateway=endpoint.gateway4,
        ip_address=ipv4,
        ip_prefix_len=prefix4,
        ipv6_gateway=endpoint.gateway6,
        global_ipv6_address=ipv6,
        global_ipv6_prefix_len=prefix6,
    )


def attachments_json(
    attachments: Sequence[Attachment], asked: Mapping[str, EndpointRequest] | None = None
) -> dict[str, EndpointJson]:
    """Endpoints by the name of their network, in the order given."""
    asked = asked or {}
    return {
        network: endpoint_json(endpoint, asked.get(network) or asked.get(endpoint.network_id))
        for network, endpoint in attachments
    }


def intended_json(requests: Sequence[EndpointRequest]) -> dict[str, EndpointJson]:
    """What a sandbox that is not there would be on: names and choices, no addresses."""
    return {
        request.network: EndpointJson(
            ipam_config=_chosen(request),
            aliases=list(request.aliases),
            mac_address=request.mac,
            driver_opts=request.options,
            gw_priority=request.priority,
            dns_names=[],
        )
        for request in requests
    }


def _chosen(asked: EndpointRequest | None) -> EndpointIpamJson | None:
    if asked is None or not (asked.ipv4 or asked.ipv6):
        return None
    return EndpointIpamJson(ipv4_address=asked.ipv4 or None, ipv6_address=asked.ipv6 or None)


def _split(address: str) -> tuple[str, int]:
    """``10.0.0.2/24`` as the address and the length of its prefix."""
    bare, _, prefix = address.partition("/")
    return bare, int(prefix or 0)
