"""The allocator: address spaces by name, pools by id.

Its state is the pools and addresses held. Restoring each pool by its id, in any order, and then
requesting each address by name, in any order, makes the same state again after a restart.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from mooring.ipam.error import (
    InvalidAddressError,
    InvalidAddressSpaceError,
    InvalidPoolError,
    InvalidSubPoolError,
)
from mooring.ipam.key import PoolKey, parse_key
from mooring.ipam.pool import PoolStatus
from mooring.ipam.predefined import GLOBAL_POOLS, LOCAL_POOLS, PredefinedPool
from mooring.ipam.prefix import (
    Address,
    Interface,
    Prefix,
    PrefixSyntaxError,
    covers,
    interface,
    parse_address,
    parse_interface,
    parse_prefix,
)
from mooring.ipam.reservation import Reservation
from mooring.ipam.space import AddressSpace

LOCAL: Final = "LocalDefault"
"""The address space of networks on one machine."""
GLOBAL: Final = "GlobalDefault"
"""The address space of networks across machines."""
SERIAL_OPTION: Final = "com.docker.network.ipam.serial"
"""Pool option: ``true`` gives out the address after the last one rather than the lowest free."""

_SHOWN: Final = 64
"""Characters of a wrong text that a message repeats."""


class PoolLease(msgspec.Struct, frozen=True):
    """A pool that was requested: its id, and its whole subnet."""

    id: str
    prefix: Prefix


class Allocator:
    """Pools and addresses of both address spaces, IPv4 and IPv6 apart.

    To have IPv6 subnets chosen, add ``ula_pool(host_id)`` or a prefix of your own to the pools.
    Every refusal is a class of ``mooring.ipam.error`` and changes nothing.
    """

    def __init__(
        self,
        local_pools: Iterable[PredefinedPool] = LOCAL_POOLS,
        global_pools: Iterable[PredefinedPool] = GLOBAL_POOLS,
    ) -> None:
        self._spaces: Final[dict[tuple[str, int], AddressSpace]] = {}
        for name, pools in ((LOCAL, tuple(local_pools)), (GLOBAL, tuple(global_pools))):
            for version in (4, 6):
                self._spaces[name, version] = AddressSpace(name, version, pools)

    def request_pool(
        self,
        space: str,
        pool: str = "",
        subpool: str = "",
        options: Mapping[str, str] | None = None,
        v6: bool = False,
        reserved: Iterable[Reservation] = (),
    ) -> PoolLease:
        """Hold a pool.

        ``pool`` is a prefix in CIDR notation, its host bits masked off. When it is empty, or its
        address is unspecified (``0.0.0.0/24``, any /24; ``::/0``, any), the lowest free subnet of
        the default pools is chosen that overlaps no pool held and nothing ``reserved``; ``v6``
        says of which version. ``subpool`` is the part of ``pool`` to choose addresses from.

        The same pool, or sub-pool, is held once; a whole pool that overlaps another is refused.
        """
        serial = _is_serial(options)
        self._space(space, 4)
        wanted = _parse_pool(pool, v6)
        if wanted is not None and int(wanted.ip):
            subnet = wanted.network
            key = PoolKey(space, subnet, _parse_subpool(subpool, subnet))
            self._space(space, subnet.version).allocate(key, serial)
            return PoolLease(str(key), subnet)
        if subpool:
            raise InvalidSubPoolError(
                f"invalid address subpool: {subpool[:_SHOWN]!r} comes without a pool",
                "name the pool that it is part of",
            )
        version, length = 6 if v6 else 4, None
        if wanted is not None:
            version, length = wanted.version, wanted.network.prefixlen or None
        subnet = self._space(space, version).allocate_free(length, reserved, serial)
        return PoolLease(str(PoolKey(space, subnet)), subnet)

    def restore_pool(self, pool_id: str, options: Mapping[str, str] | None = None) -> PoolLease:
        """Hold again the pool that ``pool_id`` was given for, before a restart.

        It is not compared with other pools: that it could be had was decided once. Only the same id
        twice is refused.
        """
        space, key = self._find(pool_id)
        space.restore(key, _is_serial(options))
        return PoolLease(str(key), key.subnet)

    def release_pool(self, pool_id: str) -> None:
        """Hold a pool no more, nor any address in it once its last sub-pool is released too."""
        space, key = self._find(pool_id)
        space.release(key)

    def request_address(
        self, pool_id: str, address: Address | str | None = None, serial: bool = False
    ) -> Interface:
        """Hold an address of a pool; it comes with the prefix length of the pool.

        ``address`` may lie anywhere in the pool, outside the sub-pool too. Without one (None or
        ``""``) it is the lowest free of the sub-pool, or, with ``serial``, the next after the one
        chosen last.
        """
        space, key = self._find(pool_id)
        wanted = _parse_address(address) if address else None
        found = space.pool(key).request(key.child, wanted, serial)
        return interface(found, key.subnet.prefixlen)

    def release_address(self, pool_id: str, address: Address | str) -> None:
        """Hold an address no more: it is free to be chosen at once. A free one stays free."""
        space, key = self._find(pool_id)
        space.pool(key).free(_parse_address(address))

    def status(self, pool_id: str) -> PoolStatus:
        """How full a pool is."""
        space, key = self._find(pool_id)
        return space.pool(key).status(key.child)

    def leases(self) -> tuple[PoolLease, ...]:
        """Every pool and sub-pool held, in the order of space, version, address."""
        keys = (key for space in self._spaces.values() for key in space.leases())
        return tuple(PoolLease(str(key), key.subnet) for key in keys)

    def addresses(self, pool_id: str) -> Iterator[Address]:
        """Every address held in a pool, lowest first, those outside the sub-pool too."""
        space, key = self._find(pool_id)
        return space.pool(key).addresses()

    def overlapping(self, space: str, prefix: Prefix) -> tuple[Prefix, ...]:
        """Pools of a space that share an address with ``prefix``."""
        return tuple(self._space(space, prefix.version).overlapping(prefix))

    def _find(self, pool_id: str) -> tuple[AddressSpace, PoolKey]:
        key = parse_key(pool_id)
        return self._space(key.space, key.subnet.version), key

    def _space(self, name: str, version: int) -> AddressSpace:
        space = self._spaces.get((name, version))
        if space is None:
            raise InvalidAddressSpaceError(
                f"invalid address space {name[:_SHOWN]!r}", f"there are {LOCAL} and {GLOBAL}"
            )
        return space


def _is_serial(options: Mapping[str, str] | None) -> bool:
    return options is not None and options.get(SERIAL_OPTION) == "true"


def _parse_pool(text: str, v6: bool) -> Interface | None:
    if not text:
        return None
    try:
        wanted = parse_interface(text)
    except PrefixSyntaxError as problem:
        raise InvalidPoolError(
            f"invalid address pool: {text[:_SHOWN]!r}: {problem}", "write it as 172.30.0.0/16"
        ) from None
    if v6 and wanted.version == 4:
        raise InvalidPoolError(
            f"invalid address pool: {wanted} is IPv4, and an IPv6 pool was asked for",
            "name an IPv6 prefix, such as fd00:1:2:3::/64",
        )
    return wanted


def _parse_subpool(text: str, subnet: Prefix) -> Prefix | None:
    """The sub-pool; one that is larger than the pool means the whole pool, as in libnetwork."""
    if not text:
        return None
    try:
        child = parse_prefix(text)
    except PrefixSyntaxError as problem:
        raise InvalidSubPoolError(
            f"invalid address subpool: {text[:_SHOWN]!r}: {problem}", "write it as 172.30.5.0/24"
        ) from None
    if child.version != subnet.version:
        raise InvalidSubPoolError(
            "invalid address subpool: pool and subpool are of incompatible address families: "
            f"{subnet} and {child}",
            f"name a part of {subnet}",
        )
    if covers(child, subnet):
        return subnet
    if not covers(subnet, child):
        raise InvalidSubPoolError(
            f"invalid address subpool: {child} is not in {subnet}", f"name a part of {subnet}"
        )
    return child


def _parse_address(address: Address | str) -> Address:
    try:
        return parse_address(str(address))
    except PrefixSyntaxError as problem:
        raise InvalidAddressError(
            f"{problem}: {str(address)[:_SHOWN]!r}", "write it as 172.30.0.5 or fd00::5"
        ) from None
