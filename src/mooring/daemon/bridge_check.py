"""What is wrong with the addresses that the options give the default bridge. Pure.

Every function gives its problems as sentences, none if all is well.
"""

from ipaddress import IPv6Interface, IPv6Network, ip_interface
from typing import Final

from mooring.linux.rtnetlink import Interface

_LINK_LOCAL: Final = IPv6Network("fe80::/64")
"""What every IPv6 interface has anyway (RFC 4291, section 2.5.6)."""
_MAPPED: Final = IPv6Network("::ffff:0:0/96")
"""IPv4 addresses written as IPv6 ones (RFC 4291, section 2.5.5.2)."""
_MTU_RANGE: Final = (68, 65535)
"""IPv4 needs 68 octets (RFC 791); a link's MTU is a 16-bit number in every driver here."""
_IPV6_MTU: Final = 1280
"""RFC 8200, section 5."""
_EXAMPLES: Final = {4: "172.30.0.1", 6: "fd00:1::1"}
_LENGTHS: Final = {4: 24, 6: 64}


def check_bip(flag: str, text: str, version: int) -> list[str]:
    """Of the address with prefix length that the bridge shall have."""
    problems: list[str] = []
    read = _read(problems, flag, text, version)
    if read is None:
        return problems
    unusable = [read.network.network_address]
    if version == 4:
        unusable.append(read.network.broadcast_address)
    if read.ip.is_multicast or read.ip.is_loopback or read.ip.is_unspecified:
        problems.append(f"{flag} {text} is not an address that a bridge can have")
    elif read.network.num_addresses > 2 and read.ip in unusable:
        problems.append(f"{flag} {text} is {read.network} itself; choose an address in it")
    return problems


def check_fixed_cidr(text: str) -> list[str]:
    """Of the IPv4 range to take addresses from; host bits are fine."""
    problems: list[str] = []
    read = _read(problems, "--fixed-cidr", text, 4)
    if read is not None and (read.network.is_multicast or read.network.is_loopback):
        problems.append(f"--fixed-cidr {text} has no addresses that an interface can have")
    return problems


def check_fixed_cidr_v6(text: str) -> list[str]:
    """Of the IPv6 range, by the rules of libnetwork's ValidateFixedCIDRV6."""
    flag = "--fixed-cidr-v6"
    problems: list[str] = []
    read = _read(problems, flag, text, 6)
    if not isinstance(read, IPv6Interface):
        return problems
    if read.ip in _MAPPED:
        problems.append(f"{flag} {text} is an IPv4-mapped prefix and no IPv6 subnet")
    elif read.ip.is_multicast:
        problems.append(f"{flag} {text} is a multicast prefix, which interfaces cannot have")
    elif read.network != _LINK_LOCAL and read.network.overlaps(_LINK_LOCAL):
        problems.append(f"{flag} {text} clashes with the link-local prefix {_LINK_LOCAL}")
    return problems


def check_gateway(flag: str, text: str, version: int) -> list[str]:
    """Of the address of a default gateway."""
    problems: list[str] = []
    if "/" in text:
        return [f"{flag} {text} has a prefix length; leave it out"]
    _read(problems, flag, f"{text}/{8 * (4 if version == 4 else 16)}" if text else "", version)
    return problems


def check_bridge(
    *,
    ipv4: str = "",
    ipv6: str = "",
    default_gateway: str = "",
    default_gateway_v6: str = "",
    mtu: int = 0,
    enable_ipv6: bool = False,
) -> list[str]:
    """Of a bridge's subnets, gateways and MTU together, each right by itself."""
    problems: list[str] = []
    for flag, subnet, gateway in (
        ("--default-gateway", ipv4, default_gateway),
        ("--default-gateway-v6", ipv6, default_gateway_v6),
    ):
        if subnet and gateway and ip_interface(gateway).ip not in ip_interface(subnet).network:
            network = ip_interface(subnet).network
            problems.append(f"{flag} {gateway} is not in {network}, the subnet of the bridge")
    lowest, highest = _MTU_RANGE
    if mtu and not lowest <= mtu <= highest:
        problems.append(f"--mtu {mtu} is no MTU; use a number from {lowest} to {highest}")
    elif enable_ipv6 and 0 < mtu < _IPV6_MTU:
        problems.append(f"--mtu {mtu} is too small for IPv6, which needs {_IPV6_MTU}")
    return problems


def _read(problems: list[str], flag: str, text: str, version: int) -> Interface | None:
    """The address with prefix length that ``text`` is; None if it is empty or wrong."""
    if not text:
        return None
    example = f"{_EXAMPLES[version]}/{_LENGTHS[version]}"
    address, slash, _ = text.partition("/")
    try:
        read = ip_interface(text)
    except ValueError:
        problems.append(f"{flag} {text!r} cannot be read; write it as {example}")
        return None
    if read.version != version:
        problems.append(f"{flag} {text} is IPv{read.version}, and has to be IPv{version}")
        return None
    if not slash:
        problems.append(
            f"{flag} {text} has no prefix length; write it as {address}/{_LENGTHS[version]}"
        )
        return None
    return read
