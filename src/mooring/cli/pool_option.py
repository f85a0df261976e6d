"""The subnets of ``moor network create`` from its options. Pure."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from mooring.model.error import InvalidArgumentError

Subnet: TypeAlias = IPv4Network | IPv6Network


def pools(
    subnets: Sequence[str],
    ranges: Sequence[str],
    gateways: Sequence[str],
    auxiliary: Mapping[str, str],
) -> list[dict[str, object]]:
    """The entries of ``IPAM.Config``: each range, gateway and auxiliary address with its subnet.

    They belong to the subnet that contains them, as in Docker. Raises InvalidArgumentError for one
    that no subnet contains, for a second range or gateway in one subnet, and for subnets that
    overlap.
    """
    entries: dict[Subnet, dict[str, object]] = {}
    for text in subnets:
        subnet = _subnet("--subnet", text)
        for other in entries:
            if subnet.version == other.version and subnet.overlaps(other):
                raise InvalidArgumentError(
                    f"--subnet {text} overlaps --subnet {other}", "give subnets that do not"
                )
        entries[subnet] = {"Subnet": str(subnet)}
    for text in ranges:
        inner = _subnet("--ip-range", text)
        entry = _entry(entries, "--ip-range", text, inner)
        _put(entry, "IPRange", "--ip-range", str(inner))
    for text in gateways:
        _put(_entry_of_address(entries, "--gateway", text), "Gateway", "--gateway", text)
    for name, text in auxiliary.items():
        entry = _entry_of_address(entries, "--aux-address", text)
        entry["AuxiliaryAddresses"] = {**_auxiliary(entry), name: text}
    return list(entries.values())


def _subnet(option: str, text: str) -> Subnet:
    try:
        return ip_network(text)
    except ValueError as error:
        raise InvalidArgumentError(
            f"{option} {text!r} is not a subnet: {error}", "write one as 10.1.0.0/16 or fd00:1::/64"
        ) from error


def _entry_of_address(
    entries: Mapping[Subnet, dict[str, object]], option: str, text: str
) -> dict[str, object]:
    try:
        address = ip_address(text)
    except ValueError as error:
        raise InvalidArgumentError(f"{option} {text!r} is not an IP address") from error
    return _entry(entries, option, text, ip_network(address))


def _entry(
    entries: Mapping[Subnet, dict[str, object]], option: str, text: str, inner: Subnet
) -> dict[str, object]:
    for subnet, entry in entries.items():
        # An address of the other version is in no subnet, so this holds for both.
        if inner.network_address in subnet and inner.broadcast_address in subnet:
            return entry
    known = ", ".join(map(str, entries)) or "none is given"
    raise InvalidArgumentError(
        f"no --subnet contains {option} {text} ({known})", "give one that does with --subnet"
    )


def _put(entry: dict[str, object], key: str, option: str, text: str) -> None:
    if key in entry:
        raise InvalidArgumentError(
            f"{option} {entry[key]} and {option} {text} are in one subnet, {entry['Subnet']}",
            f"give {option} once for each --subnet",
        )
    entry[key] = text


def _auxiliary(entry: Mapping[str, object]) -> Mapping[str, str]:
    known = entry.get("AuxiliaryAddresses", {})
    assert isinstance(known, dict)
    return known
