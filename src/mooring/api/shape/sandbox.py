"""Sandboxes in JSON. Docker has no such objects; the style is its."""

import msgspec
from msgspec import field

from mooring.api.shape.endpoint import EndpointJson, NetworkingJson
from mooring.api.shape.port import PortBindingJson


class DnsJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What goes into resolv.conf instead of the host's own; and what becomes of AAAA questions for
    outside names: ``auto``, ``pass`` or ``filter``."""

    servers: list[str] = field(default_factory=list)
    search: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    aaaa: str = ""


class SandboxCreateJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The body of ``POST /sandboxes/create``. Without ``Netns``, a new namespace is made."""

    name: str | None = None
    hostname: str | None = None
    domainname: str | None = None
    netns: str | None = None
    dns: DnsJson | None = None
    extra_hosts: list[str] | None = None
    labels: dict[str, str] | None = None
    networking_config: NetworkingJson | None = None
    port_bindings: dict[str, list[PortBindingJson] | None] | None = None


class SandboxCreatedJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The answer to ``POST /sandboxes/create``."""

    id: str
    warnings: list[str]


class SandboxJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A sandbox; its networks are in gateway order."""

    id: str
    name: str
    created: str
    netns: str
    owned: bool
    directory: str
    hostname: str
    domainname: str
    dns: DnsJson
    extra_hosts: list[str]
    labels: dict[str, str]
    networks: dict[str, EndpointJson]
    ports: dict[str, list[PortBindingJson] | None] = field(default_factory=dict)
