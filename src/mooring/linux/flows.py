"""Making the kernel forget the flows of addresses that are given back."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Final

from mooring.linux import conntrack
from mooring.linux.netlink import NETFILTER, Netlink, NetlinkError

_WORTH_LISTING: Final = 64
"""Addresses from which on all flows are listed first. The kernel goes through its whole table for
each address, 0.4 ms if there is nearly nothing in it; to list that takes 5 ms, once."""


def forget(addresses: Sequence[str]) -> None:
    """Drop every flow that any of the addresses began or answers, translated or not.

    A kernel that tracks no connections has none.
    """
    with suppress(NetlinkError), Netlink(NETFILTER) as netfilter:
        if len(addresses) >= _WORTH_LISTING:
            addresses = _with_flows(netfilter, addresses)
        for address in addresses:
            netfilter.transact(conntrack.forget(address))


def _with_flows(netfilter: Netlink, addresses: Iterable[str]) -> list[str]:
    """Those of the addresses that have a flow at all."""
    listed = netfilter.dump(conntrack.LIST)
    seen = {source for _, body in listed for source in conntrack.parse_sources(body)}
    return [address for address in addresses if ip_address(address).packed in seen]
