"""Sandboxes: create, delete, and put back after a restart.

The order is always the same. Making: intent into the ledger, plumbing, names, done into the ledger.
Unmaking: names first, then plumbing, then the ledger. So no name ever points at what is not there,
and after a crash the ledger tells what to finish or to clear away.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Final

from msgspec.structs import replace

from mooring.controller.contract import Machine
from mooring.controller.endpoints import Endpoints
from mooring.controller.files import Files
from mooring.controller.gateway import in_order
from mooring.controller.generated import generate
from mooring.controller.ledger import Ledger
from mooring.controller.locks import Locks
from mooring.controller.paths import Paths
from mooring.controller.planner import Planner
from mooring.controller.presence import Presence
from mooring.controller.publishing import Publishing
from mooring.linux import netns
from mooring.model.aaaa import Aaaa
from mooring.model.endpoint import Endpoint
from mooring.model.error import ConflictError, InvalidArgumentError
from mooring.model.identity import check_domain_name, check_name, new_id, short
from mooring.model.port import Publication
from mooring.model.sandbox import DnsSettings, Sandbox, SandboxRequest
from mooring.model.view import View

_SYSTEM_NAME_LIMIT: Final = 64
"""Octets of a host's or a domain's name, sethostname(2)."""


class Sandboxes:
    """The verbs about sandboxes."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        endpoints: Endpoints,
        planner: Planner,
        presence: Presence,
        publishing: Publishing,
        machine: Machine,
        files: Files,
        paths: Paths,
        locks: Locks,
    ) -> None:
        self._ledger = ledger
        self._endpoints = endpoints
        self._planner = planner
        self._presence = presence
        self._publishing = publishing
        self._machine = machine
        self._files = files
        self._paths = paths
        self._locks = locks
        self.dns_defaults = DnsSettings()
        """What sandboxes have, from now on, that say nothing of the kind themselves."""

    async def create(self, request: SandboxRequest, *, of_run: bool = False) -> Sandbox:
        """Make a sandbox on its networks; when this returns its names resolve everywhere."""
        sandbox = replace(self._decide(request, new_id()), of_run=of_run)
        asked = [
            replace(endpoint, network=self._ledger.network(endpoint.network).id)
            for endpoint in request.endpoints
        ]
        held = (sandbox.id, *(endpoint.network for endpoint in asked))
        async with self._locks.hold(*held), AsyncExitStack() as undo:
            self._endpoints.check(asked)
            self._ledger.refuse_taken_name(sandbox.name)
            self._ledger.reserve(sandbox)
            undo.push_async_callback(self._ledger.remove, sandbox)
            if not sandbox.owned:
                sandbox = await self._adopt(sandbox)
            taken = await self._endpoints.interfaces(sandbox)
            endpoints = self._endpoints.prepare(sandbox, asked, taken, undo)
            single = self._planner.single(endpoints)
            _refuse_filter(sandbox, single)
            if single == "host":
                sandbox = replace(sandbox, netns="", owned=False)
            self._planner.check(sandbox, endpoints)
            self._publishing.check(sandbox, endpoints)
            published = await self._publishing.settle(sandbox, endpoints, undo)
            sandbox = replace(sandbox, published=published)
            undo.push_async_callback(self._ledger.remove, *endpoints)
            await self._ledger.put(sandbox, *endpoints)
            plan = self._planner.whole(sandbox, endpoints)
            undo.push_async_callback(self._machine.revert, plan)
            opened = await self._machine.apply(plan)
            endpoints = [replace(endpoint, joined=True) for endpoint in endpoints]
            undo.callback(self._presence.vanish, sandbox, endpoints)
            sandbox = self._presence.listen(sandbox, endpoints, opened)
            self._presence.claim(endpoints)
            await self._ledger.put(sandbox, *endpoints)
            undo.pop_all()
        for endpoint in endpoints:
            self._presence.tell_network("connect", endpoint, sandbox)
        self._presence.tell("create", sandbox)
        return sandbox

    async def delete(self, ref: str) -> Sandbox:
        """Unmake a sandbox: names, resolver, links, namespace, files, addresses."""
        sandbox = self._ledger.sandbox(ref)
        self.withdraw(sandbox)
        async with self._locks.hold(sandbox.id):
            sandbox = self._ledger.sandbox(sandbox.id)
            endpoints = self._ledger.endpoints_in(sandbox.id)
            self._presence.vanish(sandbox, endpoints)
            await self._ledger.put(replace(sandbox, ready=False))
            await self.discard(sandbox)
        for endpoint in endpoints:
            self._presence.tell_network("disconnect", endpoint, sandbox)
        self._presence.tell("destroy", sandbox)
        return sandbox

    def withdraw(self, sandbox: Sandbox) -> None:
        """Take every name of a sandbox that is to go out of the book, at once and for good."""
        self._ledger.reserve(replace(sandbox, ready=False))
        self._presence.withdraw(self._ledger.endpoints_in(sandbox.id))

    async def discard(self, *sandboxes: Sandbox) -> None:
        """Take down what is left of sandboxes whose names are gone, and forget them."""
        of_each = [(sandbox, self._ledger.endpoints_in(sandbox.id)) for sandbox in sandboxes]
        endpoints = [endpoint for _, found in of_each for endpoint in found]
        plan = [step for each in of_each for step in self._planner.traces(*each)]
        await self._machine.revert(plan)
        await self._machine.apply(self._planner.forget(endpoints))
        for endpoint in endpoints:
            self._endpoints.release(endpoint)
        await self._ledger.remove(*endpoints, *sandboxes)
        for sandbox in sandboxes:
            await self._publishing.give_back(sandbox.published)

    async def follow_host(self) -> None:
        """Write again every resolv.conf that is made from the host's, but those edited inside."""
        for identity in list(self._ledger.sandboxes):
            async with self._locks.hold(identity):
                sandbox = self._ledger.sandboxes.get(identity)
                if sandbox is not None and sandbox.ready:
                    endpoints = self._ledger.endpoints_in(identity)
                    await self._machine.apply(self._planner.resolv_conf(sandbox, endpoints))

    async def restore(self, sandbox: Sandbox) -> None:
        """Put a living sandbox back as it was meant: its resolver and names before all else."""
        endpoints = [e for e in self._ledger.endpoints_in(sandbox.id) if e.joined]
        opened = await self._machine.apply(self._planner.resolver(sandbox, [], endpoints))
        restored = self._presence.listen(sandbox, endpoints, opened)
        self._presence.claim(endpoints)
        if restored != sandbox:
            await self._ledger.put(restored)

    async def hold_ports(self, sandbox: Sandbox) -> None:
        """After a start: hold what the sandbox has published before others find it free."""
        await self._publishing.hold(sandbox)

    def publications(self, sandbox: Sandbox) -> list[Publication]:
        """What leads to the sandbox from ports of the host."""
        endpoints = [e for e in self._ledger.endpoints_in(sandbox.id) if e.joined]
        return self._planner.publications(sandbox, endpoints)

    def reclaim_ports(self) -> None:
        """After a start: no port that a sandbox has is given to another."""
        for sandbox in self._ledger.sandboxes.values():
            self._publishing.reclaim(sandbox)

    async def mend(self, sandbox: Sandbox) -> None:
        """Apply a living sandbox's plan again, and finish what was left half done of it."""
        endpoints = self._ledger.endpoints_in(sandbox.id)
        whole = [endpoint for endpoint in endpoints if endpoint.joined]
        if half := [endpoint for endpoint in endpoints if not endpoint.joined]:
            link = self._planner.links(sandbox, half)
            await self._machine.revert((*link, *self._planner.resolver(sandbox, whole, half)))
            await self._machine.apply(self._planner.forget(half))
            for endpoint in half:
                self._endpoints.release(endpoint)
            await self._ledger.remove(*half)
        sandbox = await self._narrow(self._ledger.sandboxes[sandbox.id], whole)
        await self._machine.apply(self._planner.again(sandbox, whole))

    def in_gateway_order(self, sandbox_id: str) -> list[Endpoint]:
        """The sandbox's endpoints, the one that gives the default gateway first."""
        return in_order(self._ledger.endpoints_in(sandbox_id), self._ledger.networks)

    def view(self, sandbox: Sandbox) -> View:
        """What the sandbox's resolver sees."""
        return self._planner.view(sandbox, self._ledger.endpoints_in(sandbox.id))

    async def _narrow(self, sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> Sandbox:
        """The sandbox without ports of a family through which nothing leads to it any more."""
        kept = self._publishing.keep(sandbox, endpoints)
        dropped = [port for port in sandbox.published if port not in kept]
        if dropped:
            sandbox = replace(sandbox, published=kept)
            await self._ledger.put(sandbox)
            await self._publishing.give_back(dropped)
        return sandbox

    async def _adopt(self, sandbox: Sandbox) -> Sandbox:
        """The sandbox with its lent namespace identified: nobody else's, and not the machine's."""
        ours = [other for other in self._ledger.sandboxes.values() if other.owned]

        def look() -> tuple[int, int, list[Sandbox]]:
            inode = netns.inode(sandbox.netns)
            same = [other for other in ours if netns.exists(other.netns, inode)]
            return inode, netns.inode(netns.HERE), same

        inode, own, holders = await self._machine.call(look)
        if inode == own:
            raise InvalidArgumentError(
                f"{sandbox.netns} is the machine's own network namespace",
                "give another, or use the network host",
            )
        holders += [s for s in self._ledger.sandboxes.values() if s.namespace_inode == inode]
        if holders:
            raise ConflictError(
                f"the network namespace {sandbox.netns} belongs to the sandbox {holders[0].name}",
                f"connect that one (moor network connect NETWORK {holders[0].name})",
            )
        sandbox = replace(sandbox, namespace_inode=inode)
        self._ledger.reserve(sandbox)
        return sandbox

    def _decide(self, request: SandboxRequest, identity: str) -> Sandbox:
        name = request.name or generate(self._is_taken)
        check_name("sandbox", name)
        self._ledger.refuse_taken_name(name)
        hostname = request.hostname or short(identity)
        _check_system_name("hostname", hostname)
        if request.domainname:
            _check_system_name("domain name", request.domainname)
        if request.netns and ("\0" in request.netns or not request.netns.startswith("/")):
            raise InvalidArgumentError(
                f"{request.netns!r} is not an absolute path", "give one such as /run/netns/NAME"
            )
        self._files.check(request)
        return Sandbox(
            id=identity,
            name=name,
            created=datetime.now(UTC).isoformat(),
            netns=request.netns or self._paths.namespace(identity),
            owned=not request.netns,
            directory=self._paths.sandbox(identity),
            hostname=hostname,
            domainname=request.domainname,
            dns=self._with_defaults(request.dns),
            extra_hosts=request.extra_hosts,
            labels=request.labels,
            ports=self._publishing.wanted(request),
            exposed=request.exposed,
        )

    def _with_defaults(self, asked: DnsSettings) -> DnsSettings:
        return replace(
            asked,
            servers=asked.servers or self.dns_defaults.servers,
            search=asked.search or self.dns_defaults.search,
            options=asked.options or self.dns_defaults.options,
        )

    def _is_taken(self, name: str) -> bool:
        try:
            self._ledger.refuse_taken_name(name)
        except ConflictError:
            return True
        return False


def _check_system_name(what: str, name: str) -> None:
    """Raise InvalidArgumentError unless the kernel can be told that this is the machine's name."""
    check_domain_name(what, name)
    if len(name) > _SYSTEM_NAME_LIMIT:
        raise InvalidArgumentError(
            f"{what} {name[:20]!r}… is {len(name)} characters long",
            f"the kernel keeps at most {_SYSTEM_NAME_LIMIT}; leave it out, or give a shorter one",
        )


def _refuse_filter(sandbox: Sandbox, single: str) -> None:
    """What has no resolver of ours, and never will, cannot have its answers filtered."""
    if single and sandbox.dns.aaaa is Aaaa.FILTER:
        raise InvalidArgumentError(
            f"a sandbox on the network {single} asks name servers itself, past any filter",
            "leave out --dns-aaaa, or use a network that was created",
        )
