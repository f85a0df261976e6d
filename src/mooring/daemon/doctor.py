"""The doctor: what is wrong on this machine, each finding with its remedy."""

import os
import resource
from collections.abc import Callable, Iterable
from ipaddress import ip_address, ip_interface
from pathlib import Path
from typing import Final

from mooring.book.book import Book
from mooring.controller.controller import Controller
from mooring.linux import foreign, netns
from mooring.linux.machine import Machine
from mooring.linux.process import is_alive
from mooring.linux.territory import strays
from mooring.model.finding import Finding, Severity
from mooring.model.run import RunStatus
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
        on_machine = await self._machine.call(self._machine_findings)
        return [*on_machine, *self._upstream(), *self._book_findings()]

    def _machine_findings(self) -> list[Finding]:
        return [
            *self._forwarding(),
            *_one("firewall", foreign.findings(self._bridges()), "nothing else drops our packets"),
            *self._strays(),
            *self._dead(),
            *_files(),
        ]

    def _bridges(self) -> list[str]:
        networks = self._ledger.networks.values()
        return [link for n in networks for link in self._controller.networks.driver(n).links(n)]

    def _forwarding(self) -> Iterable[Finding]:
        """Networks that lead outside need the kernel to forward."""
        problems = []
        for version, key in ((4, "net/ipv4/ip_forward"), (6, "net/ipv6/conf/all/forwarding")):
            needed = any(
                not network.internal
                and any(ip_interface(pool.subnet).version == version for pool in network.pools)
                for network in self._ledger.networks.values()
            )
            if needed and Path("/proc/sys", key).read_text().strip() == "0":
                problems.append(
                    Finding(
                        check="forwarding",
                        severity=Severity.ERROR,
                        message=f"the kernel does not forward IPv{version}: sandboxes cannot reach"
                        " anything outside their network",
                        remedy=f"sysctl -w {key.replace('/', '.')}=1",
                    )
                )
        return _one("forwarding", problems, "the kernel forwards what networks need")

    def _strays(self) -> Iterable[Finding]:
        wanted = self._controller.restoring.wanted().links
        problems = [
            Finding(
                check="strays",
                severity=Severity.WARNING,
                message=f"the link {name} bears our mark and belongs to nothing",
                remedy=f"restart the daemon, which removes it, or: ip link delete {name}",
            )
            for name in strays(self._machine.executor, wanted)
        ]
        return _one("strays", problems, "every link of ours belongs to something")

    def _dead(self) -> Iterable[Finding]:
        """Sandboxes whose namespace or process is gone though the ledger has them."""
        problems = []
        for sandbox in self._ledger.sandboxes.values():
            run = self._ledger.runs.get(sandbox.id)
            ended = run is not None and run.status is RunStatus.RUNNING and run.process is not None
            if ended and run is not None and run.process and is_alive(run.process):
                ended = False
            if ended or _is_gone(sandbox):
                problems.append(
                    Finding(
                        check="sandboxes",
                        severity=Severity.ERROR,
                        message=f"the sandbox {sandbox.name} is in the ledger and does not live",
                        remedy="restart the daemon, which clears it away",
                    )
                )
        return _one("sandboxes", problems, "every sandbox lives")

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


def _is_gone(sandbox: Sandbox) -> bool:
    where = sandbox.netns
    return bool(where) and not netns.exists(where, sandbox.namespace_inode)


def _stale(claimant: str, names: list[str]) -> Finding:
    return Finding(
        check="names",
        severity=Severity.ERROR,
        message=f"{', '.join(names[:5])} resolves for {claimant}, which is gone",
        remedy="restart the daemon, and report this: it is a fault of Mooring's",
    )


def _files() -> Iterable[Finding]:

    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    left = limit - len(os.listdir("/proc/self/fd"))
    problems = []
    if left < _FILE_RESERVE:
        problems.append(
            Finding(
                check="files",
                severity=Severity.WARNING,
                message=f"the daemon can open only {left} more files",
                remedy="start it with a higher limit (ulimit -n, or LimitNOFILE= in its unit)",
            )
        )
    return _one("files", problems, "there is room for many more sandboxes")


def _one(check: str, problems: Iterable[Finding], fine: str) -> list[Finding]:
    found = list(problems)
    return found or [Finding(check=check, severity=Severity.OK, message=fine)]
