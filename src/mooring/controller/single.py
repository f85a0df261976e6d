"""What the host and the null driver share: one network each, and nothing to plumb."""

from collections.abc import Sequence
from typing import ClassVar

from mooring.controller.driver import DriverSettings
from mooring.linux.operation import Plan
from mooring.model.endpoint import Endpoint
from mooring.model.error import ForbiddenError
from mooring.model.network import Network, NetworkRequest
from mooring.model.port import Publication
from mooring.model.sandbox import Sandbox


class SingleNetworkDriver:
    """A driver whose one network Mooring makes itself, out of nothing."""

    name: ClassVar[str]
    plumbs: ClassVar[bool] = False

    def configure(self, settings: DriverSettings) -> None:
        """Nothing of it matters."""

    def check(self, request: NetworkRequest, existing: Sequence[Network]) -> None:
        """Refuse a second network."""
        if existing:
            raise ForbiddenError(
                f"only one instance of the {self.name} network is allowed",
                f"use the network {existing[0].name}",
            )

    def plan_start(
        self, networks: Sequence[Network], publications: Sequence[Publication] = ()
    ) -> Plan:
        """Nothing."""
        return ()

    def links(self, network: Network) -> Sequence[str]:
        """None."""
        return ()

    def plan_network(self, network: Network) -> Plan:
        """Nothing."""
        return ()

    def plan_join(self, network: Network, endpoint: Endpoint, sandbox: Sandbox) -> Plan:
        """Nothing."""
        return ()

    def publishes(self, version: int) -> bool:
        """Never: there is nothing to lead to."""
        return False

    def plan_publish(self, publication: Publication) -> Plan:
        """Nothing."""
        return ()

    def plan_forget(self, network: Network, endpoints: Sequence[Endpoint]) -> Plan:
        """Nothing."""
        return ()

    def interface_prefix(self, network: Network) -> str:
        """Never asked for: there is no interface."""
        return "eth"
