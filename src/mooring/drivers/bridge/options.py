"""What a bridge network can be told with ``--opt``, read from Docker's words."""

import re
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from mooring.model.error import InvalidArgumentError, NotSupportedError
from mooring.model.network import Network

NAME: Final = "com.docker.network.bridge.name"
MASQUERADE: Final = "com.docker.network.bridge.enable_ip_masquerade"
INHIBIT_IPV4: Final = "com.docker.network.bridge.inhibit_ipv4"
MTU: Final = "com.docker.network.driver.mtu"
INTERFACE_PREFIX: Final = "com.docker.network.container_iface_prefix"
_DEFAULT_BRIDGE: Final = "com.docker.network.bridge.default_bridge"

_NOT_YET: Final = {
    "com.docker.network.bridge.enable_icc": "traffic between the sandboxes of one network",
    "com.docker.network.bridge.host_binding_ipv4": "published ports",
    "com.docker.network.bridge.gateway_mode_ipv4": "gateway modes",
    "com.docker.network.bridge.gateway_mode_ipv6": "gateway modes",
    "com.docker.network.bridge.trusted_host_interfaces": "gateway modes",
    "com.docker.network.host_ipv4": "the address of published ports",
    "com.docker.network.host_ipv6": "the address of published ports",
}
_LINK_NAME: Final = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,14}\Z")
"""The kernel takes more, but of a ``%`` it makes a number, and a quote would end nft's string."""
_SYSCTL_WORDS: Final = frozenset({"all", "default"})
"""What stands beside the names of links below ``net/ipv6/conf``."""
_PREFIX: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,10}\Z")
_MTU_RANGE: Final = (68, 65535)
"""IPv4 needs 68 octets (RFC 791); a link's MTU is a 16-bit number in every driver here."""
_IPV6_MTU: Final = 1280
"""RFC 8200, section 5."""


class BridgeOptions(msgspec.Struct, frozen=True):
    """A bridge network's options, understood. ``mtu`` 0 leaves the kernel's choice."""

    bridge: str
    masquerade: bool
    inhibit_ipv4: bool
    mtu: int
    interface_prefix: str


def read(network: Network) -> BridgeOptions:
    """The options of a network that has been checked."""
    return parse(network.options, f"mo-{network.id[:12]}")


def parse(options: Mapping[str, str], default_bridge: str, *, ipv6: bool = False) -> BridgeOptions:
    """Understand options; raises InvalidArgumentError or NotSupportedError naming the option."""
    for name in options:
        if name == _DEFAULT_BRIDGE:
            raise InvalidArgumentError(
                f"the option {name} is for the default bridge, which the daemon makes itself",
                "leave it out; the daemon's own options shape the default bridge",
            )
        if name in _NOT_YET:
            raise NotSupportedError(
                f"the option {name} concerns {_NOT_YET[name]}, which is not built yet",
                "leave it out",
            )
        if name not in _READERS:
            raise InvalidArgumentError(
                f"the bridge driver has no option {name!r}",
                f"it has {', '.join(sorted(_READERS))}",
            )
    found = {name: _READERS[name](name, value) for name, value in options.items()}
    mtu = int(found.get(MTU, 0))
    if ipv6 and 0 < mtu < _IPV6_MTU:
        raise InvalidArgumentError(
            f"{MTU}={mtu} is too small for IPv6", f"use {_IPV6_MTU} or more, or leave out --ipv6"
        )
    return BridgeOptions(
        bridge=str(found.get(NAME, default_bridge)),
        masquerade=bool(found.get(MASQUERADE, True)),
        inhibit_ipv4=bool(found.get(INHIBIT_IPV4, False)),
        mtu=mtu,
        interface_prefix=str(found.get(INTERFACE_PREFIX, "eth")),
    )


def _link_name(option: str, value: str) -> str:
    if not _LINK_NAME.match(value) or value in _SYSCTL_WORDS:
        raise InvalidArgumentError(
            f"{option}={value[:40]!r} is no name for a link of ours",
            "use 1 to 15 letters, digits, '_', '.' or '-', the first a letter, a digit or '_',"
            f" and not {' or '.join(sorted(_SYSCTL_WORDS))}",
        )
    return value


def _prefix(option: str, value: str) -> str:
    if not _PREFIX.match(value):
        raise InvalidArgumentError(
            f"{option}={value!r} cannot begin the name of an interface",
            "use a letter and up to 10 more letters, digits, '_' or '-'",
        )
    return value


def _boolean(option: str, value: str) -> bool:
    """Go's words for true and false, as Docker reads them."""
    if value in ("1", "t", "T", "true", "TRUE", "True", ""):
        return True
    if value in ("0", "f", "F", "false", "FALSE", "False"):
        return False
    raise InvalidArgumentError(f"{option}={value!r} is neither true nor false", "use one of them")


def _mtu(option: str, value: str) -> int:
    lowest, highest = _MTU_RANGE
    if not value.isdecimal() or not lowest <= int(value) <= highest:
        raise InvalidArgumentError(
            f"{option}={value!r} is no MTU", f"use a number from {lowest} to {highest}"
        )
    return int(value)


_READERS: Final[dict[str, Callable[[str, str], str | bool | int]]] = {
    NAME: _link_name,
    MASQUERADE: _boolean,
    INHIBIT_IPV4: _boolean,
    MTU: _mtu,
    INTERFACE_PREFIX: _prefix,
}
