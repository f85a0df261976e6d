"""Ports of a host where nobody else has any, and none of them is real."""

from collections.abc import Set

from mooring.model.port import PublishedPort
from mooring.model.sandbox import Sandbox
from mooring.ports.allocator import PortAllocator
from mooring.ports.binding import bindings
from mooring.ports.reserved import Ephemeral


class FreePorts:
    """Publishes what sandboxes ask for; automatic choices begin at the fallback range."""

    def __init__(self) -> None:
        self._allocator = PortAllocator()

    def publish(self, sandbox: Sandbox, families: Set[int]) -> tuple[PublishedPort, ...]:
        """The ports of a sandbox that has addresses of these families."""
        found: list[PublishedPort] = []
        for binding in bindings(sandbox.ports, families):
            addresses = [address for address, _ in binding.places]
            port = self._allocator.request(
                addresses, binding.protocol, binding.start, binding.end, Ephemeral()
            )
            found += [
                PublishedPort(
                    protocol=binding.protocol,
                    host_ip=address,
                    host_port=port,
                    container_port=binding.container_port,
                    asked=asked,
                )
                for address, asked in binding.places
            ]
        return tuple(found)

    def release(self, sandbox: Sandbox) -> None:
        """Its ports are free again."""
        for port in sandbox.published:
            self._allocator.release(port.host_ip, port.protocol, port.host_port)
