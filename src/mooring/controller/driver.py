"""The driver contract, one page. A driver decides with values; ``linux`` acts.

Every ``plan_…`` is pure and gives the same plan for the same values, so the controller can apply
it, revert it, apply it again after a crash, or print it.
"""

from collections.abc import Sequence
from typing import Protocol

from mooring.linux.operation import Plan
from mooring.model.endpoint import Endpoint
from mooring.model.network import Network, NetworkRequest
from mooring.model.port import Publication
from mooring.model.sandbox import Sandbox


class Driver(Protocol):
    """Makes networks of one kind real."""

    @property
    def name(self) -> str:
        """The word after ``--driver``."""
        ...

    @property
    def plumbs(self) -> bool:
        """Whether endpoints are links with addresses. If not, there is no IPAM and no resolver."""
        ...

    def check(self, request: NetworkRequest, existing: Sequence[Network]) -> None:
        """Raise MooringError if this driver cannot make such a network beside the existing ones."""
        ...

    def plan_start(
        self, networks: Sequence[Network], publications: Sequence[Publication] = ()
    ) -> Plan:
        """What all networks of the driver need together, once, when the daemon starts."""
        ...

    def links(self, network: Network) -> Sequence[str]:
        """Names of the links on the host that the network makes and must not find there."""
        ...

    def plan_network(self, network: Network) -> Plan:
        """What makes the network; reverted, what removes it."""
        ...

    def plan_join(self, network: Network, endpoint: Endpoint, sandbox: Sandbox) -> Plan:
        """What ties the sandbox to the network; reverted, what unties it."""
        ...

    def plan_publish(self, publication: Publication) -> Plan:
        """What leads ports of the host to an endpoint that has been joined. The ports themselves
        are held already."""
        ...

    def plan_forget(self, network: Network, endpoint: Endpoint) -> Plan:
        """What makes the network forget an endpoint's addresses once it has left."""
        ...

    def interface_prefix(self, network: Network) -> str:
        """``eth`` for interfaces ``eth0``, ``eth1`` … inside sandboxes."""
        ...
