"""Networks: what the Container Network Model calls a network, and the request for one."""

from typing import Final

import msgspec

DEFAULT_DRIVER: Final = "bridge"


class AddressPool(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One subnet of a network, as Docker's ``IPAM.Config`` entry.

    Addresses and prefixes are canonical text. In a request, an empty ``subnet`` asks for one of
    the default pools and an empty ``gateway`` for the first free address.
    """

    subnet: str = ""
    ip_range: str = ""
    gateway: str = ""
    aux_addresses: dict[str, str] = {}


class NetworkRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a user asks of a new network."""

    name: str
    driver: str = DEFAULT_DRIVER
    enable_ipv4: bool = True
    enable_ipv6: bool = False
    internal: bool = False
    attachable: bool = False
    ipam_driver: str = "default"
    ipam_options: dict[str, str] = {}
    pools: tuple[AddressPool, ...] = ()
    options: dict[str, str] = {}
    labels: dict[str, str] = {}


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """A network that exists. ``pools`` is complete: every subnet and gateway is decided."""

    id: str
    name: str
    driver: str
    created: str
    enable_ipv4: bool = True
    enable_ipv6: bool = False
    internal: bool = False
    attachable: bool = False
    ipam_driver: str = "default"
    ipam_options: dict[str, str] = {}
    pools: tuple[AddressPool, ...] = ()
    pool_ids: tuple[str, ...] = ()
    options: dict[str, str] = {}
    labels: dict[str, str] = {}
    scope: str = "local"
    built_in: bool = False
    embedded_dns: bool = True
    """Whether the resolver of its sandboxes serves the names on it; on the default bridge there is
    none unless the daemon is told so."""
    adopted: bool = False
    """Its device is somebody else's, and stays when the network goes."""
    made_from: dict[str, str] = {}
    """For the default bridge, what the daemon's options said when it was made."""
    ready: bool = False
    """False from the moment the intent is stored until the driver has made the network."""
