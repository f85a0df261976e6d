"""Endpoints: the tie between one sandbox and one network."""

import msgspec


class EndpointRequest(msgspec.Struct, frozen=True, kw_only=True):
    """How a sandbox wants to be on a network. Empty means: choose for me."""

    network: str
    aliases: tuple[str, ...] = ()
    ipv4: str = ""
    ipv6: str = ""
    mac: str = ""
    priority: int = 0
    options: dict[str, str] = {}


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A sandbox's place on a network.

    ``ipv4`` and ``ipv6`` carry the prefix length (``172.18.0.2/16``); they are empty on a network
    without addresses. ``gateway4`` and ``gateway6`` are empty where the network offers no way out.
    ``interface`` is the name inside the sandbox, ``host_interface`` the peer outside.
    """

    id: str
    network_id: str
    sandbox_id: str
    names: tuple[str, ...] = ()
    """Every name it resolves by on its network; the first one answers reverse look-ups."""
    aliases: tuple[str, ...] = ()
    ipv4: str = ""
    ipv6: str = ""
    gateway4: str = ""
    gateway6: str = ""
    mac: str = ""
    interface: str = ""
    host_interface: str = ""
    priority: int = 0
    options: dict[str, str] = {}
    inherited: bool = True
    """Whether somebody may have had its addresses before, whom neighbours remember."""
    joined: bool = False
    """False from the moment the intent is stored until the sandbox is on the network."""
