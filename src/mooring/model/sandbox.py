"""Sandboxes: one network stack each, with the files that describe it to the programs inside."""

import msgspec

from mooring.model.aaaa import Aaaa
from mooring.model.endpoint import EndpointRequest
from mooring.model.port import PortRequest, PublishedPort


class DnsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What goes into resolv.conf; an empty tuple means: take the host's.

    ``aaaa`` is for the resolver itself: what it does with AAAA questions for outside names.
    """

    servers: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    aaaa: Aaaa = Aaaa.AUTO


class SandboxRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a user asks of a new sandbox.

    ``netns`` names a namespace that exists already (a path such as ``/proc/123/ns/net``); empty
    asks for a new one. ``extra_hosts`` are ``name:address`` as in ``--add-host``.
    """

    name: str = ""
    hostname: str = ""
    domainname: str = ""
    netns: str = ""
    dns: DnsSettings = DnsSettings()
    extra_hosts: tuple[str, ...] = ()
    endpoints: tuple[EndpointRequest, ...] = ()
    labels: dict[str, str] = {}
    ports: tuple[PortRequest, ...] = ()
    exposed: tuple[tuple[int, str], ...] = ()
    """Ports and protocols that it says to have; published only with ``publish_all``."""
    publish_all: bool = False


class Sandbox(msgspec.Struct, frozen=True, kw_only=True):
    """A sandbox that exists.

    ``netns`` is the path by which its namespace is entered; ``owned`` tells whether Mooring made
    that namespace and removes it. ``directory`` holds its hostname, hosts and resolv.conf.
    """

    id: str
    name: str
    created: str
    netns: str
    owned: bool
    directory: str
    hostname: str = ""
    domainname: str = ""
    dns: DnsSettings = DnsSettings()
    extra_hosts: tuple[str, ...] = ()
    labels: dict[str, str] = {}
    of_run: bool = False
    """Whether it was made for a run, and goes with it."""
    ready: bool = False
    """False from the moment the intent is stored until the namespace and its files exist, and again
    from the moment it is to go."""
    namespace_inode: int = 0
    """What the namespace was when it was lent to us; another one at the same path is not it."""
    resolver_ports: tuple[int, int] = (0, 0)
    """UDP and TCP ports of the resolver inside the namespace, tried again after a restart."""
    ports: tuple[PortRequest, ...] = ()
    """What is to be published, whatever networks it is on."""
    exposed: tuple[tuple[int, str], ...] = ()
    published: tuple[PublishedPort, ...] = ()
    """What is published now, by the networks through which it reaches the outside."""
