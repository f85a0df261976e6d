"""The files that a sandbox has over those of /etc: hostname, hosts and resolv.conf. Pure."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import PurePosixPath
from typing import Final

from mooring.controller.contract import HostFiles
from mooring.linux import hosts, resolv_conf
from mooring.linux.hosts import Entry
from mooring.linux.operation import Plan, WriteFile
from mooring.linux.resolv_conf import Overrides
from mooring.model.endpoint import Endpoint
from mooring.model.error import InvalidArgumentError
from mooring.model.identity import check_domain_name
from mooring.model.network import Network
from mooring.model.sandbox import DnsSettings, Sandbox, SandboxRequest

RESOLVER_ADDRESS: Final = "127.0.0.11"
"""Where every sandbox finds its resolver, as in Docker."""

_REQUIRED_OPTIONS: Final = ("ndots:0",)
"""Single-label names are the commonest here: ask for them as they are, before any search list."""

_LIMIT: Final = 64
"""Servers, search domains, options or extra hosts that a sandbox may name."""


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
            _check_server(server)
        for domain in request.dns.search:
            if domain != ".":
                check_domain_name("search domain", domain)
        for option in request.dns.options:
            if not option.isascii() or not option.isprintable() or " " in option or not option:
                raise InvalidArgumentError(
                    f"{option!r} is no option of resolv.conf", "write it as ndots:2"
                )
        for extra in request.extra_hosts:
            hosts.parse_extra(extra)

    def plan(self, sandbox: Sandbox, endpoints: Sequence[Endpoint], *, resolving: bool) -> Plan:
        """All three files. ``resolving``: the sandbox has a resolver of its own."""
        texts = {
            "hostname": f"{sandbox.hostname}\n",
            "hosts": self._hosts(sandbox, endpoints),
            "resolv.conf": self._resolv_conf(sandbox.dns, resolving=resolving),
        }
        return tuple(
            WriteFile(str(PurePosixPath(sandbox.directory, name)), text)
            for name, text in texts.items()
        )

    def _hosts(self, sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> str:
        names = hosts.own_names(sandbox.hostname, sandbox.domainname)
        addresses = [a for e in endpoints for a in (e.ipv4, e.ipv6) if a]
        own = [Entry(address.partition("/")[0], names) for address in addresses]
        if not own:
            own = [Entry("127.0.1.1", names)]
        return hosts.render([*map(hosts.parse_extra, sandbox.extra_hosts), *own])

    def _resolv_conf(self, settings: DnsSettings, *, resolving: bool) -> str:
        conf = resolv_conf.override(
            resolv_conf.parse(self._host.resolv_conf(), self._host.path),
            Overrides(settings.servers or None, settings.search or None, settings.options or None),
        )
        if resolving:
            conf = resolv_conf.for_resolver(conf, RESOLVER_ADDRESS, _REQUIRED_OPTIONS)
        return resolv_conf.render(conf)


def _check_server(server: str) -> None:
    try:
        ip_address(server)
    except ValueError:
        raise InvalidArgumentError(
            f"--dns {server!r} is no IP address", "write it as 192.0.2.53 or 2001:db8::53"
        ) from None
