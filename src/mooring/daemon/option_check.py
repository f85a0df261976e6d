"""What is wrong with the daemon's options: all of it, before anything is touched. Pure."""

from collections.abc import Iterator
from ipaddress import ip_interface
from itertools import combinations
from typing import Final

from mooring.controller.default_network import DEVICE
from mooring.daemon.bridge_check import (
    check_bip,
    check_bridge,
    check_fixed_cidr,
    check_fixed_cidr_v6,
    check_gateway,
)
from mooring.daemon.config import NO_BRIDGE, TTL_LIMIT, Config
from mooring.daemon.log import FORMATS, LEVELS
from mooring.drivers.bridge import options as bridge_options
from mooring.ipam.predefined import PredefinedPool, predefined_pool
from mooring.ipam.prefix import overlaps
from mooring.model.error import InvalidArgumentError
from mooring.model.identity import check_domain_name
from mooring.model.name_server import DNS_PORT, parse_name_server

_LIMIT: Final = 64
"""Servers, search domains, options or pools that may be named."""


def problems(config: Config) -> list[str]:
    """Every problem of the options, a sentence each."""
    alone = [
        *check_bip("--bip", config.bip, 4),
        *check_bip("--bip6", config.bip6, 6),
        *check_fixed_cidr(config.fixed_cidr),
        *check_fixed_cidr_v6(config.fixed_cidr_v6),
        *check_gateway("--default-gateway", config.default_gateway, 4),
        *check_gateway("--default-gateway-v6", config.default_gateway_v6, 6),
    ]
    found = [*alone, *_bridge_name(config), *_exclusive(config), *_dns(config), *_pools(config)]
    found += _words(config)
    if not alone:
        found += _ranges(config)
        found += check_bridge(
            ipv4=config.bip,
            ipv6=config.bip6,
            default_gateway=config.default_gateway,
            default_gateway_v6=config.default_gateway_v6,
            mtu=config.mtu,
            enable_ipv6=config.wants_ipv6,
        )
    return found


def _bridge_name(config: Config) -> Iterator[str]:
    try:
        if config.bridge:
            bridge_options.parse({bridge_options.NAME: config.bridge}, "")
    except InvalidArgumentError as error:
        yield f"--bridge {config.bridge!r}: {error}"


def _exclusive(config: Config) -> Iterator[str]:
    """Options of which one takes the other's meaning away."""
    about_v6 = {
        "--bip6": config.bip6,
        "--fixed-cidr-v6": config.fixed_cidr_v6,
        "--default-gateway-v6": config.default_gateway_v6,
    }
    about_bridge = {
        "--bip": config.bip,
        "--fixed-cidr": config.fixed_cidr,
        "--default-gateway": config.default_gateway,
        **about_v6,
        "--ipv6": config.ipv6,
        "--mtu": config.mtu,
        "--ip-masq": config.ip_masq,
        "--default-bridge-dns": config.default_bridge_dns,
    }
    if config.bridge == NO_BRIDGE:
        for flag, value in about_bridge.items():
            if value:
                yield f"{flag} and --bridge none exclude each other: there is no default bridge"
    elif config.bridge not in ("", DEVICE):
        for flag in ("--bip", "--bip6"):
            if about_bridge[flag]:
                yield (
                    f"--bridge {config.bridge} and {flag} exclude each other: a bridge of your own"
                    " has the addresses that you give it"
                )
    if config.ipv6 is False:
        for flag, value in about_v6.items():
            if value:
                yield f"{flag} and --ipv6=false exclude each other; leave one of them out"
    if config.ip_masq:
        if not config.iptables:
            yield (
                "--ip-masq=true needs the firewall, which --iptables=false leaves alone;"
                " leave one of them out"
            )
        elif not config.ip6tables and config.wants_ipv6:
            yield (
                "--ip-masq=true needs the firewall for IPv6 too, which --ip6tables=false leaves"
                " alone; leave one of them out"
            )


def _ranges(config: Config) -> Iterator[str]:
    """Ranges that are not in the subnet which is given beside them."""
    for suffix, bip, fixed in (
        ("", config.bip, config.fixed_cidr),
        ("6", config.bip6, config.fixed_cidr_v6),
    ):
        if bip and fixed:
            subnet, part = ip_interface(bip).network, ip_interface(fixed).network
            if part.prefixlen < subnet.prefixlen or part.network_address not in subnet:
                flag = "--fixed-cidr-v6" if suffix else "--fixed-cidr"
                yield f"{flag} {part} is not in {subnet}, the subnet of --bip{suffix}"


def _dns(config: Config) -> Iterator[str]:
    named = (
        ("--dns", config.dns),
        ("--dns-search", config.dns_search),
        ("--dns-opt", config.dns_opt),
    )
    for flag, values in named:
        if len(values) > _LIMIT:
            yield f"{flag} is given {len(values)} times; {_LIMIT} times is the most"
    legacy = config.bridge != NO_BRIDGE and not config.default_bridge_dns
    for text in config.dns:
        try:
            server = parse_name_server(text)
        except InvalidArgumentError as error:
            yield f"--dns: {error}"
            continue
        if server.port != DNS_PORT and legacy:
            yield (
                f"--dns {text} has a port, which no resolv.conf on the default bridge can say;"
                " leave it out, or add --default-bridge-dns"
            )
    for domain in config.dns_search:
        try:
            if domain != ".":
                check_domain_name("search domain", domain)
        except InvalidArgumentError as error:
            yield f"--dns-search: {error}"
    for option in config.dns_opt:
        if not option.isascii() or not option.isprintable() or " " in option or not option:
            yield f"--dns-opt {option!r} is no option of resolv.conf; write it as ndots:2"
    if not 0 <= config.dns_ttl <= TTL_LIMIT:
        yield f"--dns-ttl {config.dns_ttl} is no TTL; use a number from 0 to {TTL_LIMIT}"


def _pools(config: Config) -> Iterator[str]:
    flag = "--default-address-pool"
    pools: list[PredefinedPool] = []
    if len(config.default_address_pool) > _LIMIT:
        yield f"{flag} is given {len(config.default_address_pool)} times; {_LIMIT} is the most"
        return
    for entry in config.default_address_pool:
        try:
            pools.append(predefined_pool(entry.base, entry.size))
        except InvalidArgumentError as error:
            yield f"{flag} {entry}: {error}"
    for one, other in combinations(pools, 2):
        if one.base.version == other.base.version and overlaps(
            one.base.network, other.base.network
        ):
            yield f"{flag}: {one.base.network} and {other.base.network} overlap"


def _words(config: Config) -> Iterator[str]:
    for flag, word, known in (
        ("--log-level", config.log_level, LEVELS),
        ("--log-format", config.log_format, FORMATS),
    ):
        if word not in known:
            yield f"{flag} {word!r} is not known; there are {', '.join(known)}"
    for flag, path in (
        ("--data-root", config.data_root),
        ("--run-root", config.run_root),
        ("--resolv-conf", config.resolv_conf),
    ):
        if not path or "\0" in path:
            yield f"{flag} {path!r} is no path"
