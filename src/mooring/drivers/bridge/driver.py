"""The bridge driver."""

from collections.abc import Sequence
from typing import final

from mooring.controller.driver import DriverSettings
from mooring.drivers.bridge import firewall, options, plan
from mooring.linux.operation import Plan
from mooring.model.endpoint import Endpoint
from mooring.model.error import ConflictError
from mooring.model.network import Network, NetworkRequest
from mooring.model.port import Publication
from mooring.model.sandbox import Sandbox


@final
class BridgeDriver:
    """Networks that are Linux bridges on this machine."""

    name = "bridge"
    plumbs = True

    def __init__(self) -> None:
        self._settings = DriverSettings()

    def configure(self, settings: DriverSettings) -> None:
        """What plans may contain."""
        self._settings = settings

    def check(self, request: NetworkRequest, existing: Sequence[Network]) -> None:
        """Refuse options that make no sense, and a bridge that another network has."""
        wanted = options.parse(request.options, "", ipv6=request.enable_ipv6)
        for network in existing:
            if wanted.bridge and options.read(network).bridge == wanted.bridge:
                raise ConflictError(
                    f"the bridge {wanted.bridge} belongs to the network {network.name}",
                    "choose another name for the bridge, or none",
                )

    def plan_start(
        self, networks: Sequence[Network], publications: Sequence[Publication] = ()
    ) -> Plan:
        """The firewall table, whole."""
        return (firewall.table(networks, publications, self._settings),)

    def links(self, network: Network) -> Sequence[str]:
        """The bridge."""
        return (options.read(network).bridge,)

    def plan_network(self, network: Network) -> Plan:
        """See ``plan.plan_network``."""
        return plan.plan_network(network, self._settings)

    def plan_join(self, network: Network, endpoint: Endpoint, sandbox: Sandbox) -> Plan:
        """See ``plan.plan_join``."""
        return plan.plan_join(network, endpoint, sandbox)

    def publishes(self, version: int) -> bool:
        """Where the daemon manages the firewall: its rules do the leading."""
        return self._settings.firewall4 if version == 4 else self._settings.firewall6

    def plan_publish(self, publication: Publication) -> Plan:
        """See ``plan.plan_publish``."""
        return plan.plan_publish(publication)

    def plan_forget(self, network: Network, endpoints: Sequence[Endpoint]) -> Plan:
        """See ``plan.plan_forget``."""
        return plan.plan_forget(network, endpoints)

    def interface_prefix(self, network: Network) -> str:
        """As ``com.docker.network.container_iface_prefix`` says."""
        return options.read(network).interface_prefix
