"""What an endpoint and a network claim in the name book. Pure."""

from collections.abc import Sequence
from ipaddress import ip_interface, ip_network
from typing import Final

from mooring.book.claim import Put, Record
from mooring.model.endpoint import Endpoint
from mooring.model.identity import short
from mooring.model.network import Network
from mooring.wire.constant import Type
from mooring.wire.name import from_text, parent, reverse

DEFAULT_TTL: Final = 5
"""Seconds a local answer may be kept: long enough for a burst, short enough to follow a restart."""

_SOA_TIMERS: Final = (1, 3600, 600, 86400)
"""Serial, refresh, retry, expire: nobody transfers these zones."""


def endpoint_claimant(endpoint: Endpoint) -> str:
    """The claimant that stands for an endpoint."""
    return f"endpoint/{endpoint.id}"


def network_claimant(network: Network) -> str:
    """The claimant that stands for a network."""
    return f"network/{network.id}"


def endpoint_names(name: str, aliases: Sequence[str], identity: str, hostname: str) -> list[str]:
    """Every name of an endpoint, without repetitions, in libnetwork's order.

    Its name, its aliases, the short id, the hostname. The first one answers reverse look-ups.
    """
    found = [name.removeprefix("/"), *aliases, short(identity), hostname]
    return list(dict.fromkeys(item.lower() for item in found if item))


def endpoint_claims(endpoint: Endpoint, network: Network, ttl: int = DEFAULT_TTL) -> Put:
    """Addresses under each of the endpoint's names, and a name under each of its addresses."""
    records: list[Record] = []
    canonical = from_text(f"{endpoint.names[0]}.{network.name}") if endpoint.names else b""
    for address, rtype in ((endpoint.ipv4, Type.A), (endpoint.ipv6, Type.AAAA)):
        if not address:
            continue
        packed = ip_interface(address).ip.packed
        records += [
            Record(network.id, from_text(name), rtype, ttl, packed) for name in endpoint.names
        ]
        if canonical:
            pointer = reverse(packed)
            records.append(Record(network.id, pointer, Type.PTR, ttl, canonical))
    return Put(endpoint_claimant(endpoint), tuple(records))


def network_claims(network: Network, ttl: int = DEFAULT_TTL) -> Put:
    """Authority over the reverse zones of the network's subnets, so that such questions stay here.

    Zones are cut at whole octets (IPv4) or nibbles (IPv6) and cover the subnet exactly: a /20 has
    sixteen zones of /24 each.
    """
    records = []
    for pool in network.pools:
        for apex in reverse_zones(pool.subnet):
            soa = apex + from_text("moor") + apex_timers(ttl)
            records.append(Record(network.id, apex, Type.SOA, ttl, soa))
    return Put(network_claimant(network), tuple(records))


def apex_timers(ttl: int) -> bytes:
    """The five numbers at the end of an SOA record (RFC 1035, section 3.3.13)."""
    numbers = (*_SOA_TIMERS, ttl)
    return b"".join(number.to_bytes(4, "big") for number in numbers)


def reverse_zones(subnet: str) -> list[bytes]:
    """The apexes of the reverse zones that cover a subnet exactly."""
    network = ip_network(subnet)
    step = 8 if network.version == 4 else 4
    prefix = -(-network.prefixlen // step) * step
    host_labels = (network.max_prefixlen - prefix) // step
    zones = []
    for piece in network.subnets(new_prefix=prefix):
        apex = reverse(piece.network_address.packed)
        for _ in range(host_labels):
            apex = parent(apex)
        zones.append(apex)
    return zones
