"""Networks: Docker's JSON to a request, a network to Docker's JSON."""

from collections.abc import Sequence
from typing import Final

from mooring.api.shape.network import (
    AttachedJson,
    IpamJson,
    NetworkCreateJson,
    NetworkJson,
    PoolJson,
)
from mooring.api.translate.endpoint import Attachment
from mooring.model.error import NotSupportedError
from mooring.model.network import DEFAULT_DRIVER, AddressPool, Network, NetworkRequest

_DEFAULT_IPAM: Final = "default"


def network_request(body: NetworkCreateJson) -> NetworkRequest:
    """What is asked of a new network.

    Raises NotSupportedError for what belongs to a swarm and for networks that are configuration
    only, rather than making something else.
    """
    if body.config_only or (body.config_from and body.config_from.network):
        raise NotSupportedError(
            f"network {body.name!r} asks for ConfigOnly or ConfigFrom, which Mooring does not have",
            "give the configuration itself",
        )
    if body.ingress or body.scope not in (None, "", "local"):
        raise NotSupportedError(
            f"network {body.name!r} asks to belong to a swarm, and Mooring has none",
            "leave Ingress and Scope out; every network is of this machine",
        )
    ipam = body.ipam or IpamJson()
    return NetworkRequest(
        name=body.name,
        driver=body.driver or DEFAULT_DRIVER,
        enable_ipv4=body.enable_ipv4 is not False,
        enable_ipv6=bool(body.enable_ipv6),
        internal=bool(body.internal),
        attachable=bool(body.attachable),
        ipam_driver=ipam.driver or _DEFAULT_IPAM,
        ipam_options=ipam.options or {},
        pools=tuple(_pool(pool) for pool in ipam.config or ()),
        options=body.options or {},
        labels=body.labels or {},
    )


def _pool(pool: PoolJson) -> AddressPool:
    return AddressPool(
        subnet=pool.subnet or "",
        ip_range=pool.ip_range or "",
        gateway=pool.gateway or "",
        aux_addresses=pool.auxiliary_addresses or {},
    )


def network_json(network: Network, attached: Sequence[Attachment] = ()) -> NetworkJson:
    """A network as Docker shows it. ``attached`` are endpoints with their sandboxes' names."""
    return NetworkJson(
        name=network.name,
        id=network.id,
        created=network.created,
        scope=network.scope,
        driver=network.driver,
        enable_ipv4=network.enable_ipv4,
        enable_ipv6=network.enable_ipv6,
        ipam=IpamJson(
            driver=network.ipam_driver,
            options=network.ipam_options,
            config=[_pool_json(pool) for pool in network.pools],
        ),
        internal=network.internal,
        attachable=network.attachable,
        containers={
            endpoint.sandbox_id: AttachedJson(
                name=name,
                endpoint_id=endpoint.id,
                mac_address=endpoint.mac,
                ipv4_address=endpoint.ipv4,
                ipv6_address=endpoint.ipv6,
            )
            for name, endpoint in attached
        },
        options=network.options,
        labels=network.labels,
    )


def _pool_json(pool: AddressPool) -> PoolJson:
    return PoolJson(
        subnet=pool.subnet or None,
        ip_range=pool.ip_range or None,
        gateway=pool.gateway or None,
        auxiliary_addresses=pool.aux_addresses or None,
    )
