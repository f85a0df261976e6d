"""The backend of the API: the controller's verbs, and the daemon's own few."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

import msgspec
from msgspec.structs import replace

from mooring.api.backend import Pruned
from mooring.controller.controller import Controller
from mooring.controller.paths import Paths
from mooring.daemon.doctor import Doctor
from mooring.daemon.events import Events
from mooring.dns.resolver import Resolver
from mooring.linux.operation import Plan
from mooring.model.endpoint import Endpoint, EndpointRequest
from mooring.model.error import ForbiddenError, InvalidArgumentError, NotFoundError
from mooring.model.event import Event
from mooring.model.finding import Finding
from mooring.model.identity import short
from mooring.model.network import Network, NetworkRequest
from mooring.model.run import Process, Run, RunRequest, RunStatus
from mooring.model.sandbox import Sandbox, SandboxRequest
from mooring.model.trace import Trace, TraceStep
from mooring.model.view import NameScope, View


class Removed(msgspec.Struct, frozen=True):
    """Names of what ``prune`` removed."""

    networks: tuple[str, ...]
    runs: tuple[str, ...]


class DaemonBackend:
    """What ``mooring.api.backend.Backend`` asks for."""

    def __init__(
        self,
        *,
        controller: Controller,
        resolver: Resolver,
        doctor: Doctor,
        events: Events,
        paths: Paths,
        metrics: Callable[[], bytes],
    ) -> None:
        self._controller = controller
        self._ledger = controller.ledger
        self._resolver = resolver
        self._doctor = doctor
        self._events = events
        self._paths = paths
        self._metrics = metrics

    def networks(self) -> Sequence[Network]:
        """Every network."""
        return list(self._ledger.networks.values())

    def network(self, ref: str) -> Network:
        """One network."""
        return self._ledger.network(ref)

    async def create_network(self, request: NetworkRequest) -> Network:
        """See ``Networks.create``."""
        return await self._controller.networks.create(request)

    async def plan_network(self, request: NetworkRequest) -> Plan:
        """See ``Networks.plan``."""
        return await self._controller.networks.plan(request)

    async def delete_network(self, ref: str) -> Network:
        """See ``Networks.delete``."""
        return await self._controller.networks.delete(ref)

    def sandboxes(self) -> Sequence[Sandbox]:
        """Every sandbox."""
        return list(self._ledger.sandboxes.values())

    def sandbox(self, ref: str) -> Sandbox:
        """One sandbox."""
        return self._ledger.sandbox(ref)

    async def create_sandbox(self, request: SandboxRequest) -> Sandbox:
        """See ``Sandboxes.create``."""
        return await self._controller.sandboxes.create(request)

    async def delete_sandbox(self, ref: str) -> Sandbox:
        """Delete a sandbox that no run lives in."""
        sandbox = self._ledger.sandbox(ref)
        if sandbox.id in self._ledger.runs:
            raise InvalidArgumentError(
                f"the sandbox {sandbox.name} belongs to a run",
                f"remove the run (moor rm -f {sandbox.name})",
            )
        return await self._controller.sandboxes.delete(sandbox.id)

    def endpoints(self, *, network_id: str = "", sandbox_id: str = "") -> Sequence[Endpoint]:
        """Endpoints of a network, or of a sandbox in gateway order, or all."""
        if network_id:
            return self._ledger.endpoints_of(network_id)
        if sandbox_id:
            return self._controller.sandboxes.in_gateway_order(sandbox_id)
        return list(self._ledger.endpoints.values())

    async def connect(self, sandbox_ref: str, request: EndpointRequest) -> Endpoint:
        """See ``Connections.connect``."""
        return await self._controller.connections.connect(sandbox_ref, request)

    async def disconnect(self, sandbox_ref: str, network_ref: str, *, force: bool) -> None:
        """See ``Connections.disconnect``."""
        await self._controller.connections.disconnect(sandbox_ref, network_ref, force=force)

    def runs(self) -> Sequence[Run]:
        """Every run."""
        return list(self._ledger.runs.values())

    def run(self, ref: str) -> Run:
        """One run."""
        return self._ledger.run(ref)

    def run_directory(self, run: Run) -> str:
        """Where the run's log and state are kept."""
        return self._paths.run_directory(run.id)

    async def create_run(self, request: RunRequest, starter: Process | None) -> Run:
        """See ``Runs.create``."""
        return await self._controller.runs.create(request, starter)

    async def start_run(self, ref: str, process: Process, supervisor: Process) -> Run:
        """See ``Runs.start``."""
        return await self._controller.runs.start(ref, process, supervisor)

    async def stop_run(self, ref: str, *, timeout: float, signal: int) -> Run:
        """See ``Runs.stop``."""
        return await self._controller.runs.stop(ref, timeout=timeout, signal=signal)

    async def kill_run(self, ref: str, *, signal: int) -> Run:
        """See ``Runs.kill``."""
        return await self._controller.runs.kill(ref, signal=signal)

    async def wait_run(self, ref: str) -> int:
        """See ``Runs.wait``."""
        return await self._controller.runs.wait(ref)

    async def remove_run(self, ref: str, *, force: bool) -> Run:
        """See ``Runs.remove``."""
        return await self._controller.runs.remove(ref, force=force)

    async def resolve(self, name: str, rtype: str, *, network: str, sandbox: str) -> Trace:
        """Ask the resolver as a sandbox would, and tell every step."""
        trace = await self._resolver.trace(self._view(network, sandbox), name, rtype)
        return replace(trace, steps=tuple(map(self._with_holder, trace.steps)))

    async def diagnose(self) -> Sequence[Finding]:
        """See ``Doctor.diagnose``."""
        return await self._doctor.diagnose()

    async def prune(self) -> Pruned:
        """Remove every run that has ended and every network without endpoints.

        What others remove or begin to use meanwhile is theirs.
        """
        runs, networks = [], []
        for run in self.runs():
            if run.status is RunStatus.EXITED:
                with suppress(NotFoundError):
                    await self._controller.runs.remove(run.id, force=False)
                    runs.append(run.name)
        for network in self.networks():
            if self._is_unused(network):
                with suppress(NotFoundError, ForbiddenError):
                    await self._controller.networks.delete(network.id)
                    networks.append(network.name)
        return Removed(networks=tuple(networks), runs=tuple(runs))

    def events(self) -> AsyncIterator[Event]:
        """What happens from now on."""
        return self._events.follow()

    def metrics(self) -> bytes:
        """Prometheus text."""
        return self._metrics()

    def _with_holder(self, step: TraceStep) -> TraceStep:
        """The step with the name of the sandbox that holds a claim."""
        kind, _, identity = step.subject.partition("/")
        endpoint = self._ledger.endpoints.get(identity)
        if step.stage != "claim" or kind != "endpoint" or endpoint is None:
            return step
        sandbox = self._ledger.sandboxes[endpoint.sandbox_id]
        return replace(step, subject=f"{sandbox.name} (endpoint {short(identity)})")

    def _is_unused(self, network: Network) -> bool:
        held = self._ledger.endpoints_of(network.id)
        return network.ready and not network.built_in and not held

    def _view(self, network: str, sandbox: str) -> View:
        if sandbox:
            return self._controller.sandboxes.view(self._ledger.sandbox(sandbox))
        found = self._ledger.network(network)
        scope = NameScope(found.id, found.name)
        return View(sandbox="", scopes=(scope,), internal=found.internal)
