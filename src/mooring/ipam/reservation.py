"""Prefixes that the machine itself uses, and that no pool is to be cut from unasked."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

import msgspec

from mooring.ipam.prefix import (
    Address,
    Prefix,
    PrefixSyntaxError,
    covers,
    host_prefix,
    last_address,
    order,
    overlaps,
    parse_address,
)

ON_LINK: Final = "on-link route"
NAME_SERVER: Final = "name server"


class Reservation(msgspec.Struct, frozen=True):
    """A prefix to keep clear of, and why, in a word or two for people."""

    prefix: Prefix
    reason: str = "reserved"


def reserved_prefixes(
    routes: Iterable[tuple[Prefix, str]], nameservers: Iterable[str]
) -> tuple[Reservation, ...]:
    """What the machine's routes and name servers reserve, by address.

    ``routes`` are (destination, scope) with the kernel's words for scopes: IPv4 routes of scope
    ``link`` reserve their prefix, since the machine stands on that network. Others do not: a route
    through a gateway, or a VPN's 0.0.0.0/1, says little about which of its addresses are in use.
    IPv6 has no scopes of routes. ``nameservers`` are addresses of either version; what is not an
    address (a broken line of resolv.conf) reserves nothing.
    """
    found: dict[Prefix, Reservation] = {}
    for prefix, scope in routes:
        if prefix.version == 4 and scope == "link" and int(prefix.network_address):
            found.setdefault(prefix, Reservation(prefix, ON_LINK))
    for text in nameservers:
        address = _nameserver(text)
        if address is not None:
            prefix = host_prefix(address)
            found.setdefault(prefix, Reservation(prefix, NAME_SERVER))
    return tuple(found[prefix] for prefix in sorted(found, key=lambda p: (p.version, *order(p))))


def _nameserver(text: str) -> Address | None:
    try:
        return parse_address(text.partition("%")[0])
    except PrefixSyntaxError:
        return None


class Reservations:
    """Reservations of one IP version, to be asked which of them a prefix runs into."""

    def __init__(self, version: int, reserved: Iterable[Reservation]) -> None:
        self.outermost: Final[list[Reservation]] = []
        """Those that no other covers, by address: prefixes nest, so these are disjoint."""
        wanted = (entry for entry in reserved if entry.prefix.version == version)
        for entry in sorted(wanted, key=lambda entry: order(entry.prefix)):
            if not self.outermost or not covers(self.outermost[-1].prefix, entry.prefix):
                self.outermost.append(entry)
        self._starts: Final = [int(entry.prefix.network_address) for entry in self.outermost]

    def blocking(self, prefix: Prefix) -> Reservation | None:
        """The last of the reservations that overlap ``prefix``."""
        at = bisect_right(self._starts, int(last_address(prefix))) - 1
        if at >= 0 and overlaps(self.outermost[at].prefix, prefix):
            return self.outermost[at]
        return None
