"""A backend in memory: networks, sandboxes and runs with addresses and names, on no machine.

For tests of the API and of programs that talk to it. Nothing is started or plumbed: a run ends when
``exit_run`` says so, or when it is stopped or killed.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import ip_network
from itertools import count
from pathlib import Path
from typing import Final, Protocol, TypeVar

import msgspec
from msgspec.structs import replace

from mooring.linux.operation import CreateBridge, Plan, SetUp
from mooring.model.endpoint import Endpoint, EndpointRequest
from mooring.model.error import (
    ConflictError,
    ForbiddenError,
    InvalidArgumentError,
    NotFoundError,
)
from mooring.model.event import Event
from mooring.model.finding import Finding, Severity
from mooring.model.identity import check_name, new_id, short
from mooring.model.network import AddressPool, Network, NetworkRequest
from mooring.model.run import Process, Run, RunRequest, RunStatus
from mooring.model.sandbox import Sandbox, SandboxRequest
from mooring.model.trace import Trace, TraceStep
from mooring.ports.binding import wanted
from mooring.testing.address import free_address
from mooring.testing.free_ports import FreePorts

_BUILT_IN: Final = (("host", "host"), ("none", "null"))


class Pruned(msgspec.Struct, frozen=True):
    """Names of what ``prune`` removed."""

    networks: tuple[str, ...]
    runs: tuple[str, ...]


class _Named(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


_Object = TypeVar("_Object", bound=_Named)


class FakeBackend:
    """Satisfies ``mooring.api.backend.Backend``.

    ``directory`` is where sandboxes and runs would have theirs; nothing is written there.
    ``netns`` is the namespace that every sandbox of ours is said to be. ``clock`` gives the time of
    what happens, and may be replaced.
    """

    def __init__(self, directory: Path, netns: str = "") -> None:
        self.findings: list[Finding] = [
            Finding(check="kernel", severity=Severity.OK, message="the kernel has what it takes")
        ]
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._directory = directory
        self._netns = netns
        self._ports = FreePorts()
        self._networks: dict[str, Network] = {}
        self._sandboxes: dict[str, Sandbox] = {}
        self._endpoints: dict[str, Endpoint] = {}
        self._runs: dict[str, Run] = {}
        self._ended: dict[str, asyncio.Future[int]] = {}
        self._readers: set[asyncio.Queue[Event]] = set()
        for name, driver in _BUILT_IN:
            network = Network(
                id=new_id(),
                name=name,
                driver=driver,
                created=self._now(),
                built_in=True,
                ready=True,
            )
            self._networks[network.id] = network

    def networks(self) -> Sequence[Network]:
        return tuple(self._networks.values())

    def network(self, ref: str) -> Network:
        return _find(self._networks, "network", ref)

    async def create_network(self, request: NetworkRequest) -> Network:
        check_name("network", request.name)
        if any(network.name == request.name for network in self._networks.values()):
            raise ConflictError(
                f"network {request.name} exists already", "choose another name, or delete it first"
            )
        pools = request.pools or (AddressPool(),)
        network = Network(
            id=new_id(),
            name=request.name,
            driver=request.driver,
            created=self._now(),
            enable_ipv4=request.enable_ipv4,
            enable_ipv6=request.enable_ipv6,
            internal=request.internal,
            attachable=request.attachable,
            ipam_driver=request.ipam_driver,
            ipam_options=request.ipam_options,
            pools=tuple(self._complete(pool) for pool in pools),
            options=request.options,
            labels=request.labels,
            ready=True,
        )
        self._networks[network.id] = network
        self._tell("network", "create", network.id, {"name": network.name, "type": network.driver})
        return network

    async def plan_network(self, request: NetworkRequest) -> Plan:
        check_name("network", request.name)
        return (CreateBridge(request.name, "02:00:00:00:00:01"), SetUp(request.name))

    def _complete(self, pool: AddressPool) -> AddressPool:
        taken = [pool.subnet for network in self._networks.values() for pool in network.pools]
        subnet = pool.subnet or next(
            subnet for n in count(18) if (subnet := f"172.{n}.0.0/16") not in taken
        )
        try:
            first = str(next(ip_network(subnet).hosts()))
        except ValueError as error:
            raise InvalidArgumentError(f"invalid subnet {subnet}: {error}") from error
        return replace(pool, subnet=subnet, gateway=pool.gateway or first)

    async def delete_network(self, ref: str) -> Network:
        network = self.network(ref)
        if network.built_in:
            raise ForbiddenError(f"network {network.name} is built in and cannot be deleted")
        if endpoints := self.endpoints(network_id=network.id):
            names = ", ".join(self._sandboxes[endpoint.sandbox_id].name for endpoint in endpoints)
            raise ConflictError(f"network {network.name} is in use by {names}", "disconnect first")
        del self._networks[network.id]
        self._tell("network", "destroy", network.id, {"name": network.name, "type": network.driver})
        return network

    def sandboxes(self) -> Sequence[Sandbox]:
        return tuple(self._sandboxes.values())

    def sandbox(self, ref: str) -> Sandbox:
        return _find(self._sandboxes, "sandbox", ref)

    async def create_sandbox(self, request: SandboxRequest) -> Sandbox:
        identity = new_id()
        name = check_name("sandbox", request.name or f"sandbox-{short(identity)}")
        if any(sandbox.name == name for sandbox in self._sandboxes.values()):
            raise ConflictError(f"the name {name} is in use", "choose another one")
        sandbox = Sandbox(
            id=identity,
            name=name,
            created=self._now(),
            netns=request.netns or self._netns,
            owned=not request.netns,
            directory=str(self._directory / "sandboxes" / identity),
            hostname=request.hostname or short(identity),
            domainname=request.domainname,
            dns=request.dns,
            extra_hosts=request.extra_hosts,
            labels=request.labels,
            ready=True,
            ports=wanted(request.ports, request.exposed, publish_all=request.publish_all),
            exposed=request.exposed,
        )
        networks = [self.network(endpoint.network) for endpoint in request.endpoints]
        self._sandboxes[identity] = sandbox
        for endpoint, network in zip(request.endpoints, networks, strict=True):
            self._join(sandbox, network, endpoint)
        leads_out = any(not network.built_in for network in networks)
        published = self._ports.publish(sandbox, {4} if leads_out else set())
        self._sandboxes[identity] = replace(sandbox, published=published)
        self._tell("sandbox", "create", identity, {"name": name})
        return sandbox

    async def delete_sandbox(self, ref: str) -> Sandbox:
        sandbox = self.sandbox(ref)
        self._ports.release(sandbox)
        for endpoint in self.endpoints(sandbox_id=sandbox.id):
            del self._endpoints[endpoint.id]
        del self._sandboxes[sandbox.id]
        self._tell("sandbox", "destroy", sandbox.id, {"name": sandbox.name})
        return sandbox

    def endpoints(self, *, network_id: str = "", sandbox_id: str = "") -> Sequence[Endpoint]:
        return [
            endpoint
            for endpoint in self._endpoints.values()
            if network_id in ("", endpoint.network_id) and sandbox_id in ("", endpoint.sandbox_id)
        ]

    async def connect(self, sandbox_ref: str, request: EndpointRequest) -> Endpoint:
        return self._join(self.sandbox(sandbox_ref), self.network(request.network), request)

    def _join(self, sandbox: Sandbox, network: Network, request: EndpointRequest) -> Endpoint:
        present = self.endpoints(network_id=network.id)
        if any(endpoint.sandbox_id == sandbox.id for endpoint in present):
            raise ConflictError(f"{sandbox.name} is on network {network.name} already")
        taken = {endpoint.ipv4.partition("/")[0] for endpoint in present}
        endpoint = Endpoint(
            id=new_id(),
            network_id=network.id,
            sandbox_id=sandbox.id,
            names=(sandbox.name, *request.aliases, short(sandbox.id)),
            aliases=request.aliases,
            ipv4=free_address(network, request.ipv4, taken),
            ipv6=request.ipv6,
            gateway4=network.pools[0].gateway if network.pools else "",
            mac=request.mac or "02:00:00:00:00:01",
            interface="eth0",
            priority=request.priority,
            options=request.options,
            joined=True,
        )
        self._endpoints[endpoint.id] = endpoint
        self._tell("network", "connect", network.id, _tie(network, sandbox))
        return endpoint

    async def disconnect(self, sandbox_ref: str, network_ref: str, *, force: bool) -> None:
        sandbox, network = self.sandbox(sandbox_ref), self.network(network_ref)
        for endpoint in self.endpoints(network_id=network.id, sandbox_id=sandbox.id):
            del self._endpoints[endpoint.id]
            self._tell("network", "disconnect", network.id, _tie(network, sandbox))
            return
        raise NotFoundError(f"{sandbox.name} is not on network {network.name}")

    def runs(self) -> Sequence[Run]:
        return tuple(self._runs.values())

    def run(self, ref: str) -> Run:
        return _find(self._runs, "run", ref)

    def run_directory(self, run: Run) -> str:
        return str(self._directory / "runs" / run.id)

    async def create_run(self, request: RunRequest, starter: Process | None) -> Run:
        sandbox = await self.create_sandbox(request.sandbox)
        run = Run(
            id=sandbox.id, name=sandbox.name, created=self._now(), request=request, starter=starter
        )
        self._ended[run.id] = asyncio.get_running_loop().create_future()
        return self._put(run, "create")

    async def start_run(self, ref: str, process: Process, supervisor: Process) -> Run:
        run = replace(
            self.run(ref),
            status=RunStatus.RUNNING,
            process=process,
            supervisor=supervisor,
            started=self._now(),
        )
        return self._put(run, "start")

    async def exit_run(self, ref: str, exit_code: int) -> Run:
        """The command of a run ends; its sandbox goes, and the run itself if that was asked."""
        run = self.run(ref)
        await self.delete_sandbox(run.id)
        run = replace(run, status=RunStatus.EXITED, finished=self._now(), exit_code=exit_code)
        self._put(run, "die", {"exitCode": str(exit_code)})
        if run.request.remove:
            del self._runs[run.id]
        self._ended[run.id].set_result(exit_code)
        return run

    async def stop_run(self, ref: str, *, timeout: float, signal: int) -> Run:
        run = self.run(ref)
        return run if run.status is RunStatus.EXITED else await self.exit_run(ref, 128 + signal)

    async def kill_run(self, ref: str, *, signal: int) -> Run:
        run = self.run(ref)
        if run.status is not RunStatus.RUNNING:
            raise ConflictError(f"{run.name} is not running", "it takes no signal")
        return await self.exit_run(ref, 128 + signal)

    async def wait_run(self, ref: str) -> int:
        return await asyncio.shield(self._ended[self.run(ref).id])

    async def remove_run(self, ref: str, *, force: bool) -> Run:
        run = self.run(ref)
        if run.status is RunStatus.RUNNING and not force:
            raise ConflictError(f"{run.name} is running", "stop it first, or use force")
        if run.status is not RunStatus.EXITED:
            run = await self.exit_run(run.id, 137)
        self._runs.pop(run.id, None)
        self._tell("container", "destroy", run.id, {"name": run.name})
        return run

    def _put(self, run: Run, action: str, attributes: Mapping[str, str] | None = None) -> Run:
        self._runs[run.id] = run
        self._tell("container", action, run.id, {"name": run.name, **(attributes or {})})
        return run

    async def resolve(self, name: str, rtype: str, *, network: str, sandbox: str) -> Trace:
        if network:
            scopes = [self.network(network)]
        else:
            of = self.endpoints(sandbox_id=self.sandbox(sandbox).id)
            scopes = [self._networks[endpoint.network_id] for endpoint in of]
        steps: list[TraceStep] = []
        for scope in scopes:
            records = self._records(scope, name) if rtype == "A" else ()
            outcome = f"{len(records)} addresses" if records else "does not know it"
            steps.append(TraceStep(stage="scope", subject=scope.name, outcome=outcome))
            if records:
                return Trace(
                    name=name, type=rtype, rcode="NOERROR", steps=tuple(steps), records=records
                )
        return Trace(
            name=name,
            type=rtype,
            rcode="NXDOMAIN",
            steps=tuple(steps),
            explanation="no network that is seen from there knows the name",
        )

    def _records(self, network: Network, name: str) -> tuple[str, ...]:
        return tuple(
            f"{name}. 5 IN A {endpoint.ipv4.partition('/')[0]}"
            for endpoint in self.endpoints(network_id=network.id)
            if name in endpoint.names
        )

    async def diagnose(self) -> Sequence[Finding]:
        return self.findings

    async def prune(self) -> Pruned:
        runs = [run for run in self._runs.values() if run.status is RunStatus.EXITED]
        for run in runs:
            await self.remove_run(run.id, force=False)
        used = {endpoint.network_id for endpoint in self._endpoints.values()}
        networks = [
            network
            for network in self._networks.values()
            if not network.built_in and network.id not in used
        ]
        for network in networks:
            await self.delete_network(network.id)
        return Pruned(tuple(network.name for network in networks), tuple(run.name for run in runs))

    async def events(self) -> AsyncIterator[Event]:
        reader: asyncio.Queue[Event] = asyncio.Queue()
        self._readers.add(reader)
        try:
            while True:
                yield await reader.get()
        finally:
            self._readers.discard(reader)

    def _now(self) -> str:
        return self.clock().isoformat().replace("+00:00", "Z")

    def _tell(self, kind: str, action: str, identity: str, attributes: dict[str, str]) -> None:
        moment = int(self.clock().timestamp() * 1e6) * 1000
        event = Event(kind=kind, action=action, id=identity, attributes=attributes, time=moment)
        for reader in self._readers:
            reader.put_nowait(event)

    def metrics(self) -> bytes:
        return f"mooring_networks {len(self._networks)}\n".encode()


def _find(objects: Mapping[str, _Object], kind: str, ref: str) -> _Object:
    """The one object with this id, this name, or an id that begins like this."""
    if ref in objects:
        return objects[ref]
    found = [candidate for candidate in objects.values() if candidate.name == ref]
    found = found or [objects[identity] for identity in objects if identity.startswith(ref)]
    if not ref or not found:
        raise NotFoundError(f"no such {kind}: {ref}")
    if len(found) > 1:
        raise ConflictError(f"{ref} is the beginning of {len(found)} ids", "write more of it")
    return found[0]


def _tie(network: Network, sandbox: Sandbox) -> dict[str, str]:
    return {"name": network.name, "type": network.driver, "container": sandbox.id}
