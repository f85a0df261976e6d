"""Endpoints in JSON (Docker Engine API 1.43, ``EndpointSettings``)."""

import msgspec
from msgspec import field


class EndpointIpamJson(
    msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True
):
    """The addresses that were asked for, without prefix lengths."""

    ipv4_address: str | None = field(default=None, name="IPv4Address")
    ipv6_address: str | None = field(default=None, name="IPv6Address")
    link_local_ips: list[str] | None = field(default=None, name="LinkLocalIPs")


class EndpointJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A sandbox's place on a network. A request sets the first six and the rest is the answer."""

    ipam_config: EndpointIpamJson | None = field(default=None, name="IPAMConfig")
    links: list[str] | None = None
    aliases: list[str] | None = None
    mac_address: str | None = None
    driver_opts: dict[str, str] | None = None
    gw_priority: int | None = None
    dns_names: list[str] | None = field(default=None, name="DNSNames")
    network_id: str = field(default="", name="NetworkID")
    endpoint_id: str = field(default="", name="EndpointID")
    gateway: str = ""
    ip_address: str = field(default="", name="IPAddress")
    ip_prefix_len: int = field(default=0, name="IPPrefixLen")
    ipv6_gateway: str = field(default="", name="IPv6Gateway")
    global_ipv6_address: str = field(default="", name="GlobalIPv6Address")
    global_ipv6_prefix_len: int = field(default=0, name="GlobalIPv6PrefixLen")


class NetworkingJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The networks to join, in the order of the object's members."""

    endpoints_config: dict[str, EndpointJson | None] | None = None
