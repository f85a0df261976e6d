"""Networks in JSON (Docker Engine API 1.43, ``Network``)."""

import msgspec
from msgspec import field

from mooring.api.shape.endpoint import EndpointJson


class PoolJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """One entry of ``IPAM.Config``."""

    subnet: str | None = None
    ip_range: str | None = field(default=None, name="IPRange")
    gateway: str | None = None
    auxiliary_addresses: dict[str, str] | None = None


class IpamJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """How a network's addresses are managed."""

    driver: str | None = None
    options: dict[str, str] | None = None
    config: list[PoolJson] | None = None


class AttachedJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A sandbox on a network, as the network lists it."""

    name: str
    endpoint_id: str = field(name="EndpointID")
    mac_address: str
    ipv4_address: str = field(name="IPv4Address")
    ipv6_address: str = field(name="IPv6Address")


class ConfigFromJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The network that another takes its configuration from (never one of ours)."""

    network: str = ""


class NetworkJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A network. ``Containers`` is filled when one network is inspected, by sandbox id."""

    name: str
    id: str
    created: str
    scope: str
    driver: str
    enable_ipv4: bool = field(name="EnableIPv4")
    enable_ipv6: bool = field(name="EnableIPv6")
    ipam: IpamJson = field(name="IPAM")
    internal: bool
    attachable: bool
    ingress: bool = False
    config_from: ConfigFromJson = field(default_factory=ConfigFromJson)
    config_only: bool = False
    containers: dict[str, AttachedJson]
    options: dict[str, str]
    labels: dict[str, str]


class NetworkCreateJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The body of ``POST /networks/create``."""

    name: str
    driver: str | None = None
    scope: str | None = None
    enable_ipv4: bool | None = field(default=None, name="EnableIPv4")
    enable_ipv6: bool | None = field(default=None, name="EnableIPv6")
    ipam: IpamJson | None = field(default=None, name="IPAM")
    internal: bool | None = None
    attachable: bool | None = None
    ingress: bool | None = None
    config_only: bool | None = None
    config_from: ConfigFromJson | None = None
    options: dict[str, str] | None = None
    labels: dict[str, str] | None = None


class NetworkCreatedJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The answer to ``POST /networks/create``."""

    id: str
    warning: str = ""


class ConnectJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The body of ``POST /networks/{ref}/connect``."""

    container: str
    endpoint_config: EndpointJson | None = None


class DisconnectJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The body of ``POST /networks/{ref}/disconnect``."""

    container: str
    force: bool | None = None
