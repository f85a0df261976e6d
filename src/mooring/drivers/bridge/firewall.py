"""The table ``inet mooring``: what may pass between bridges, and how packets leave. Pure.

The chains never change; networks come and go as elements of sets, so that a thousand of them cost
what one costs.
"""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Final

from mooring.controller.driver import DriverSettings
from mooring.drivers.bridge import options
from mooring.linux.operation import AddElements, LoadRules
from mooring.model.network import Network

TABLE: Final = "inet mooring"

_DEFAULTS: Final = DriverSettings()
_CHAINS: Final = """\
    chain forward {
        type filter hook forward priority filter;
        UNMANAGED
        iifname . oifname @within accept
        iifname @internal drop
        oifname @internal drop
        iifname @bridges oifname @bridges drop
    }
    chain postrouting {
        type nat hook postrouting priority srcnat;
        UNMANAGED
        iifname . oifname @within accept
        ip saddr @masquerade4 ip daddr != 224.0.0.0/4 oifname != @bridges masquerade
        ip6 saddr @masquerade6 ip6 daddr != ff00::/8 oifname != @bridges masquerade
    }
"""
_SETS: Final = {
    "bridges": "type ifname",
    "within": "type ifname . ifname",
    "internal": "type ifname",
    "masquerade4": "type ipv4_addr; flags interval",
    "masquerade6": "type ipv6_addr; flags interval",
}


def elements(network: Network, settings: DriverSettings = _DEFAULTS) -> AddElements:
    """What one network adds to the sets; nothing where the firewall is not ours to manage."""
    if not (settings.firewall4 or settings.firewall6):
        return AddElements(TABLE, ())
    chosen = options.read(network)
    quoted = f'"{chosen.bridge}"'
    found = [("bridges", quoted), ("within", f"{quoted} . {quoted}")]
    if network.internal:
        found.append(("internal", quoted))
    elif chosen.masquerade:
        for pool in network.pools:
            version = ip_network(pool.subnet).version
            found.append((f"masquerade{version}", pool.subnet))
    return AddElements(TABLE, tuple(found))


def table(networks: Sequence[Network], settings: DriverSettings = _DEFAULTS) -> LoadRules:
    """The whole table for these networks, as one text; an empty one where there shall be none.

    Packets of a family that is not ours to manage leave the chains at once.
    """
    if not (settings.firewall4 or settings.firewall6):
        return LoadRules(TABLE, "")
    unmanaged = ""
    if not settings.firewall4:
        unmanaged = "        meta nfproto ipv4 accept\n"
    if not settings.firewall6:
        unmanaged = "        meta nfproto ipv6 accept\n"
    chains = _CHAINS.replace("        UNMANAGED\n", unmanaged)
    members: dict[str, list[str]] = {name: [] for name in _SETS}
    for network in networks:
        for name, element in elements(network, settings).elements:
            members[name].append(element)
    lines = [f"table {TABLE} {{"]
    for name, kind in _SETS.items():
        listed = f" elements = {{ {', '.join(members[name])} }};" if members[name] else ""
        lines.append(f"    set {name} {{ {kind};{listed}")
        lines.append("    }")
    return LoadRules(TABLE, "\n".join(lines) + "\n" + chains + "}\n")
