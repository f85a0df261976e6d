"""One IP version of an address space: the pools held in it, and the choice of a new one."""

from collections.abc import Iterable, Iterator
from heapq import nlargest
from typing import Final

from mooring.ipam.blocks import BlockTree
from mooring.ipam.error import (
    InvalidPoolError,
    PoolOverlapError,
    PoolsExhaustedError,
    UnknownPoolError,
)
from mooring.ipam.key import PoolKey
from mooring.ipam.pool import Pool
from mooring.ipam.predefined import PredefinedPool, without_overlaps
from mooring.ipam.prefix import (
    Prefix,
    covers,
    last_address,
    order,
    overlaps,
    prefix_after,
    subnets_between,
    width,
)
from mooring.ipam.reservation import Reservation, Reservations

_SHOWN: Final = 5
"""How many of the prefixes in the way a message names."""


class AddressSpace:
    """Pools of one space and IP version.

    Pools requested whole never overlap. A pool requested with a sub-pool is not compared with the
    others: libnetwork lets two networks share a subnet that way (moby#46756), and whether a driver
    can make use of it is the driver's to say. ``overlapping`` tells.
    """

    def __init__(self, name: str, version: int, predefined: Iterable[PredefinedPool]) -> None:
        self.name: Final = name
        self.version: Final = version
        self.predefined: Final = without_overlaps(
            pool for pool in predefined if pool.base.version == version
        )
        self._pools: Final[dict[Prefix, Pool]] = {}
        self._blocks: Final = BlockTree(version)

    def overlapping(self, prefix: Prefix) -> Iterator[Prefix]:
        """Subnets of pools that share an address with ``prefix``."""
        return self._blocks.overlapping(prefix)

    def allocate(self, key: PoolKey, serial: bool) -> None:
        """Lease the pool or sub-pool that ``key`` names. PoolOverlapError if one is in the way."""
        if key.child is None:
            other = next(self.overlapping(key.subnet), None)
            if other is not None:
                raise _overlap(str(key.subnet), f"it shares addresses with {other}, which is held")
        self.restore(key, serial)

    def restore(self, key: PoolKey, serial: bool) -> None:
        """Lease what ``key`` names, whatever it overlaps. PoolOverlapError if it is leased."""
        if self._is_leased(key):
            raise _overlap(str(key.child or key.subnet), f"{key} is held already")
        if key.subnet not in self._pools:
            self._pools[key.subnet] = Pool(key.subnet)
            self._blocks.add(key.subnet)
        self._pools[key.subnet].lease(key.child, serial)

    def allocate_free(
        self, length: int | None, reserved: Iterable[Reservation], serial: bool
    ) -> Prefix:
        """Lease the lowest free subnet of the predefined pools, and return it.

        ``length`` is the prefix length wanted; None takes that of each predefined pool. Raises
        InvalidPoolError when no predefined pool is large enough, PoolsExhaustedError when all are
        held or reserved.
        """
        candidates = self._candidates(length)
        reservations = Reservations(self.version, reserved)
        for candidate in candidates:
            subnet = self._lowest_free(candidate, reservations)
            if subnet is not None:
                self.allocate(PoolKey(self.name, subnet), serial)
                return subnet
        raise self._exhausted(candidates, reservations)

    def release(self, key: PoolKey) -> None:
        """End a lease; the pool goes with its last one, and every address in it.

        Releasing a whole pool that is held only through its sub-pools changes nothing.
        """
        if key.child is None and key.subnet in self._pools and not self._is_leased(key):
            return
        pool = self.pool(key)
        pool.release(key.child)
        if not pool.leases():
            del self._pools[key.subnet]
            self._blocks.remove(key.subnet)

    def pool(self, key: PoolKey) -> Pool:
        """The pool of a lease. UnknownPoolError if there is none."""
        if not self._is_leased(key):
            raise UnknownPoolError(
                f"address space does not contain specified address pool: {key}",
                "it was released, or never requested",
            )
        return self._pools[key.subnet]

    def leases(self) -> Iterator[PoolKey]:
        """Every lease, by the subnet's address and length, the whole pool before its sub-pools."""
        for subnet in self._blocks:
            parts = self._pools[subnet].leases()
            for part in sorted(parts, key=lambda part: order(part) if part else (-1, 0)):
                yield PoolKey(self.name, subnet, part)

    def _is_leased(self, key: PoolKey) -> bool:
        pool = self._pools.get(key.subnet)
        return pool is not None and key.child in pool.leases()

    def _candidates(self, length: int | None) -> tuple[PredefinedPool, ...]:
        if not self.predefined:
            raise InvalidPoolError(
                f"invalid address pool: {self.name} has no default IPv{self.version} pools",
                "name a subnet",
            )
        if length is None:
            return self.predefined
        fitting = tuple(
            PredefinedPool(pool.base, length)
            for pool in self.predefined
            if pool.base.network.prefixlen <= length <= width(self.version)
        )
        if not fitting:
            largest = min(pool.base.network.prefixlen for pool in self.predefined)
            raise InvalidPoolError(
                f"invalid address pool: no default IPv{self.version} pool can give a /{length}",
                f"ask for one from /{largest} to /{width(self.version)}, or name a subnet",
            )
        return fitting

    def _lowest_free(self, pool: PredefinedPool, reservations: Reservations) -> Prefix | None:
        start = int(pool.base.ip)
        while True:
            subnet = self._blocks.lowest_free(pool.base.network, pool.size, start)
            blocking = None if subnet is None else reservations.blocking(subnet)
            if blocking is None:
                return subnet
            following = prefix_after(blocking.prefix, pool.size)
            if following is None:
                return None
            start = int(following.network_address)

    def _holds(self, prefix: Prefix) -> bool:
        """Whether the whole of ``prefix`` is in some pool: then the pool is in the way, not it."""
        return any(covers(held, prefix) for held in self.overlapping(prefix))

    def _exhausted(
        self, candidates: tuple[PredefinedPool, ...], reservations: Reservations
    ) -> PoolsExhaustedError:
        """Say what stands in the way, that which blocks the most subnets first."""
        blocked: dict[str, int] = {}
        for candidate in candidates:
            for held in self._blocks.overlapping(candidate.base.network):
                label = f"{held} (held)"
                blocked[label] = blocked.get(label, 0) + _subnets_in(candidate, held)
            for entry in reservations.outermost:
                if overlaps(entry.prefix, candidate.base.network) and not self._holds(entry.prefix):
                    label = f"{entry.prefix} ({entry.reason})"
                    blocked[label] = blocked.get(label, 0) + _subnets_in(candidate, entry.prefix)
        shown = nlargest(_SHOWN, blocked, key=blocked.__getitem__)
        phrases = [f"{label} blocks {blocked[label]}" for label in shown]
        if len(blocked) > _SHOWN:
            phrases.append(f"{len(blocked) - _SHOWN} more block the rest")
        return PoolsExhaustedError(
            "all predefined address pools have been fully subnetted: "
            f"{self.name} holds {len(self._pools)} IPv{self.version} pools, and of "
            f"{sum(candidate.count for candidate in candidates)} default subnets "
            f"{', '.join(phrases)}",
            "delete a network that is not needed, name a subnet, "
            "or configure more default address pools",
        )


def _overlap(asked: str, reason: str) -> PoolOverlapError:
    return PoolOverlapError(
        f"invalid pool request: Pool overlaps with other one on this address space: {asked}: "
        f"{reason}",
        "choose another subnet, or delete the network that holds this one",
    )


def _subnets_in(pool: PredefinedPool, prefix: Prefix) -> int:
    """How many of the pool's subnets share an address with ``prefix``, which overlaps it."""
    network = pool.base.network
    inner = prefix if prefix.prefixlen > network.prefixlen else network
    return 1 + subnets_between(inner.network_address, last_address(inner), pool.size)
