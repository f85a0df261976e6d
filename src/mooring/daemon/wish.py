"""What the daemon's options mean to the other rooms, in their words. Pure."""

from mooring.controller.default_network import DEVICE, DefaultBridge
from mooring.controller.default_pool import FamilyOptions
from mooring.controller.driver import DriverSettings
from mooring.daemon.config import NO_BRIDGE, Config
from mooring.ipam.predefined import LOCAL_POOLS, PredefinedPool, predefined_pool, ula_pool
from mooring.model.sandbox import DnsSettings


def default_bridge(config: Config) -> DefaultBridge | None:
    """The default bridge that the options wish; None for none."""
    if config.bridge == NO_BRIDGE:
        return None
    ipv6 = FamilyOptions(
        bip=config.bip6,
        fixed_cidr=config.fixed_cidr_v6,
        default_gateway=config.default_gateway_v6,
    )
    return DefaultBridge(
        device=config.bridge or DEVICE,
        ipv4=FamilyOptions(
            bip=config.bip,
            fixed_cidr=config.fixed_cidr,
            default_gateway=config.default_gateway,
        ),
        ipv6=ipv6 if config.wants_ipv6 else None,
        mtu=config.mtu,
        masquerade=config.ip_masq is not False,
        embedded_dns=config.default_bridge_dns,
    )


def driver_settings(config: Config) -> DriverSettings:
    """What all networks' drivers are told."""
    return DriverSettings(
        firewall4=config.iptables, firewall6=config.ip6tables, forwarding=config.ip_forward
    )


def dns_defaults(config: Config) -> DnsSettings:
    """What sandboxes have that say nothing of the kind themselves."""
    return DnsSettings(servers=config.dns, search=config.dns_search, options=config.dns_opt)


def local_pools(config: Config, machine_id: str) -> tuple[PredefinedPool, ...]:
    """Where subnets are cut from: the options' pools, and the usual ones of a family that has none.

    The usual IPv6 one is a unique local prefix, derived from what tells this machine from others.
    """
    chosen = [predefined_pool(entry.base, entry.size) for entry in config.default_address_pool]
    versions = {pool.base.version for pool in chosen}
    usual = (*LOCAL_POOLS, ula_pool(machine_id))
    return (*chosen, *(pool for pool in usual if pool.base.version not in versions))
