"""Connections: putting a running sandbox on one more network, and taking it off."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

from msgspec.structs import replace

from mooring.controller.contract import Machine
from mooring.controller.endpoints import Endpoints
from mooring.controller.ledger import Ledger
from mooring.controller.locks import Locks
from mooring.controller.planner import Planner
from mooring.controller.presence import Presence
from mooring.controller.publishing import Publishing
from mooring.linux.operation import Plan
from mooring.model.endpoint import Endpoint, EndpointRequest
from mooring.model.error import ConflictError, ForbiddenError, NotFoundError
from mooring.model.network import Network
from mooring.model.sandbox import Sandbox


class Connections:
    """The verbs ``connect`` and ``disconnect``."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        endpoints: Endpoints,
        planner: Planner,
        presence: Presence,
        publishing: Publishing,
        machine: Machine,
        locks: Locks,
    ) -> None:
        self._ledger = ledger
        self._endpoints = endpoints
        self._planner = planner
        self._presence = presence
        self._publishing = publishing
        self._machine = machine
        self._locks = locks

    async def connect(self, ref: str, request: EndpointRequest) -> Endpoint:
        """Put a sandbox on a network; when this returns its names resolve there."""
        sandbox = self._ledger.sandbox(ref)
        network = self._ledger.network(request.network)
        async with self._locks.hold(sandbox.id, network.id), AsyncExitStack() as undo:
            sandbox, network = self._ledger.sandbox(sandbox.id), self._ledger.network(network.id)
            request = replace(request, network=network.id)
            before = self._ledger.endpoints_in(sandbox.id)
            self._check(sandbox, network, request, before)
            taken = [*await self._endpoints.interfaces(sandbox), *(e.interface for e in before)]
            (endpoint,) = self._endpoints.prepare(sandbox, [request], taken, undo)
            after = [*before, endpoint]
            published = await self._publishing.settle(sandbox, after, undo)
            old, sandbox = sandbox, replace(sandbox, published=published)
            undo.push_async_callback(self._remember_ports, old)
            undo.push_async_callback(self._ledger.remove, endpoint)
            await self._remember_ports(sandbox, endpoint)
            gone, come = self._republish(old, before, sandbox, after)
            undo.push_async_callback(self._machine.apply, gone)
            undo.push_async_callback(self._machine.apply, self._planner.reach(sandbox, before))
            link = self._planner.links(sandbox, [endpoint])
            resolver = self._planner.resolver(sandbox, before, after)
            undo.push_async_callback(self._machine.revert, (*link, *resolver, *come))
            await self._machine.revert(gone)
            reach = self._planner.reach(sandbox, after)
            opened = await self._machine.apply((*link, *reach, *resolver, *come))
            endpoint = replace(endpoint, joined=True)
            sandbox = self._presence.listen(sandbox, after, opened)
            undo.callback(self._presence.narrow, sandbox, before)
            self._refuse_leaving(sandbox)
            undo.callback(self._presence.withdraw, [endpoint])
            self._presence.claim([endpoint])
            await self._ledger.put(sandbox, endpoint)
            undo.pop_all()
        self._presence.tell_network("connect", endpoint, sandbox)
        return endpoint

    async def disconnect(self, ref: str, network_ref: str, *, force: bool) -> None:
        """Take a sandbox off a network. With ``force`` it is fine if it is not on it."""
        network = self._ledger.network(network_ref)
        sandbox = self._ledger.sandbox(ref)
        async with self._locks.hold(sandbox.id, network.id):
            sandbox = self._ledger.sandbox(sandbox.id)
            endpoint = self._ledger.find_endpoint(sandbox.id, network.id)
            if endpoint is None:
                if force:
                    return
                raise NotFoundError(
                    f"{sandbox.name} is not connected to the network {network.name}",
                    f"moor network inspect {network.name} shows who is",
                )
            if self._planner.single([endpoint]):
                raise ForbiddenError(
                    f"{sandbox.name} cannot be disconnected from the network {network.name}",
                    "remove it and run it again on another network",
                )
            before = self._ledger.endpoints_in(sandbox.id)
            rest = [e for e in before if e.id != endpoint.id]
            self._presence.withdraw([endpoint])
            self._presence.narrow(sandbox, rest)
            kept = self._publishing.keep(sandbox, rest)
            old, sandbox = sandbox, replace(sandbox, published=kept)
            await self._remember_ports(sandbox, replace(endpoint, joined=False))
            gone, come = self._republish(old, before, sandbox, rest)
            link = self._planner.links(sandbox, [endpoint])
            resolver = self._planner.resolver(sandbox, rest, [endpoint])
            await self._machine.revert((*link, *resolver, *gone))
            reach = self._planner.reach(sandbox, rest)
            await self._machine.apply((*self._planner.forget([endpoint]), *reach, *come))
            await self._publishing.give_back([p for p in old.published if p not in kept])
            self._endpoints.release(endpoint)
            await self._ledger.remove(endpoint)
        self._presence.tell_network("disconnect", endpoint, sandbox)

    async def _remember_ports(self, sandbox: Sandbox, *endpoints: Endpoint) -> None:
        """Store the sandbox's ports with endpoints; what else became of it meanwhile stays."""
        now = self._ledger.sandbox(sandbox.id)
        await self._ledger.put(replace(now, published=sandbox.published), *endpoints)

    def _republish(
        self,
        old: Sandbox,
        before: Sequence[Endpoint],
        new: Sandbox,
        after: Sequence[Endpoint],
    ) -> tuple[Plan, Plan]:
        """What to revert and what to apply so that ports lead to the endpoints that are now the
        sandbox's ways out."""
        leads = self._planner.publishing(old, before)
        shall = self._planner.publishing(new, after)
        gone = tuple(operation for operation in leads if operation not in shall)
        return gone, tuple(operation for operation in shall if operation not in leads)

    def _check(
        self,
        sandbox: Sandbox,
        network: Network,
        request: EndpointRequest,
        before: Sequence[Endpoint],
    ) -> None:
        self._refuse_leaving(sandbox)
        if self._ledger.find_endpoint(sandbox.id, network.id):
            raise ForbiddenError(
                f"{sandbox.name} is connected to the network {network.name} already",
                f"disconnect it first (moor network disconnect {network.name} {sandbox.name})",
            )
        single = self._planner.single(before)
        if before and (single or not self._planner.driver(network.id).plumbs):
            other = single or self._ledger.networks[before[0].network_id].name
            raise ForbiddenError(
                f"{sandbox.name} is on the network {other} and cannot be on {network.name} as well",
                "remove it and run it again on the networks that you want",
            )
        self._endpoints.check([request])

    def _refuse_leaving(self, sandbox: Sandbox) -> None:
        """Raise ConflictError for a sandbox that is to go, whose names must not come back."""
        if not self._ledger.sandbox(sandbox.id).ready:
            raise ConflictError(f"{sandbox.name} is being taken down", "wait until it is gone")
