"""The driver contract, one page. A driver decides with values; ``linux`` acts.

Every ``plan_…`` is pure and gives the same plan for the same values, so the controller can apply
it, revert it, apply it again after a crash, or print it.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from mooring.linux.operation import Plan
from mooring.model.endpoint import Endpoint
from mooring.model.network import Network, NetworkRequest
from mooring.model.port import Publication
from mooring.model.sandbox import Sandbox


class DriverSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the daemon's options say for every network.

    ``firewall4`` and ``firewall6``: rules of the family may be made. ``forwarding``: the machine
    may be made to forward packets.
    """

    firewall4: bool = True
    firewall6: bool = True
    forwarding: bool = True


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

    def configure(self, settings: DriverSettings) -> None:
        """Said once, before anything else, if the daemon's options are not the default ones."""
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

    def publishes(self, version: int) -> bool:
        """Whether ports of the host can lead to endpoints by IPv4 (4) or IPv6 (6)."""
        ...

    def plan_publish(self, publication: Publication) -> Plan:
        """What leads ports of the host to an endpoint that has been joined. The ports themselves
        are held already."""
        ...

    def plan_forget(self, network: Network, endpoints: Sequence[Endpoint]) -> Plan:
        """What makes the network forget the addresses of endpoints that have left."""
        ...

    def interface_prefix(self, network: Network) -> str:
        """``eth`` for interfaces ``eth0``, ``eth1`` … inside sandboxes."""
        ...
