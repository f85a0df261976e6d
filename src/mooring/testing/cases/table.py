"""Which part of Mooring answers which group of cases, and why the others have none."""

from collections.abc import Callable
from typing import Final, TypeAlias

from mooring.testing.cases import (
    addresses,
    answers,
    gateways,
    hosts,
    plumbing,
    pools,
    prefixes,
    records,
    resolv_conf,
)
from mooring.testing.cases.case import Case
from mooring.testing.cases.outcome import Differs

Adapter: TypeAlias = Callable[[Case, Case], Differs | None]
"""Puts one case (and what its group says of all of them) through the product.

Raises Mismatch or NotApplicable; a refusal of the product's own that it lets out is a failure.
"""

_NOT_BUILT: Final = "not built yet: {}"
_NO_ADAPTER: Final = "built, and nobody puts it through yet: {}"
_PACKETS: Final = (
    "never: the texts of iptables rules; here what counts is which packets pass, and that is "
    "tested with packets"
)


TABLE: Final[dict[str, Adapter | str]] = {
    "resolvconf_internal_resolver": resolv_conf.internal_resolver,
    "resolvconf_legacy_bridge": resolv_conf.legacy_bridge,
    "resolvconf_overrides": resolv_conf.overrides,
    "resolvconf_option_lookup": resolv_conf.option_lookup,
    "resolvconf_invalid_ndots": resolv_conf.invalid_ndots,
    "resolvconf_user_modified": resolv_conf.user_modified,
    "resolvconf_misc": resolv_conf.reading,
    "resolvconf_nameservers_as_prefix": resolv_conf.nameservers_as_prefix,
    "resolvconf_filter_pre26": resolv_conf.filtered,
    "sandbox_dns_options": hosts.dns_options,
    "etc_hosts": hosts.etc_hosts,
    "etc_hosts_lifecycle": hosts.lifecycle,
    "hosts_hostname_record": hosts.hostname_record,
    "extra_hosts_validation": hosts.extra_hosts,
    "ipam_dynamic_pool": pools.dynamic,
    "ipam_predefined_dedup": pools.deduplicated,
    "ipam_allocated_order": pools.ordered,
    "ipam_pool_alloc_release": pools.released,
    "ipam_overlap": pools.overlapping,
    "ipam_nth_address": addresses.nth,
    "ipam_sequences": addresses.sequence,
    "ipam_pool_id": pools.named,
    "ipam_default_pools": pools.defaults,
    "ipam_aux_addresses": pools.auxiliary,
    "network_ipam_validation": pools.network_request,
    "bridge_config_validation": plumbing.bridge_settings,
    "ip_prefix_after": prefixes.after,
    "ip_last_addr": prefixes.last,
    "ip_subnets_between": prefixes.between,
    "ip_add": prefixes.addition,
    "ula_prefix": prefixes.unique_local,
    "reserved_networks": prefixes.reserved,
    "reverse_ip": prefixes.reverse_key,
    "gateway_order": gateways.order,
    "dns_records": records.records,
    "dns_answers": answers.answer,
    "dns_name_split": records.split,
    "dns_endpoint_names": records.endpoint,
    "resolver_nat_rules": plumbing.resolver_rules,
    "bridge_setup_queue": plumbing.bridge_queue,
    "link_env": _NOT_BUILT.format("links"),
    "link_port_order": _NOT_BUILT.format("links"),
    "link_iptables": _PACKETS,
    "fixed_cidr_v6_validation": _NO_ADAPTER.format("the daemon's options for the bridge"),
    "daemon_flag_validation": _NO_ADAPTER.format("the daemon's options for the bridge"),
    "default_bridge_ipam_docker0": _NO_ADAPTER.format("the default bridge"),
    "default_bridge_ipam_user_bridge": _NO_ADAPTER.format("the default bridge"),
    "network_mode": _NOT_BUILT.format("network modes"),
    "port_allocator_sequences": _NO_ADAPTER.format("published ports"),
    "reserved_ports_parse": _NO_ADAPTER.format("published ports"),
    "os_port_allocator": _NO_ADAPTER.format("published ports"),
    "port_mappings": _NO_ADAPTER.format("published ports"),
    "port_binding_order": _NO_ADAPTER.format("published ports"),
    "remote_driver_exchanges": _NOT_BUILT.format("remote drivers"),
    "plugin_discovery": _NOT_BUILT.format("remote drivers"),
    "iptables_bridge": _PACKETS,
    "iptables_user_chain": _PACKETS,
}
"""Group to what answers it, or to a sentence that says why nothing does."""
