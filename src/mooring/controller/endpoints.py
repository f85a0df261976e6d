"""Endpoints: deciding what one will be, and its verbs connect and disconnect."""

import secrets
from collections.abc import Sequence
from contextlib import AsyncExitStack

from msgspec.structs import replace

from mooring.controller.addresses import Addresses
from mooring.controller.contract import Machine
from mooring.controller.ledger import Ledger
from mooring.controller.naming import endpoint_names
from mooring.controller.planner import Planner
from mooring.model.endpoint import Endpoint, EndpointRequest
from mooring.model.error import (
    ConflictError,
    ForbiddenError,
    InvalidArgumentError,
    NotSupportedError,
)
from mooring.model.identity import check_domain_name, new_id
from mooring.model.network import Network
from mooring.model.sandbox import Sandbox

_HOST_INTERFACE = "mov"
"""Beginning of the names of links on the host that lead into sandboxes."""


class Endpoints:
    """Prepares endpoints: every decision about one is made here, none of it carried out."""

    def __init__(
        self, *, ledger: Ledger, addresses: Addresses, planner: Planner, machine: Machine
    ) -> None:
        self._ledger = ledger
        self._addresses = addresses
        self._planner = planner
        self._machine = machine

    def check(self, requests: Sequence[EndpointRequest]) -> None:
        """Refuse a set of networks that one sandbox cannot have; raises MooringError."""
        seen: set[str] = set()
        single = ""
        for request in requests:
            network = self._ledger.network(request.network)
            if network.id in seen:
                raise InvalidArgumentError(
                    f"the network {network.name} is asked for twice", "name each network once"
                )
            seen.add(network.id)
            if not network.ready:
                raise ConflictError(f"the network {network.name} is not ready", "try again")
            if not self._planner.driver(network.id).plumbs:
                single = network.name
                self._refuse_settings(network, request)
            elif request.aliases and not network.embedded_dns:
                raise InvalidArgumentError(
                    f"the network {network.name} serves no names, so none can be an alias",
                    "use a network that was created, or start the daemon with --default-bridge-dns",
                )
            for alias in request.aliases:
                check_domain_name("alias", alias)
            for option in request.options:
                raise NotSupportedError(
                    f"the driver {network.driver} has no option {option[:40]!r} for one sandbox",
                    "leave it out; what a network has is said when it is created (--opt)",
                )
        if single and len(seen) > 1:
            raise ForbiddenError(
                f"a sandbox on the network {single} can be on no other",
                f"leave out {single}, or the others",
            )

    async def interfaces(self, sandbox: Sandbox) -> list[str]:
        """The interfaces that an adopted namespace has already."""
        if sandbox.owned or not sandbox.netns:
            return []
        return [link.name for link in await self._machine.links(sandbox.netns)]

    def prepare(
        self,
        sandbox: Sandbox,
        requests: Sequence[EndpointRequest],
        taken: Sequence[str],
        undo: AsyncExitStack,
    ) -> list[Endpoint]:
        """Endpoints with addresses taken and every name chosen, not joined yet.

        ``taken`` are interface names that the sandbox has already. What was taken for them is given
        back through ``undo``.
        """
        prepared: list[Endpoint] = []
        for request in requests:
            used = [*taken, *(endpoint.interface for endpoint in prepared)]
            endpoint = self._prepare(sandbox, request, used)
            undo.callback(self.release, endpoint)
            prepared.append(endpoint)
        return prepared

    def _prepare(
        self, sandbox: Sandbox, request: EndpointRequest, taken: Sequence[str]
    ) -> Endpoint:
        network = self._ledger.network(request.network)
        driver = self._planner.driver(network.id)
        identity = new_id()
        endpoint = Endpoint(
            id=identity,
            network_id=network.id,
            sandbox_id=sandbox.id,
            names=tuple(
                endpoint_names(sandbox.name, request.aliases, sandbox.id, sandbox.hostname)
            ),
            aliases=request.aliases,
            priority=request.priority,
            options=request.options,
        )
        if not driver.plumbs:
            return replace(endpoint, names=())
        self._refuse_name_of_another_form(endpoint, network)
        endpoint = self._addresses.take(network, endpoint, request)
        return replace(
            endpoint,
            mac=_mac(request.mac),
            interface=_free_interface(driver.interface_prefix(network), taken),
            host_interface=_HOST_INTERFACE + identity[:10],
        )

    def release(self, endpoint: Endpoint) -> None:
        """Give an endpoint's addresses back; they rest before anybody gets them again."""
        network = self._ledger.networks.get(endpoint.network_id)
        if network is not None and self._planner.driver(network.id).plumbs:
            self._addresses.give_back(network, endpoint)

    def _refuse_settings(self, network: Network, request: EndpointRequest) -> None:
        asked = {
            "an address": request.ipv4 or request.ipv6,
            "a MAC address": request.mac,
            "an alias": request.aliases,
        }
        for what, value in asked.items():
            if value:
                raise InvalidArgumentError(
                    f"the network {network.name} has no room for {what} of one's own",
                    "leave it out, or use a network that was created",
                )

    def _refuse_name_of_another_form(self, endpoint: Endpoint, network: Network) -> None:
        for name in endpoint.names:
            check_domain_name("name", f"{name}.{network.name}")


def _mac(asked: str) -> str:
    """The address asked for in its usual form, or a random locally administered one."""
    if not asked:
        return "02:" + secrets.token_bytes(5).hex(":")
    octets = asked.replace("-", ":").split(":")
    if len(octets) != 6 or not all(len(o) == 2 and _is_hex(o) for o in octets):
        raise InvalidArgumentError(
            f"{asked[:40]!r} is no MAC address", "write six octets, as in 02:42:ac:12:00:02"
        )
    if int(octets[0], 16) & 1 or not any(int(o, 16) for o in octets):
        raise InvalidArgumentError(
            f"{asked} is a group address or all zeros, which no interface can have",
            "make the first octet even, for instance 02",
        )
    return ":".join(octets).lower()


def _is_hex(octet: str) -> bool:
    return all(digit in "0123456789abcdefABCDEF" for digit in octet)


def _free_interface(prefix: str, taken: Sequence[str]) -> str:
    number = 0
    while f"{prefix}{number}" in taken:
        number += 1
    return f"{prefix}{number}"
