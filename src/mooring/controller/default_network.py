"""The default bridge: the network ``bridge``, which runs join that name none."""

import logging
from typing import Final

import msgspec
from msgspec.structs import replace

from mooring.controller.contract import Machine
from mooring.controller.default_pool import FamilyOptions, default_pool
from mooring.controller.ledger import Ledger
from mooring.controller.networks import Networks
from mooring.linux.rtnetlink import Interface
from mooring.model.error import ConflictError, NotFoundError
from mooring.model.network import AddressPool, Network, NetworkRequest

_LOG: Final = logging.getLogger(__name__)

NAME: Final = "bridge"
DEVICE: Final = "mooring0"
"""The bridge that Mooring makes for it, where the user names none."""

_BRIDGE_OPTION: Final = "com.docker.network.bridge.name"
_MASQUERADE_OPTION: Final = "com.docker.network.bridge.enable_ip_masquerade"
_MTU_OPTION: Final = "com.docker.network.driver.mtu"


class DefaultBridge(msgspec.Struct, frozen=True, kw_only=True):
    """The network as the daemon's options wish it. ``ipv6`` is None where it has no IPv6."""

    device: str = DEVICE
    ipv4: FamilyOptions = FamilyOptions()
    ipv6: FamilyOptions | None = None
    mtu: int = 0
    masquerade: bool = True
    embedded_dns: bool = False

    @property
    def user_managed(self) -> bool:
        """Whether the device is one of the user's, which exists and stays."""
        return self.device != DEVICE

    def request(self, pools: tuple[AddressPool, ...]) -> NetworkRequest:
        """What to ask for, as for any other network."""
        options = {_BRIDGE_OPTION: self.device}
        if not self.masquerade:
            options[_MASQUERADE_OPTION] = "false"
        if self.mtu:
            options[_MTU_OPTION] = str(self.mtu)
        return NetworkRequest(
            name=NAME, enable_ipv6=self.ipv6 is not None, pools=pools, options=options
        )

    def said(self) -> dict[str, str]:
        """Every wish as text, to tell later whether the network was made from others."""
        return {
            name: msgspec.json.encode(getattr(self, name)).decode()
            for name in self.__struct_fields__
        }


class DefaultNetwork:
    """Sees to it that there is the network that is wished; ``wish`` None wishes none."""

    def __init__(
        self, *, wish: DefaultBridge | None, ledger: Ledger, networks: Networks, machine: Machine
    ) -> None:
        self._wish = wish
        self._ledger = ledger
        self._networks = networks
        self._machine = machine

    @property
    def name(self) -> str:
        """The network that runs join which name none; empty if they join none."""
        return NAME if self._wish is not None else ""

    async def check(self) -> None:
        """Raise MooringError for a wish that the machine rules out; nothing is changed."""
        if self._wish is not None:
            present = await self._present(self._wish.device)
            if present is None and self._wish.user_managed:
                raise NotFoundError(
                    f"there is no link {self._wish.device}, which --bridge names",
                    f"make it (ip link add {self._wish.device} type bridge), or leave --bridge out",
                )
            _pools(self._wish, present or [])

    async def recall(self) -> None:
        """After a start: a device that was somebody else's, and is gone, is Mooring's to make."""
        existing = self._existing()
        if existing is None or not existing.adopted:
            return
        if await self._present(existing.options[_BRIDGE_OPTION]) is None:
            await self._ledger.put(replace(existing, adopted=False))

    async def settle(self) -> None:
        """Make the network, or again if it was made from other wishes and nobody is on it."""
        existing = self._existing()
        wish = self._wish
        if wish is None and existing is None:
            return
        if existing is None and self._ledger.has_network(NAME):
            raise ConflictError(
                f"there is a network {NAME}, which was created before it was built in",
                f"start with --bridge none and remove it (moor network rm {NAME})",
            )
        if existing is not None and (wish is None or existing.made_from != wish.said()):
            if self._ledger.endpoints_of(existing.id):
                _LOG.warning(
                    "the network %s stays as it is while sandboxes are on it:"
                    " its new options take effect at a start without them",
                    NAME,
                )
                return
            await self._networks.dissolve(existing)
            existing = None
        if wish is None:
            return
        present = await self._present(wish.device)
        pools, notices = _pools(wish, present or [])
        if existing is not None and _agree(existing, pools):
            return
        if existing is not None:
            if self._ledger.endpoints_of(existing.id):
                _LOG.warning("the addresses of %s have changed; sandboxes keep theirs", wish.device)
                return
            await self._networks.dissolve(existing)
        for notice in notices:
            _LOG.warning(notice)
        await self._networks.create_default(
            wish.request(pools),
            embedded_dns=wish.embedded_dns,
            adopted=present is not None,
            made_from=wish.said(),
        )

    async def rest(self) -> None:
        """Before a stop: take the device away if it is ours and nobody is on it.

        The network itself is remembered, and its device made again at the next start.
        """
        existing = self._existing()
        if existing is not None and self.is_idle(existing):
            driver = self._networks.driver(existing)
            await self._machine.revert(driver.plan_network(existing))

    def is_idle(self, network: Network) -> bool:
        """Whether a network is the default one, and nobody is on it."""
        return bool(network.made_from) and not self._ledger.endpoints_of(network.id)

    def _existing(self) -> Network | None:
        return next((n for n in self._ledger.networks.values() if n.made_from), None)

    async def _present(self, device: str) -> list[Interface] | None:
        """The addresses of a link, None if there is no such link."""
        for link in await self._machine.links():
            if link.name == device:
                return [at for index, at in await self._machine.addresses() if index == link.index]
        return None


def _pools(
    wish: DefaultBridge, present: list[Interface]
) -> tuple[tuple[AddressPool, ...], tuple[str, ...]]:
    """The pools to ask for, and what there is to say about them."""
    chosen = [default_pool(4, wish.ipv4, present, user_managed=wish.user_managed)]
    if wish.ipv6 is not None:
        chosen.append(default_pool(6, wish.ipv6, present, user_managed=wish.user_managed))
    pools = tuple(one.pool for one in chosen if one.pool != AddressPool())
    return pools, tuple(one.notice for one in chosen if one.notice)


def _agree(network: Network, wished: tuple[AddressPool, ...]) -> bool:
    """Whether a network has every pool as it is wished; what is not said may be as it is."""
    having = {pool.subnet: pool for pool in network.pools}
    for wish in wished:
        have = having.get(wish.subnet)
        if have is None or wish.ip_range not in ("", have.ip_range):
            return False
        if wish.gateway not in ("", have.gateway):
            return False
    return True
