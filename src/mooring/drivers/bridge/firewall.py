"""The table ``inet mooring``: what may pass to networks, and how packets leave and come in. Pure.

The chains never change. Networks and published ports come and go as elements of sets and maps, so
that a thousand of them cost what one costs. ``docs/firewall.md`` explains every rule.
"""

import re
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Final

from mooring.controller.driver import DriverSettings
from mooring.drivers.bridge import options
from mooring.linux.operation import AddElements, LoadRules
from mooring.model.network import Network
from mooring.model.port import Publication

TABLE: Final = "inet mooring"

_DEFAULTS: Final = DriverSettings()
_CHAINS: Final = """\
    chain loopback {
        type filter hook prerouting priority raw;
        iifname @bridges ip daddr 127.0.0.0/8 drop
    }
    chain translate {
        dnat ip to ip daddr . meta l4proto . th dport map @published4
        dnat ip6 to ip6 daddr . meta l4proto . th dport map @published6
        fib daddr type != local return
        dnat ip to meta l4proto . th dport map @everywhere4
        dnat ip6 to meta l4proto . th dport map @everywhere6
    }
    chain prerouting {
        type nat hook prerouting priority dstnat;
        ip daddr 127.0.0.0/8 return
        meta l4proto { tcp, udp, sctp } jump translate
    }
    chain output {
        type nat hook output priority -100;
        ip6 daddr ::1 return
        meta l4proto { tcp, udp, sctp } jump translate
    }
    chain refuse {
        type filter hook output priority filter;
        ip6 daddr ::1 meta l4proto tcp meta l4proto . th dport @closed6 reject with tcp reset
        ip6 daddr ::1 meta l4proto . th dport @closed6 reject
    }
    chain forward {
        type filter hook forward priority filter;
        iifname . oifname @within accept
        iifname @internal drop
        oifname @internal drop
        oifname @bridges ct state established,related accept
        oifname @bridges ct status dnat accept
        oifname @bridges drop
    }
    chain postrouting {
        type nat hook postrouting priority srcnat;
        oifname @bridges ct status dnat ip saddr 127.0.0.0/8 masquerade
        oifname @bridges ct status dnat ip saddr @subnets4 masquerade
        oifname @bridges ct status dnat ip6 saddr @subnets6 masquerade
        iifname . oifname @within accept
        ip saddr @masquerade4 ip daddr != 224.0.0.0/4 oifname != @bridges masquerade
        ip6 saddr @masquerade6 ip6 daddr != ff00::/8 oifname != @bridges masquerade
    }
"""
_HOOK: Final = re.compile(r"^ +type .*;\n", re.MULTILINE)
"""The line that makes a chain a base chain: one that packets come to by themselves."""
_PORT: Final = "inet_proto . inet_service"
_KINDS: Final = {
    "bridges": "set {name} {{ type ifname;",
    "within": "set {name} {{ type ifname . ifname;",
    "internal": "set {name} {{ type ifname;",
    "subnets4": "set {name} {{ type ipv4_addr; flags interval;",
    "subnets6": "set {name} {{ type ipv6_addr; flags interval;",
    "masquerade4": "set {name} {{ type ipv4_addr; flags interval;",
    "masquerade6": "set {name} {{ type ipv6_addr; flags interval;",
    "published4": f"map {{name}} {{{{ type ipv4_addr . {_PORT} : ipv4_addr . inet_service;",
    "published6": f"map {{name}} {{{{ type ipv6_addr . {_PORT} : ipv6_addr . inet_service;",
    "everywhere4": f"map {{name}} {{{{ type {_PORT} : ipv4_addr . inet_service;",
    "everywhere6": f"map {{name}} {{{{ type {_PORT} : ipv6_addr . inet_service;",
    "closed6": f"set {{name}} {{{{ type {_PORT};",
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
    for pool in network.pools:
        version = ip_network(pool.subnet).version
        found.append((f"subnets{version}", pool.subnet))
        if chosen.masquerade and not network.internal:
            found.append((f"masquerade{version}", pool.subnet))
    return AddElements(TABLE, tuple(found))


def port_elements(publication: Publication) -> AddElements:
    """What the ports of an endpoint add to the maps."""
    found = []
    for port in publication.ports:
        host = ip_address(port.host_ip)
        endpoint = publication.endpoint
        address = (endpoint.ipv4 if host.version == 4 else endpoint.ipv6).partition("/")[0]
        key = f"{port.protocol} . {port.host_port}"
        target = f"{address} . {port.container_port}"
        if not host.is_unspecified:
            found.append((f"published{host.version}", f"{host} . {key} : {target}"))
            continue
        found.append((f"everywhere{host.version}", f"{key} : {target}"))
        if host.version == 6:
            found.append(("closed6", key))
    return AddElements(TABLE, tuple(found))


def table(
    networks: Sequence[Network],
    publications: Sequence[Publication] = (),
    settings: DriverSettings = _DEFAULTS,
) -> LoadRules:
    """The whole table for these networks and ports; an empty one where there shall be none.

    Packets of a family that is not ours to manage leave the chains at once.
    """
    if not (settings.firewall4 or settings.firewall6):
        return LoadRules(TABLE, "")
    unmanaged = ""
    if not settings.firewall4:
        unmanaged = "        meta nfproto ipv4 accept\n"
    if not settings.firewall6:
        unmanaged = "        meta nfproto ipv6 accept\n"
    chains = _HOOK.sub(rf"\g<0>{unmanaged}", _CHAINS)
    members: dict[str, list[str]] = {name: [] for name in _KINDS}
    added = [elements(network, settings) for network in networks]
    added += map(port_elements, publications)
    for name, element in (pair for operation in added for pair in operation.elements):
        members[name].append(element)
    lines = [f"table {TABLE} {{"]
    for name, kind in _KINDS.items():
        listed = f" elements = {{ {', '.join(members[name])} }};" if members[name] else ""
        lines.append(f"    {kind.format(name=name)}{listed}")
        lines.append("    }")
    return LoadRules(TABLE, "\n".join(lines) + "\n" + chains + "}\n")
