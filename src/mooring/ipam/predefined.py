"""The prefixes that pools are cut from when a network names no subnet."""

from collections.abc import Iterable
from hashlib import sha256
from ipaddress import IPv6Network
from typing import Final

import msgspec

from mooring.ipam.error import InvalidPoolError
from mooring.ipam.prefix import (
    Interface,
    PrefixSyntaxError,
    interface,
    overlaps,
    parse_interface,
    width,
)

_ULA_BITS: Final = 40
"""Bits of a unique local address's global id (RFC 4193, section 3.1)."""
_ULA_SIZE: Final = 64


class PredefinedPool(msgspec.Struct, frozen=True):
    """A prefix to cut into subnets of ``size`` bits, as an entry of Docker's default-address-pools.

    Pools are cut from the address of ``base`` upwards: nothing below it is given out.
    """

    base: Interface
    size: int

    @property
    def count(self) -> int:
        """How many subnets the whole prefix makes."""
        return 1 << (self.size - self.base.network.prefixlen)


def predefined_pool(base: str, size: int) -> PredefinedPool:
    """The predefined pool of a configuration's texts. InvalidPoolError if there is none such."""
    try:
        parsed = parse_interface(base)
    except PrefixSyntaxError as problem:
        raise InvalidPoolError(
            f"invalid address pool: base {base[:64]!r}: {problem}", "write it as 10.10.0.0/16"
        ) from None
    longest = width(parsed.version)
    if not parsed.network.prefixlen <= size <= longest or size == 0:
        raise InvalidPoolError(
            f"invalid address pool: {parsed} cannot be cut into subnets of /{size}",
            f"choose a size from {max(1, parsed.network.prefixlen)} to {longest}",
        )
    return PredefinedPool(parsed, size)


LOCAL_POOLS: Final = (
    predefined_pool("172.17.0.0/16", 16),
    predefined_pool("172.18.0.0/16", 16),
    predefined_pool("172.19.0.0/16", 16),
    predefined_pool("172.20.0.0/14", 16),
    predefined_pool("172.24.0.0/14", 16),
    predefined_pool("172.28.0.0/14", 16),
    predefined_pool("192.168.0.0/16", 20),
)
"""Docker's default pools of networks on one machine: 31 subnets."""

GLOBAL_POOLS: Final = (predefined_pool("10.0.0.0/8", 24),)
"""Docker's default pools of networks across machines: 65,536 subnets."""


def without_overlaps(pools: Iterable[PredefinedPool]) -> tuple[PredefinedPool, ...]:
    """The pools by address; one that overlaps an earlier one is left out, as libnetwork does."""
    kept: list[PredefinedPool] = []
    for pool in sorted(pools, key=lambda pool: (int(pool.base.ip), pool.base.network.prefixlen)):
        if not kept or not overlaps(kept[-1].base.network, pool.base.network):
            kept.append(pool)
    return tuple(kept)


def ula_prefix(host_id: str) -> IPv6Network:
    """The unique local /48 of a machine (RFC 4193), the same one that Docker derives.

    ``fd00::/8`` and the low 40 bits of the first eight octets of SHA-256 of ``host_id``.
    """
    digest = sha256(host_id.encode()).digest()
    global_id = int.from_bytes(digest[:8], "big") & (1 << _ULA_BITS) - 1
    return IPv6Network(((0xFD << _ULA_BITS | global_id) << 80, 48))


def ula_pool(host_id: str) -> PredefinedPool:
    """The machine's ``ula_prefix``, to be cut into /64."""
    prefix = ula_prefix(host_id)
    return PredefinedPool(interface(prefix.network_address, prefix.prefixlen), _ULA_SIZE)
