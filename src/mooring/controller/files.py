"""The files that a sandbox has over those of /etc: hostname, hosts and resolv.conf. Pure."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from msgspec.structs import replace

from mooring.controller.contract import HostFiles
from mooring.linux import hosts, resolv_conf
from mooring.linux.hosts import Entry
from mooring.linux.operation import Plan, WriteFile
from mooring.linux.resolv_conf import Overrides, ResolvConf
from mooring.model.endpoint import Endpoint
from mooring.model.error import InvalidArgumentError
from mooring.model.identity import check_domain_name
from mooring.model.name_server import DNS_PORT, parse_name_server
from mooring.model.network import Network
from mooring.model.sandbox import Sandbox, SandboxRequest

RESOLVER_ADDRESS: Final = "127.0.0.11"
"""Where every sandbox finds its resolver, as in Docker."""

_REQUIRED_OPTIONS: Final = ("ndots:0",)
"""Single-label names are the commonest here: ask for them as they are, before any search list."""

_NOBODY_TO_ASK: Final = (
    "The host names no server that can be reached from here: those on its loopback cannot.",
    "Say whom to ask with --dns, or use a network of your own, whose resolver asks as the host.",
)
"""What a resolv.conf without a server says: nobody is ever asked whom the user did not choose."""

_LIMIT: Final = 64
"""Servers, search domains, options or extra hosts that a sandbox may name."""

_OPTION: Final = re.compile(r"[!-~]{1,255}\Z")
"""One word of a line."""


class Files:
    """Decides what the files say."""

    def __init__(self, host: HostFiles, networks: Mapping[str, Network]) -> None:
        self._host = host
        self._networks = networks

    def check(self, request: SandboxRequest) -> None:
        """Raise InvalidArgumentError for settings that no file can hold."""
        for what, values in (
            ("--dns", request.dns.servers),
            ("--dns-search", request.dns.search),
            ("--dns-option", request.dns.options),
            ("--add-host", request.extra_hosts),
        ):
            if len(values) > _LIMIT:
                raise InvalidArgumentError(
                    f"{what} is given {len(values)} times", f"{_LIMIT} times is the most"
                )
        for server in request.dns.servers:
            parse_name_server(server)
        for domain in request.dns.search:
            if domain != ".":
                check_domain_name("search domain", domain)
        for option in request.dns.options:
            if not _OPTION.match(option):
                raise InvalidArgumentError(
                    f"{option[:40]!r} is no option of resolv.conf", "write it as ndots:2"
                )
        for extra in request.extra_hosts:
            hosts.extra_entries(extra, ["192.0.2.1"])

    def check_on(self, sandbox: Sandbox, endpoints: Sequence[Endpoint], *, resolving: bool) -> None:
        """Raise InvalidArgumentError for settings that these networks leave no room for."""
        for extra in sandbox.extra_hosts:
            hosts.extra_entries(extra, _gateways(sandbox, endpoints))
        if not resolving:
            overridden = resolv_conf.override(ResolvConf(), Overrides(sandbox.dns.servers))
            resolv_conf.for_legacy(overridden, ipv6=False)

    def plan(self, sandbox: Sandbox, endpoints: Sequence[Endpoint], *, resolving: bool) -> Plan:
        """All three files. ``resolving``: the sandbox has a resolver of its own.

        Networks come and go: what those of today leave no room for is left out until others do.
        """
        return (
            WriteFile(_path(sandbox, "hostname"), f"{sandbox.hostname}\n"),
            WriteFile(_path(sandbox, "hosts"), self._hosts(sandbox, endpoints)),
            self.resolv_conf(sandbox, endpoints, resolving=resolving),
        )

    def resolv_conf(
        self, sandbox: Sandbox, endpoints: Sequence[Endpoint], *, resolving: bool
    ) -> WriteFile:
        """The resolv.conf. One that follows the host's does so until it is edited."""
        ipv6 = any(endpoint.ipv6 for endpoint in endpoints)
        text = self._resolv_conf(sandbox, resolving=resolving, ipv6=ipv6)
        return WriteFile(_path(sandbox, "resolv.conf"), text, unless_edited=not resolving)

    def _hosts(self, sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> str:
        if _is_the_hosts_own(sandbox) and not sandbox.extra_hosts:
            return self._host.hosts()
        names = hosts.own_names(sandbox.hostname, sandbox.domainname)
        addresses = [a for e in endpoints for a in (e.ipv4, e.ipv6) if a]
        own = [Entry(address.partition("/")[0], names) for address in addresses]
        if not own:
            own = [Entry("127.0.1.1", names)]
        gateways = _gateways(sandbox, endpoints)
        extra = [
            entry
            for text in sandbox.extra_hosts
            if gateways or not hosts.needs_gateway(text)
            for entry in hosts.extra_entries(text, gateways)
        ]
        return hosts.render([*extra, *own])

    def _resolv_conf(self, sandbox: Sandbox, *, resolving: bool, ipv6: bool) -> str:
        settings = sandbox.dns
        legacy = not resolving and not _is_the_hosts_own(sandbox)
        path, text = self._host.path, self._host.resolv_conf()
        if legacy:
            path, text = self._host.reachable_resolv_conf()
        servers = None
        if settings.servers:
            servers = tuple(s for s in settings.servers if resolving or not _has_port(s))
        conf = resolv_conf.override(
            resolv_conf.parse(text, path),
            Overrides(servers, settings.search or None, settings.options or None),
        )
        if resolving:
            conf = resolv_conf.for_resolver(conf, RESOLVER_ADDRESS, _REQUIRED_OPTIONS)
        elif legacy:
            conf = resolv_conf.for_legacy(conf, ipv6=ipv6)
            if not conf.servers:
                conf = replace(conf, warnings=(*conf.warnings, *_NOBODY_TO_ASK))
        return resolv_conf.render(conf)


def _gateways(sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> list[str]:
    """Where the sandbox reaches the host."""
    if _is_the_hosts_own(sandbox):
        return ["127.0.0.1"]
    return [g for e in endpoints for g in (e.gateway4, e.gateway6) if g]


def _has_port(server: str) -> bool:
    """Whether only a resolver can ask this server, since resolv.conf cannot name its port."""
    return parse_name_server(server).port != DNS_PORT


def _path(sandbox: Sandbox, name: str) -> str:
    return str(PurePosixPath(sandbox.directory, name))


def _is_the_hosts_own(sandbox: Sandbox) -> bool:
    """Whether the sandbox is on the network ``host``, without a stack of its own."""
    return not sandbox.netns
