"""The doctor: what is wrong on this machine, each finding with its remedy."""

import os
import resource
from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_address, ip_interface
from typing import Final

from mooring.book.book import Book
from mooring.controller.controller import Controller
from mooring.controller.driver import Driver
from mooring.linux import foreign, netns, nftables
from mooring.linux.machine import Machine
from mooring.linux.operation import LoadRules
from mooring.linux.port_owner import find_owner
from mooring.linux.process import is_alive
from mooring.linux.territory import marked
from mooring.model.finding import Finding, Severity
from mooring.model.network import Network
from mooring.model.port import PublishedPort
from mooring.model.run import Run, RunStatus
from mooring.model.sandbox import Sandbox
from mooring.wire.constant import Type
from mooring.wire.name import to_text

_FILE_RESERVE: Final = 256
"""Open files that should be left: a sandbox takes two, a connection one."""


class Doctor:
    """Compares what should be with what is; looks, and changes nothing."""

    def __init__(
        self,
        *,
        controller: Controller,
        book: Book,
        machine: Machine,
        name_servers: Callable[[], tuple[str, ...]],
    ) -> None:
        self._controller = controller
        self._ledger = controller.ledger
        self._book = book
        self._machine = machine
        self._name_servers = name_servers

    async def diagnose(self) -> list[Finding]:
        """Every check, in a fixed order: an OK for each that found nothing."""
        networks = list(self._ledger.networks.values())
        lives = [(s, self._ledger.runs.get(s.id)) for s in self._ledger.sandboxes.values()]
        links = await self._links()
        bridges = [link for network in networks for link in self._driver(network).links(network)]
        tables = sorted(self._tables(networks))
        held = self._machine.held_ports.places()
        unheld = [
            (sandbox, port)
            for sandbox, _ in lives
            for port in sandbox.published
            if (port.protocol, port.host_ip, port.host_port) not in held
        ]

        def look() -> list[Finding]:
            # On the plumber's thread: everything about the ledger has been read before.
            return [
                *_one(
                    "forwarding", _forwarding(networks), "the kernel forwards what networks need"
                ),
                *_one("firewall", foreign.findings(bridges), "nothing else drops our packets"),
                *_one("rules", _rules(tables), "every table of ours is there"),
                *links,
                *_one("sandboxes", _dead(lives), "every sandbox lives"),
                *_one("ports", _ports(unheld), "every published port is held"),
                *_one("files", _files(), "there is room for many more sandboxes"),
            ]

        on_machine = await self._machine.call(look)
        return [*on_machine, *self._upstream(), *self._book_findings()]

    def _driver(self, network: Network) -> Driver:
        return self._controller.networks.driver(network)

    def _tables(self, networks: Iterable[Network]) -> set[str]:
        """Tables of rules that the networks' drivers keep."""
        return {
            operation.table
            for network in networks
            for operation in self._driver(network).plan_start([])
            if isinstance(operation, LoadRules)
        }

    async def _links(self) -> list[Finding]:
        """Links of ours that belong to nothing, and those that are not there.

        Verbs go on meanwhile: what comes or goes during the look is neither.
        """
        explained, due = self._controller.restoring.wanted().links, self._due()
        found = {link.name for link in await self._machine.links()}
        explained, after = explained | self._controller.restoring.wanted().links, self._due()
        strays = [
            Finding(
                check="strays",
                severity=Severity.WARNING,
                message=f"the link {name} bears our mark and belongs to nothing",
                remedy=f"restart the daemon, which removes it, or: ip link delete {name}",
            )
            for name in marked(sorted(found - explained))
        ]
        missing = [
            Finding(
                check="links",
                severity=Severity.ERROR,
                message=f"{owner} has lost its link {name}: somebody deleted it",
                remedy="restart the daemon, which makes it again; sandboxes go on meanwhile",
            )
            for name, owner in due.items()
            if name in after and name not in found
        ]
        return [
            *_one("strays", strays, "every link of ours belongs to something"),
            *_one("links", missing, "every link that should be there is there"),
        ]

    def _due(self) -> dict[str, str]:
        """Links that should be there, and whose they are."""
        ledger = self._ledger
        due = {
            link: f"the network {network.name}"
            for network in ledger.networks.values()
            if network.ready
            for link in self._driver(network).links(network)
        }
        for endpoint in ledger.endpoints.values():
            sandbox = ledger.sandboxes[endpoint.sandbox_id]
            if endpoint.joined and endpoint.host_interface and sandbox.ready:
                due[endpoint.host_interface] = f"the sandbox {sandbox.name}"
        return due

    def _upstream(self) -> Iterable[Finding]:
        problems = []
        if not self._name_servers():
            problems.append(
                Finding(
                    check="upstreams",
                    severity=Severity.WARNING,
                    message="the host's resolv.conf names no server: names outside the networks"
                    " do not resolve",
                    remedy="add a nameserver line to /etc/resolv.conf, or run with --dns ADDRESS",
                )
            )
        return _one("upstreams", problems, "the host has name servers")

    def _book_findings(self) -> Iterable[Finding]:
        """Every address in the book belongs to a sandbox that is there."""
        problems = []
        endpoints = self._ledger.endpoints
        for claimant in self._book.claimants():
            kind, _, identity = claimant.partition("/")
            if kind == "endpoint" and identity not in endpoints:
                names = sorted({to_text(c.record.name) for c in self._book.claims(claimant)})
                problems.append(_stale(claimant, names))
        for endpoint in endpoints.values():
            held = {endpoint.ipv4.partition("/")[0], endpoint.ipv6.partition("/")[0]}
            for claim in self._book.claims(f"endpoint/{endpoint.id}"):
                if claim.record.type in (Type.A, Type.AAAA):
                    address = str(ip_address(claim.record.rdata))
                    if address not in held:
                        problems.append(_stale(claim.claimant, [to_text(claim.record.name)]))
        return _one("names", problems, "every name belongs to something alive")


def _forwarding(networks: Iterable[Network]) -> Iterator[Finding]:
    """Networks that lead outside need the kernel to forward."""
    for version, key in ((4, "net/ipv4/ip_forward"), (6, "net/ipv6/conf/all/forwarding")):
        needed = any(
            not network.internal
            and any(ip_interface(pool.subnet).version == version for pool in network.pools)
            for network in networks
        )
        if needed and netns.sysctl(key) != "1":
            yield Finding(
                check="forwarding",
                severity=Severity.ERROR,
                message=f"the kernel does not forward IPv{version}: sandboxes cannot reach"
                " anything outside their network",
                remedy=f"sysctl -w {key.replace('/', '.')}=1",
            )


def _rules(tables: Iterable[str]) -> Iterator[Finding]:
    for table in tables:
        if not nftables.has_table(table):
            yield Finding(
                check="rules",
                severity=Severity.ERROR,
                message=f"the table {table} is gone: networks are neither led outside nor kept"
                " apart, and none can be made",
                remedy="restart the daemon, which writes it anew; sandboxes go on meanwhile",
            )


def _dead(lives: Iterable[tuple[Sandbox, Run | None]]) -> Iterator[Finding]:
    """Sandboxes whose namespace or process is gone though the ledger has them."""
    for sandbox, run in lives:
        process = run.process if run is not None and run.status is RunStatus.RUNNING else None
        ended = process is not None and not is_alive(process)
        where = sandbox.netns
        if ended or (where and not netns.exists(where, sandbox.namespace_inode)):
            yield Finding(
                check="sandboxes",
                severity=Severity.ERROR,
                message=f"the sandbox {sandbox.name} is in the ledger and does not live",
                remedy="restart the daemon, which clears it away",
            )


def _stale(claimant: str, names: list[str]) -> Finding:
    return Finding(
        check="names",
        severity=Severity.ERROR,
        message=f"{', '.join(names[:5])} resolves for {claimant}, which is gone",
        remedy="restart the daemon, and report this: it is a fault of Mooring's",
    )


def _ports(unheld: Iterable[tuple[Sandbox, PublishedPort]]) -> Iterable[Finding]:
    """Published ports that somebody took while no daemon held them."""
    for sandbox, port in unheld:
        owner = find_owner(port.protocol, port.host_ip, port.host_port)
        yield Finding(
            check="ports",
            severity=Severity.WARNING,
            message=f"port {port.host_port}/{port.protocol} at {port.host_ip} leads to"
            f" {sandbox.name}, and is bound by {owner or 'somebody else'} as well,"
            " who gets nothing there",
            remedy="end that, and restart the daemon",
        )


def _files() -> Iterator[Finding]:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    left = limit - len(os.listdir("/proc/self/fd"))
    if left < _FILE_RESERVE:
        yield Finding(
            check="files",
            severity=Severity.WARNING,
            message=f"the daemon can open only {left} more files",
            remedy="start it with a higher limit (ulimit -n, or LimitNOFILE= in its unit)",
        )


def _one(check: str, problems: Iterable[Finding], fine: str) -> list[Finding]:
    found = list(problems)
    return found or [Finding(check=check, severity=Severity.OK, message=fine)]
