"""Addresses of networks and endpoints: leases from IPAM, and the rest that freed ones take."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from msgspec.structs import replace

from mooring.controller.default_pool import GATEWAY_NAMES
from mooring.ipam.allocator import LOCAL, SERIAL_OPTION, Allocator
from mooring.ipam.error import AddressesExhaustedError, PoolOverlapError
from mooring.ipam.request import plan_pools
from mooring.ipam.reservation import Reservation, reserved_prefixes
from mooring.linux.rtnetlink import RouteInfo
from mooring.model.endpoint import Endpoint, EndpointRequest
from mooring.model.error import InvalidArgumentError, NotFoundError
from mooring.model.network import AddressPool, Network, NetworkRequest

REST: Final = 30.0
"""Seconds a freed address is not given out: several times the TTL of a local name, and enough for
a neighbour or a client to notice that nobody is there any more."""


class Addresses:
    """One allocator, with memory of what was freed a moment ago."""

    def __init__(
        self,
        allocator: Allocator,
        clock: Callable[[], float],
        name_servers: Callable[[], Iterable[str]],
        rest: float = REST,
    ) -> None:
        self._allocator = allocator
        self._clock = clock
        self._name_servers = name_servers
        self._rest = rest
        self._resting: dict[tuple[str, str], float] = {}
        """(pool id, address) to the moment it was freed; the longest-resting first."""
        self._freed: dict[str, int] = {}
        """Pool id to the highest address that was ever freed: above it, all are as good as new."""

    def check(self, request: NetworkRequest) -> None:
        """Raise for a request that contradicts itself, with every problem it has."""
        if request.ipam_driver != "default":
            raise NotFoundError(
                f"there is no IPAM driver {request.ipam_driver!r}", "there is default"
            )
        if not (request.enable_ipv4 or request.enable_ipv6):
            raise InvalidArgumentError(
                f"the network {request.name} has neither IPv4 nor IPv6", "enable one of them"
            )
        plan_pools(
            request.pools,
            enable_ipv4=request.enable_ipv4,
            enable_ipv6=request.enable_ipv6,
            options=request.ipam_options,
        )

    def lease_pools(
        self, network: Network, asked: Sequence[AddressPool], routes: Iterable[RouteInfo]
    ) -> Network:
        """The network with its pools, gateways and auxiliary addresses held; all or none."""
        reserved = self._reserved(routes)
        leased = network
        try:
            for plan in plan_pools(
                asked,
                enable_ipv4=network.enable_ipv4,
                enable_ipv6=network.enable_ipv6,
                options=network.ipam_options,
            ):
                self._refuse_overlap(plan.pool)
                lease = self._allocator.request_pool(
                    LOCAL,
                    plan.pool.subnet,
                    plan.pool.ip_range,
                    network.ipam_options,
                    plan.v6,
                    reserved,
                )
                pool = replace(plan.pool, subnet=str(lease.prefix))
                leased = replace(
                    leased, pools=(*leased.pools, pool), pool_ids=(*leased.pool_ids, lease.id)
                )
                gateway = self._hold_named(lease.id, pool)
                pools = (*leased.pools[:-1], replace(pool, gateway=gateway))
                leased = replace(leased, pools=pools)
        except BaseException:
            self.release_pools(leased)
            raise
        return leased

    def reclaim_pools(self, network: Network) -> None:
        """Hold again what a stored network holds."""
        for pool_id, pool in zip(network.pool_ids, network.pools, strict=True):
            self._allocator.restore_pool(pool_id, network.ipam_options)
            self._hold_named(pool_id, pool)
            # Nobody knows what was freed before the restart, so it may have been any.
            self._freed[pool_id] = int(ip_network(pool.subnet).broadcast_address)

    def release_pools(self, network: Network) -> None:
        """Hold a network's pools no more."""
        for pool_id in network.pool_ids:
            self._allocator.release_pool(pool_id)
            self._freed.pop(pool_id, None)
        gone = set(network.pool_ids)
        self._resting = {key: at for key, at in self._resting.items() if key[0] not in gone}

    def take(self, network: Network, endpoint: Endpoint, request: EndpointRequest) -> Endpoint:
        """The endpoint with an address of each family that the network has; all or none."""
        taken = endpoint
        try:
            for version, asked in ((4, request.ipv4), (6, request.ipv6)):
                pools = _of_version(network, version)
                if pools:
                    taken = self._take(network, taken, version, asked, pools)
                elif asked:
                    raise InvalidArgumentError(
                        f"the network {network.name} has no IPv{version}, for {asked[:40]}",
                        "leave the address out, or create the network with that version",
                    )
        except BaseException:
            self.give_back(network, taken)
            raise
        inherited = any(
            int(ip_address(address)) <= self._freed.get(pool_id, 0)
            for pool_id, address in _held(network, taken)
        )
        return replace(taken, inherited=inherited)

    def reclaim(self, network: Network, endpoint: Endpoint) -> None:
        """Hold again the addresses of a stored endpoint."""
        for pool_id, address in _held(network, endpoint):
            self._allocator.request_address(pool_id, address)

    def give_back(self, network: Network, endpoint: Endpoint) -> None:
        """Let an endpoint's addresses rest; they are free for others after a while."""
        for pool_id, address in _held(network, endpoint):
            self._resting[pool_id, address] = self._clock()
            self._freed[pool_id] = max(int(ip_address(address)), self._freed.get(pool_id, 0))

    def _take(
        self,
        network: Network,
        endpoint: Endpoint,
        version: int,
        asked: str,
        pools: Sequence[tuple[str, AddressPool]],
    ) -> Endpoint:
        self._wake()
        serial = network.ipam_options.get(SERIAL_OPTION) == "true"
        if asked:
            pool_id, pool = _pool_of(network, asked, pools)
            self._end_rest(pool_id, str(ip_address(asked)))
            found = str(self._allocator.request_address(pool_id, asked))
        else:
            pool, found = self._any(pools, serial)
        default = pool.aux_addresses.get(GATEWAY_NAMES[version], pool.gateway)
        gateway = "" if network.internal else default
        if version == 4:
            return replace(endpoint, ipv4=found, gateway4=gateway)
        return replace(endpoint, ipv6=found, gateway6=gateway)

    def _any(
        self, pools: Sequence[tuple[str, AddressPool]], serial: bool
    ) -> tuple[AddressPool, str]:
        """An address of the first pool that has one; when none has, the one that rested longest."""
        exhausted: AddressesExhaustedError | None = None
        for pool_id, pool in pools:
            try:
                return pool, str(self._allocator.request_address(pool_id, None, serial))
            except AddressesExhaustedError as error:
                exhausted = exhausted or error
        for resting in list(self._resting):
            for pool_id, pool in pools:
                if resting[0] == pool_id:
                    self._end_rest(*resting)
                    return pool, str(self._allocator.request_address(pool_id, resting[1]))
        assert exhausted is not None
        raise exhausted

    def _refuse_overlap(self, pool: AddressPool) -> None:
        """Two bridges cannot share addresses, even where IPAM lets two sub-pools share a pool."""
        subnet = ip_network(pool.subnet or "0.0.0.0/0", strict=False)
        if int(subnet.network_address):
            for other in self._allocator.overlapping(LOCAL, subnet):
                raise PoolOverlapError(
                    "Pool overlaps with other one on this address space:"
                    f" {subnet} and {other}, which another network has",
                    "choose a subnet that is free, or none to have one chosen",
                )

    def _hold_named(self, pool_id: str, pool: AddressPool) -> str:
        """Hold a pool's auxiliary addresses and its gateway; the gateway's text."""
        for address in pool.aux_addresses.values():
            self._allocator.request_address(pool_id, address)
        return str(self._allocator.request_address(pool_id, pool.gateway or None).ip)

    def _wake(self) -> None:
        """Free every address that has rested long enough."""
        due = self._clock() - self._rest
        for key, since in list(self._resting.items()):
            if since > due:
                break
            self._end_rest(*key)

    def _end_rest(self, pool_id: str, address: str) -> None:
        if self._resting.pop((pool_id, address), None) is not None:
            self._allocator.release_address(pool_id, address)

    def _reserved(self, routes: Iterable[RouteInfo]) -> tuple[Reservation, ...]:
        on_link = [
            (ip_network(route.destination), "link" if route.on_link else "universe")
            for route in routes
            if route.destination
        ]
        return reserved_prefixes(on_link, self._name_servers())


def _of_version(network: Network, version: int) -> list[tuple[str, AddressPool]]:
    return [
        (pool_id, pool)
        for pool_id, pool in zip(network.pool_ids, network.pools, strict=True)
        if ip_network(pool.subnet).version == version
    ]


def _pool_of(
    network: Network, asked: str, pools: Sequence[tuple[str, AddressPool]]
) -> tuple[str, AddressPool]:
    """The pool that an address lies in; raises InvalidArgumentError."""
    try:
        address = ip_address(asked)
    except ValueError:
        raise InvalidArgumentError(
            f"{asked[:40]!r} is no IP address", "write it as 172.30.0.5 or fd00::5"
        ) from None
    for pool_id, pool in pools:
        subnet = ip_network(pool.subnet)
        if address.version == subnet.version and address in subnet:
            return pool_id, pool
    subnets = ", ".join(pool.subnet for _, pool in pools)
    raise InvalidArgumentError(
        f"{asked} is not in the network {network.name}", f"choose an address of {subnets}"
    )


@lru_cache(maxsize=1024)
def _subnet(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text)


def _held(network: Network, endpoint: Endpoint) -> list[tuple[str, str]]:
    """(pool id, address) of what an endpoint holds."""
    held = []
    for text in (endpoint.ipv4, endpoint.ipv6):
        if text:
            address = ip_address(text.partition("/")[0])
            for pool_id, pool in zip(network.pool_ids, network.pools, strict=True):
                subnet = _subnet(pool.subnet)
                if subnet.version == address.version and address in subnet:
                    held.append((pool_id, str(address)))
                    break
    return held
