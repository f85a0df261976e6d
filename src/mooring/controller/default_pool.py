"""Which addresses the default bridge has: what the daemon's options and the bridge itself say.

The rules are libnetwork's (``getDefaultBridgeIPAMConf``, ``selectBIP``). Pure.
"""

from collections.abc import Iterable, Sequence
from ipaddress import ip_address, ip_interface
from typing import Final

import msgspec

from mooring.linux.rtnetlink import Interface
from mooring.model.error import InvalidArgumentError
from mooring.model.network import AddressPool

GATEWAY_NAMES: Final = {4: "DefaultGatewayIPv4", 6: "DefaultGatewayIPv6"}
"""Auxiliary addresses with these names are the default gateways of endpoints, as in Docker."""


class FamilyOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the daemon's options say of one family; empty where they say nothing.

    ``bip`` is an address with prefix length, ``fixed_cidr`` a prefix whose host bits do not count.
    """

    bip: str = ""
    fixed_cidr: str = ""
    default_gateway: str = ""


class ChosenPool(msgspec.Struct, frozen=True):
    """The pool to ask for, and what the daemon is to say about it; it may be empty."""

    pool: AddressPool
    notice: str = ""


def default_pool(
    version: int, options: FamilyOptions, present: Iterable[Interface], *, user_managed: bool
) -> ChosenPool:
    """The pool of one family of the default bridge.

    ``present`` are the addresses that the bridge has already, of either family, in the kernel's
    order; ``user_managed`` says that the bridge is one of the user's and not Mooring's own. A pool
    without subnet asks for any. Raises InvalidArgumentError for options that the addresses of the
    bridge rule out.
    """
    suffix = "-v6" if version == 6 else ""
    fixed = ip_interface(options.fixed_cidr) if options.fixed_cidr else None
    if options.bip:
        address: Interface | None = ip_interface(options.bip)
    else:
        own = [entry for entry in present if entry.version == version]
        address = _select(own, fixed, user_managed=user_managed)
    notice = ""
    subnet = address or fixed
    if fixed is not None and address is not None and user_managed and not _within(fixed, address):
        notice = (
            f"--fixed-cidr{suffix} {fixed.network} is in no subnet of the bridge,"
            f" which has {address.with_prefixlen}"
        )
        if version == 6:
            raise InvalidArgumentError(notice, "give the bridge an address there, or another range")
        notice += "; all of that subnet is used"
        fixed = None
    auxiliary = {}
    if options.default_gateway and options.default_gateway != (str(address.ip) if address else ""):
        gateway = ip_address(options.default_gateway)
        if subnet is None or gateway not in subnet.network:
            raise InvalidArgumentError(
                f"--default-gateway{suffix} {gateway} is not in the subnet of the default bridge"
                + (f", {subnet.network}" if subnet else ", which is not given"),
                f"choose an address of it, or the subnet with --bip{suffix.removeprefix('-v')}",
            )
        auxiliary[GATEWAY_NAMES[version]] = str(gateway)
    return ChosenPool(
        AddressPool(
            subnet=str(subnet.network) if subnet else "",
            ip_range=str(fixed.network) if fixed else "",
            gateway=str(address.ip) if address else "",
            aux_addresses=auxiliary,
        ),
        notice,
    )


def _select(
    own: Sequence[Interface], fixed: Interface | None, *, user_managed: bool
) -> Interface | None:
    """The address of the bridge that becomes the gateway; None to have one chosen.

    Link-local IPv6 addresses count only if the range is link-local. First the address in whose
    subnet the range lies, then one that lies in the range. Where there is neither, a bridge of the
    user's keeps its first address, and Mooring's own gets a new one; and its subnet grows to the
    size of the range.
    """
    link_local = fixed is not None and fixed.ip.is_link_local
    own = [a for a in own if a.version == 4 or link_local or not a.ip.is_link_local]
    if fixed is None or not own:
        return own[0] if own else None
    around = [address for address in own if _within(fixed, address)]
    inside = [address for address in own if address.ip in fixed.network]
    if around or inside:
        chosen = (around or inside)[0]
        if not user_managed and fixed.network.prefixlen < chosen.network.prefixlen:
            return ip_interface(f"{chosen.ip}/{fixed.network.prefixlen}")
        return chosen
    return own[0] if user_managed else None


def _within(inner: Interface, outer: Interface) -> bool:
    """Whether the subnet of one is the other's or a part of it."""
    same_or_longer = inner.network.prefixlen >= outer.network.prefixlen
    return same_or_longer and inner.ip in outer.network
