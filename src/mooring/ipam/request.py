"""What a network asks for by way of addresses: is it possible, and what does it come to."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from mooring.ipam.allocator import SERIAL_OPTION
from mooring.ipam.blocks import BlockTree
from mooring.ipam.error import InvalidNetworkConfigError
from mooring.ipam.pool import never_given
from mooring.ipam.prefix import (
    Address,
    Interface,
    PrefixSyntaxError,
    covers,
    host_prefix,
    last_address,
    overlaps,
    parse_address,
    parse_interface,
)
from mooring.model.network import AddressPool

_OPTIONS: Final = "com.docker.network.ipam."
_SHOWN: Final = 64


class PoolPlan(msgspec.Struct, frozen=True):
    """One pool to request: ``pool`` in canonical text; an empty subnet asks for a default pool."""

    v6: bool
    pool: AddressPool


def plan_pools(
    pools: Iterable[AddressPool],
    *,
    enable_ipv4: bool = True,
    enable_ipv6: bool = False,
    options: Mapping[str, str] | None = None,
) -> tuple[PoolPlan, ...]:
    """The pools that a network with these settings requests, IPv4 before IPv6.

    Pools of a version that is not enabled are left out, and a version that is enabled and has none
    gets a default pool, as libnetwork does; an entry without a subnet says no more than that.
    Raises InvalidNetworkConfigError with every problem.
    """
    asked = tuple(pools)
    found = problems(asked, enable_ipv4=enable_ipv4, enable_ipv6=enable_ipv6, options=options)
    if found:
        raise InvalidNetworkConfigError("invalid network config:\n" + "\n".join(found))
    named = [(parse_interface(pool.subnet).version, pool) for pool in asked if pool.subnet]
    plans: list[PoolPlan] = []
    for enabled, version in ((enable_ipv4, 4), (enable_ipv6, 6)):
        if enabled:
            mine = [_canonical(pool) for of_version, pool in named if of_version == version]
            plans += (PoolPlan(version == 6, pool) for pool in mine or [AddressPool()])
    return tuple(plans)


def problems(
    pools: Iterable[AddressPool],
    *,
    enable_ipv4: bool = True,
    enable_ipv6: bool = False,
    options: Mapping[str, str] | None = None,
) -> list[str]:
    """Everything that is wrong with a request, a sentence each; empty when it can be tried.

    Sentences begin with libnetwork's own words. Pools of an IP version that is not enabled are not
    looked at. What only the allocator knows, other networks' pools, is not looked at either.
    """
    enabled = {version for version, on in ((4, enable_ipv4), (6, enable_ipv6)) if on}
    found: list[str] = []
    seen = {version: BlockTree(version) for version in (4, 6)}
    for pool in pools:
        if not pool.subnet:
            found += _without_subnet(pool)
            continue
        try:
            subnet = parse_interface(pool.subnet)
        except PrefixSyntaxError as problem:
            found.append(
                f"invalid subnet {_show(pool.subnet)}: {problem}; write it as 172.30.0.0/16"
            )
            continue
        if subnet.version not in enabled:
            continue
        found += _of_pool(pool, subnet)
        if int(subnet.ip):
            found += (
                f"invalid subnet {subnet}: it overlaps {other} of the same network; keep one"
                for other in seen[subnet.version].overlapping(subnet.network)
            )
            seen[subnet.version].add(subnet.network)
    found += _of_options(options or {})
    return found


def _of_options(options: Mapping[str, str]) -> Iterator[str]:
    """Other options belong to others; of Docker's own for IPAM there is one."""
    for name, value in options.items():
        if name == SERIAL_OPTION and value not in ("true", "false"):
            yield f"invalid ipam option {name}={_show(value)}: it is true or false"
        elif name.startswith(_OPTIONS) and name != SERIAL_OPTION:
            yield f"invalid ipam option {_show(name)}: there is {SERIAL_OPTION} and no other"


def _without_subnet(pool: AddressPool) -> Iterator[str]:
    reason = "there is no subnet that it is in; name the subnet too"
    if pool.ip_range:
        yield f"invalid ip-range {_show(pool.ip_range)}: {reason}"
    if pool.gateway:
        yield f"invalid gateway {_show(pool.gateway)}: {reason}"
    for name in pool.aux_addresses:
        yield f"invalid auxiliary address {_show(name)}: {reason}"


def _of_pool(pool: AddressPool, subnet: Interface) -> Iterator[str]:
    if subnet.ip != subnet.network.network_address:
        length = subnet.network.prefixlen
        yield (
            f"invalid subnet {subnet}: it should be {subnet.network}; "
            f"bits after the first {length} are not part of it"
        )
    if pool.ip_range:
        for problem in _of_range(pool.ip_range, subnet):
            yield f"invalid ip-range {problem}"
    taken: dict[Address, str] = {}
    named = [("gateway", pool.gateway, _show(pool.gateway))] if pool.gateway else []
    named += [("auxiliary address", text, _show(name)) for name, text in pool.aux_addresses.items()]
    for kind, text, label in named:
        try:
            address = parse_address(text)
        except PrefixSyntaxError as problem:
            yield f"invalid {kind} {label}: {problem}; {_show(text)} is not one such as 172.30.0.1"
            continue
        reason = _of_address(address, subnet)
        if not reason and address in taken:
            reason = f"{address} is {taken[address]} too; choose another"
        if reason:
            yield f"invalid {kind} {label}: {reason}"
        else:
            taken[address] = f"{kind} {label}"


def _of_range(text: str, subnet: Interface) -> Iterator[str]:
    try:
        part = parse_interface(text)
    except PrefixSyntaxError as problem:
        yield f"{_show(text)}: {problem}; write it as 172.30.5.0/24"
        return
    if part.version != subnet.version:
        yield f"{part}: {_other_version(subnet)}"
        return
    if part.network.prefixlen < subnet.network.prefixlen:
        yield f"{part}: CIDR block is bigger than its parent subnet {subnet}; name a part of it"
    if part.ip != part.network.network_address:
        length = part.network.prefixlen
        yield (
            f"{part}: it should be {part.network}; bits after the first {length} are not part of it"
        )
    if not overlaps(subnet.network, part.network):
        yield f"{part}: parent subnet {subnet} doesn't contain ip-range; name a part of the subnet"
    elif not int(subnet.ip):
        yield f"{part}: {_any(subnet)}"


def _of_address(address: Address, subnet: Interface) -> str:
    network = subnet.network
    if address.version != subnet.version:
        return _other_version(subnet)
    if not covers(network, host_prefix(address)):
        return (
            f"parent subnet {subnet} doesn't contain this address; "
            f"{address} is not one of {network.network_address} to {last_address(network)}"
        )
    if not int(subnet.ip):
        return _any(subnet)
    name = never_given(network).get(address)
    return f"{address} is {name} of {network}; choose another" if name else ""


def _other_version(subnet: Interface) -> str:
    return (
        f"parent subnet is an IPv{subnet.version} block; "
        f"give an IPv{subnet.version} one, or a subnet of the other version"
    )


def _any(subnet: Interface) -> str:
    return (
        f"subnet {subnet} asks for any free one, which nothing can be named in; name the subnet too"
    )


def _canonical(pool: AddressPool) -> AddressPool:
    return AddressPool(
        subnet=str(parse_interface(pool.subnet)),
        ip_range=str(parse_interface(pool.ip_range)) if pool.ip_range else "",
        gateway=str(parse_address(pool.gateway)) if pool.gateway else "",
        aux_addresses={name: str(parse_address(a)) for name, a in pool.aux_addresses.items()},
    )


def _show(text: str) -> str:
    """A user's text as a sentence repeats it: one line, and not too long a one."""
    return text if text.isprintable() and len(text) <= _SHOWN else f"{text[:_SHOWN]!r}"
