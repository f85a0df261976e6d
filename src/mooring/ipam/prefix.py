"""Addresses and prefixes: parsing that is strict, and arithmetic on their numbers.

Prefixes are ``ipaddress`` networks, so they never carry host bits; an *interface* is an address
with the prefix length of its network (``172.18.0.2/16``).
"""

import re
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    ip_address,
)
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Prefix: TypeAlias = IPv4Network | IPv6Network
Interface: TypeAlias = IPv4Interface | IPv6Interface

_LENGTH: Final = re.compile(r"(?:0|[1-9][0-9]{0,2})\Z", re.ASCII)
_MAPPED: Final = 96
"""Bits before the IPv4 address in ``::ffff:0:0/96`` (RFC 4291, section 2.5.5.2)."""


class PrefixSyntaxError(ValueError):
    """A text that is not an address, or not a prefix in CIDR notation."""


def parse_address(text: str) -> Address:
    """The address that ``text`` is; an IPv4-mapped IPv6 address is its IPv4 address.

    A zone (``fe80::1%eth0``) is refused: an address to give out has none.
    """
    try:
        address = ip_address(text)
    except ValueError:
        raise PrefixSyntaxError("invalid address") from None
    if isinstance(address, IPv4Address):
        return address
    if address.scope_id is not None:
        raise PrefixSyntaxError("invalid address")
    return address.ipv4_mapped or address


def parse_interface(text: str) -> Interface:
    """The address and prefix length of ``10.0.0.1/8``, host bits kept; ``.network`` masks them.

    Netmasks (``/255.0.0.0``) and addresses without a length are refused, as in Go's netip, which
    Docker reads them with.
    """
    before, slash, after = text.partition("/")
    if not slash or not _LENGTH.match(after):
        raise PrefixSyntaxError("invalid CIDR block notation")
    length = int(after)
    try:
        address = parse_address(before)
        if address.version == 4 and ":" in before:
            length -= _MAPPED
        return interface(address, length)
    except ValueError:
        raise PrefixSyntaxError("invalid CIDR block notation") from None


def parse_prefix(text: str) -> Prefix:
    """The prefix that ``text`` lies in: host bits are masked off."""
    return parse_interface(text).network


def width(version: int) -> int:
    """Bits of an address of IP version 4 or 6."""
    return 32 if version == 4 else 128


def address_at(version: int, number: int) -> Address:
    """The address whose bits are ``number``."""
    return IPv4Address(number) if version == 4 else IPv6Address(number)


def prefix_at(version: int, number: int, length: int) -> Prefix:
    """The prefix of ``length`` bits in which the address ``number`` lies."""
    if version == 4:
        return IPv4Network((number, length), strict=False)
    return IPv6Network((number, length), strict=False)


def interface(address: Address, length: int) -> Interface:
    """``address`` on a network with prefixes of ``length`` bits. ValueError if it has fewer."""
    if isinstance(address, IPv4Address):
        return IPv4Interface((address, length))
    return IPv6Interface((address, length))


def host_prefix(address: Address) -> Prefix:
    """The prefix that holds ``address`` alone."""
    return prefix_at(address.version, int(address), width(address.version))


def order(prefix: Prefix) -> tuple[int, int]:
    """Sort key: by address, and of two prefixes with one address the shorter first."""
    return int(prefix.network_address), prefix.prefixlen


def covers(outer: Prefix, inner: Prefix) -> bool:
    """Whether every address of ``inner`` is in ``outer``."""
    if outer.version != inner.version or outer.prefixlen > inner.prefixlen:
        return False
    return int(inner.network_address) & int(outer.netmask) == int(outer.network_address)


def overlaps(one: Prefix, other: Prefix) -> bool:
    """Whether some address is in both; of prefixes, one then covers the other."""
    return covers(one, other) or covers(other, one)


def last_address(prefix: Prefix) -> Address:
    """The highest address of ``prefix``; on an IPv4 network, the broadcast address."""
    return prefix.broadcast_address


def add(address: Address, count: int, shift: int = 0) -> Address:
    """``address + (count << shift)``. ValueError beyond the last address of its version."""
    return address_at(address.version, int(address) + (count << shift))


def prefix_after(previous: Prefix, length: int) -> Prefix | None:
    """The first prefix of ``length`` bits that begins after ``previous``; None past the end.

    When ``previous`` is the smaller one, the prefix of ``length`` that it lies in is passed over.
    """
    step = width(previous.version) - min(previous.prefixlen, length)
    number = int(previous.network_address) + (1 << step)
    if number >> width(previous.version):
        return None
    return prefix_at(previous.version, number, length)


def subnets_between(first: Address, last: Address, length: int) -> int:
    """How many prefixes of ``length`` bits lie from that of ``first`` up to, without, that of
    ``last``; 0 when ``last`` comes before, or is of another IP version."""
    if first.version != last.version or last.packed < first.packed:
        return 0
    shift = width(first.version) - length
    return (int(last) >> shift) - (int(first) >> shift)
