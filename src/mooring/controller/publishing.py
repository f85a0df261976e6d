"""Publishing: taking ports of the host for a sandbox, and giving them back.

A port is held by a socket from the moment it is chosen. What leads packets from it to the sandbox
is the network driver's, see ``Planner.publishing``.
"""

import logging
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack
from ipaddress import ip_address
from typing import Final

from mooring.controller.contract import Machine
from mooring.controller.ledger import Ledger
from mooring.controller.planner import Planner
from mooring.linux.held_ports import PortInUseError
from mooring.linux.operation import HoldPort
from mooring.linux.port_range import read_port_range
from mooring.model.endpoint import Endpoint
from mooring.model.error import ConflictError, InvalidArgumentError, MooringError
from mooring.model.port import PortRequest, PublishedPort
from mooring.model.sandbox import Sandbox, SandboxRequest
from mooring.ports.allocator import PortAllocator
from mooring.ports.binding import Binding, bindings, wanted
from mooring.ports.reserved import Ephemeral, parse_ephemeral

_LOG: Final = logging.getLogger(__name__)

_ATTEMPTS: Final = 10
"""Ports that are tried where any will do; others may have taken some of them."""


class Publishing:
    """Which ports of the host belong to which sandbox."""

    def __init__(self, ledger: Ledger, machine: Machine, planner: Planner) -> None:
        self._ledger = ledger
        self._machine = machine
        self._planner = planner
        self._allocator = PortAllocator()

    def wanted(self, request: SandboxRequest) -> tuple[PortRequest, ...]:
        """What a sandbox asks to have published; raises InvalidArgumentError."""
        return wanted(request.ports, request.exposed, publish_all=request.publish_all)

    def check(self, sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> None:
        """Raise InvalidArgumentError if a new sandbox asks for ports that nothing would lead to."""
        if not sandbox.ports:
            return
        asked = sandbox.ports[0]
        port = f"port {asked.container_port}/{asked.protocol} cannot be published"
        if single := self._planner.single(endpoints):
            raise InvalidArgumentError(
                f"{port}: the network {single} has no addresses of its own",
                "leave out -p: what listens there listens on the host itself"
                if single == "host"
                else "use a network that was created",
            )
        ways_out = self._planner.ways_out(endpoints)
        if not ways_out:
            raise InvalidArgumentError(
                f"{port}: no network of the sandbox leads out",
                "use a network (--network) that is not internal, and let the daemon manage the"
                " firewall (--iptables)",
            )
        bindings(sandbox.ports, ways_out)

    async def settle(
        self, sandbox: Sandbox, endpoints: Sequence[Endpoint], undo: AsyncExitStack
    ) -> tuple[PublishedPort, ...]:
        """What the sandbox has published with these endpoints: what it has and can keep, and new
        ports for families that it had not. The new ones are held; ``undo`` gives them back.

        Raises ConflictError naming who has a port, InvalidArgumentError for an address that the
        host lacks.
        """
        families = self._planner.ways_out(endpoints).keys()
        now = {(port.host_ip, port.asked): port for port in sandbox.published}
        result: list[PublishedPort] = []
        for binding in bindings(_possible(sandbox.ports, families), families):
            kept = [now[place] for place in binding.places if place in now]
            new = [place for place in binding.places if place not in now]
            if new:
                start, end = binding.start, binding.end
                if kept:
                    start = end = kept[0].host_port
                port = await self._take(binding, [address for address, _ in new], start, end)
                taken = [_published(binding, place, port) for place in new]
                undo.push_async_callback(self.give_back, taken)
                kept += taken
            result += kept
        return tuple(result)

    def keep(self, sandbox: Sandbox, endpoints: Sequence[Endpoint]) -> tuple[PublishedPort, ...]:
        """What the sandbox still has published when these endpoints are all that is left."""
        families = self._planner.ways_out(endpoints)
        return tuple(
            port for port in sandbox.published if ip_address(port.host_ip).version in families
        )

    async def give_back(self, ports: Sequence[PublishedPort]) -> None:
        """Let go of ports."""
        await self._machine.revert(_holds(ports))
        for port in ports:
            self._allocator.release(port.host_ip, port.protocol, port.host_port)

    def reclaim(self, sandbox: Sandbox) -> None:
        """After a start: the ports that a sandbox has count as given out."""
        for port in sandbox.published:
            self._allocator.claim(port.host_ip, port.protocol, port.host_port)

    async def hold(self, sandbox: Sandbox) -> None:
        """After a start: hold a living sandbox's ports again.

        Somebody may have taken one while no daemon held it. Packets lead to the sandbox all the
        same, since they are translated before they reach any socket; so that is said, no more.
        """
        for hold in _holds(sandbox.published):
            try:
                await self._machine.apply([hold])
            except MooringError as error:
                _LOG.error("a published port of %s cannot be held: %s", sandbox.name, error)

    async def _take(self, binding: Binding, addresses: Sequence[str], start: int, end: int) -> int:
        """A port that is free at all addresses, held at each of them."""
        refused: PortInUseError | None = None
        ephemeral = Ephemeral()
        if not start:
            ephemeral = parse_ephemeral(*await self._machine.call(read_port_range))
        for _ in range(1 if start and start == end else _ATTEMPTS):
            try:
                port = self._allocator.request(addresses, binding.protocol, start, end, ephemeral)
            except ConflictError as error:
                if refused is not None:
                    break
                raise self._named(error, binding.protocol, start, end) from error
            holds = [HoldPort(binding.protocol, address, port) for address in addresses]
            try:
                await self._machine.apply(holds)
            except BaseException as error:
                await self._machine.revert(holds)
                for address in addresses:
                    self._allocator.release(address, binding.protocol, port)
                if not isinstance(error, PortInUseError):
                    raise
                refused = error
            else:
                return port
        assert refused is not None
        raise refused

    def _named(self, error: ConflictError, protocol: str, start: int, end: int) -> ConflictError:
        """The error, with the sandbox that has the one port asked for."""
        if start == end:
            for sandbox in self._ledger.sandboxes.values():
                for port in sandbox.published:
                    if (port.protocol, port.host_port) == (protocol, start):
                        return ConflictError(f"{error.message} to {sandbox.name}", error.remedy)
        return error


def _possible(requests: Sequence[PortRequest], families: Collection[int]) -> list[PortRequest]:
    """Requests that can be met: the others wait for a network that leads out in their family."""
    return [r for r in requests if not r.host_ip or ip_address(r.host_ip).version in families]


def _published(binding: Binding, place: tuple[str, PortRequest], port: int) -> PublishedPort:
    address, asked = place
    return PublishedPort(
        protocol=binding.protocol,
        host_ip=address,
        host_port=port,
        container_port=binding.container_port,
        asked=asked,
    )


def _holds(ports: Sequence[PublishedPort]) -> list[HoldPort]:
    return [HoldPort(port.protocol, port.host_ip, port.host_port) for port in ports]
