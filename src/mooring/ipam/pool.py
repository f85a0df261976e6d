"""One pool: a subnet, the sub-pools it is handed out through, and the addresses held in it."""

from collections.abc import Iterator, KeysView
from typing import Final

import msgspec

from mooring.ipam.bitmap import Bitmap
from mooring.ipam.error import (
    AddressesExhaustedError,
    AddressInUseError,
    AddressOutOfRangeError,
)
from mooring.ipam.prefix import Address, Prefix, add, last_address, width


class PoolStatus(msgspec.Struct, frozen=True):
    """How full a pool is, counted as Docker's ``network inspect`` does.

    ``in_use`` counts every held or reserved address of the subnet; ``available`` those that can
    still be given out without being named: free, and in the sub-pool if there is one.
    """

    in_use: int
    available: int


def never_given(subnet: Prefix) -> dict[Address, str]:
    """Addresses of ``subnet`` that no pool gives out, and what they are.

    The network and the broadcast address of an IPv4 subnet, unless it is a /31 or a /32 (RFC 3021);
    the first address of an IPv6 one, which all its routers have (RFC 4291, section 2.6.1).
    """
    if subnet.version == 6:
        return {subnet.network_address: "the routers' anycast address"}
    if subnet.prefixlen >= 31:
        return {}
    return {
        subnet.network_address: "the network address",
        last_address(subnet): "the broadcast address",
    }


class _Range:
    """The part of a pool that one lease hands out, and where its serial order has got to."""

    __slots__ = ("first", "last", "next", "serial")

    def __init__(self, pool: Prefix, part: Prefix, serial: bool) -> None:
        start = int(pool.network_address)
        self.first: Final = int(part.network_address) - start
        self.last: Final = int(last_address(part)) - start
        self.next = self.first
        self.serial: Final = serial


class Pool:
    """Addresses of a subnet. It is leased whole (``None``), by sub-pool, or both.

    Sub-pools share the addresses of their pool and may overlap.
    """

    def __init__(self, subnet: Prefix) -> None:
        self.subnet: Final = subnet
        self._ranges: Final[dict[Prefix | None, _Range]] = {}
        size = 1 << (width(subnet.version) - subnet.prefixlen)
        self._bitmap: Final = Bitmap(size)
        self._reserved: Final = {
            int(address) - int(subnet.network_address): name
            for address, name in never_given(subnet).items()
        }
        for ordinal in self._reserved:
            self._bitmap.set(ordinal)

    def lease(self, part: Prefix | None, serial: bool) -> None:
        """Hand out the addresses of ``part`` from now on; ``part`` lies in the subnet."""
        self._ranges[part] = _Range(self.subnet, part or self.subnet, serial)

    def release(self, part: Prefix | None) -> None:
        """End a lease. KeyError if there is none of ``part``."""
        del self._ranges[part]

    def leases(self) -> KeysView[Prefix | None]:
        """The parts that are leased; when there are none the pool can go."""
        return self._ranges.keys()

    def request(self, part: Prefix | None, address: Address | None, serial: bool) -> Address:
        """Hold ``address`` (anywhere in the subnet), or the lowest free one of the part.

        ``serial`` asks for the next free one after the last that this lease chose, beginning anew
        at the end of the part. A pool leased as serial always does so.
        """
        if address is not None:
            return self._request_this(address)
        leased = self._ranges[part]
        start = leased.next if serial or leased.serial else leased.first
        ordinal = self._bitmap.lowest_clear(start, leased.last)
        if ordinal is None and start > leased.first:
            ordinal = self._bitmap.lowest_clear(leased.first, start - 1)
        if ordinal is None:
            raise self._exhausted(part or self.subnet, leased)
        self._bitmap.set(ordinal)
        leased.next = ordinal + 1 if ordinal < leased.last else leased.first
        return add(self.subnet.network_address, ordinal)

    def free(self, address: Address) -> None:
        """Hold ``address`` no more; if it was not held, or is never given out, nothing changes."""
        ordinal = self._ordinal(address)
        if ordinal not in self._reserved:
            self._bitmap.clear(ordinal)

    def addresses(self) -> Iterator[Address]:
        """Every held address, lowest first."""
        for ordinal in self._bitmap:
            if ordinal not in self._reserved:
                yield add(self.subnet.network_address, ordinal)

    def status(self, part: Prefix | None) -> PoolStatus:
        """How full the pool is, as seen from the lease of ``part``."""
        leased = self._ranges[part]
        size = leased.last - leased.first + 1
        taken = self._bitmap.count(leased.first, leased.last)
        return PoolStatus(in_use=self._bitmap.count(), available=size - taken)

    def _request_this(self, address: Address) -> Address:
        ordinal = self._ordinal(address)
        if not self._bitmap.set(ordinal):
            what = self._reserved.get(ordinal)
            raise AddressInUseError(
                f"Address already in use: {address} is {what} of {self.subnet}"
                if what
                else f"Address already in use: {address} of {self.subnet} is held",
                "choose another address, or name none and get a free one",
            )
        return address

    def _ordinal(self, address: Address) -> int:
        ordinal = int(address) - int(self.subnet.network_address)
        if address.version == self.subnet.version and 0 <= ordinal < self._bitmap.size:
            return ordinal
        raise AddressOutOfRangeError(
            f"requested address is out of range: {address} is not in {self.subnet}",
            f"choose one from {self.subnet.network_address} to {last_address(self.subnet)}",
        )

    def _exhausted(self, part: Prefix, leased: _Range) -> AddressesExhaustedError:
        reserved = sum(leased.first <= ordinal <= leased.last for ordinal in self._reserved)
        held = leased.last - leased.first + 1 - reserved
        return AddressesExhaustedError(
            f"no available addresses on this pool: all {held} addresses of {part} are held",
            "remove an endpoint from the network, or use a network with a larger subnet or range",
        )
