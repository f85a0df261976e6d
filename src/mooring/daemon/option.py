"""The daemon's options: their names, of what kind each is, and which can change while it runs.

A name is the key in the file, and behind ``--`` the flag. Pure.
"""

from enum import StrEnum
from typing import Final

import msgspec

from mooring.daemon.config import PoolOption
from mooring.model.error import InvalidArgumentError


class Kind(StrEnum):
    """What a value is, in the words of a complaint about one that is not."""

    TEXT = "a string"
    NUMBER = "a whole number"
    BOOLEAN = "true or false"
    LIST = "a list of strings"
    POOLS = "a list of tables with base and size"


class Option(msgspec.Struct, frozen=True):
    """One option. ``live``: a reload changes it; the others need a restart."""

    name: str
    kind: Kind
    live: bool = False

    @property
    def field(self) -> str:
        """Its name in ``Config``."""
        return self.name.replace("-", "_")


OPTIONS: Final = (
    Option("bridge", Kind.TEXT),
    Option("bip", Kind.TEXT),
    Option("bip6", Kind.TEXT),
    Option("fixed-cidr", Kind.TEXT),
    Option("fixed-cidr-v6", Kind.TEXT),
    Option("default-gateway", Kind.TEXT),
    Option("default-gateway-v6", Kind.TEXT),
    Option("ipv6", Kind.BOOLEAN),
    Option("mtu", Kind.NUMBER),
    Option("default-bridge-dns", Kind.BOOLEAN),
    Option("ip-masq", Kind.BOOLEAN),
    Option("ip-forward", Kind.BOOLEAN),
    Option("iptables", Kind.BOOLEAN),
    Option("ip6tables", Kind.BOOLEAN),
    Option("default-address-pool", Kind.POOLS),
    Option("dns", Kind.LIST, live=True),
    Option("dns-search", Kind.LIST, live=True),
    Option("dns-opt", Kind.LIST, live=True),
    Option("dns-ttl", Kind.NUMBER, live=True),
    Option("resolv-conf", Kind.TEXT),
    Option("log-level", Kind.TEXT, live=True),
    Option("log-format", Kind.TEXT),
    Option("data-root", Kind.TEXT),
    Option("run-root", Kind.TEXT),
    Option("allow-remote", Kind.BOOLEAN),
)

_TYPES: Final = {
    Kind.TEXT: str,
    Kind.NUMBER: int,
    Kind.BOOLEAN: bool,
    Kind.LIST: tuple[str, ...],
    Kind.POOLS: tuple[PoolOption, ...],
}
_TRUE: Final = frozenset({"1", "t", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "f", "false", "no", "off"})


def from_file(option: Option, value: object) -> object:
    """The value of a key of the file. Raises InvalidArgumentError that says what it should be."""
    try:
        return msgspec.convert(value, _TYPES[option.kind])
    except msgspec.ValidationError:
        raise InvalidArgumentError(f"is {_shown(value)}, and has to be {option.kind}") from None


def from_flags(option: Option, value: object) -> object:
    """The value of a flag that was typed. Raises InvalidArgumentError likewise."""
    match option.kind:
        case Kind.NUMBER if isinstance(value, str):
            if value.isascii() and value.isdigit() and len(value) < 10:
                return int(value)
        case Kind.BOOLEAN if isinstance(value, str):
            if value.lower() in _TRUE | _FALSE:
                return value.lower() in _TRUE
        case Kind.POOLS if isinstance(value, tuple):
            return tuple(_pool(text) for text in value)
        case _:
            return from_file(option, value)
    raise InvalidArgumentError(f"is {_shown(value)}, and has to be {option.kind}")


def _pool(text: str) -> PoolOption:
    """``base=10.10.0.0/16,size=24``."""
    parts = dict(part.partition("=")[::2] for part in text.split(","))
    base, size = parts.pop("base", ""), parts.pop("size", "")
    if parts or not base or not (size.isascii() and size.isdigit() and len(size) < 4):
        raise InvalidArgumentError(
            f"is {_shown(text)}, and has to be of the form base=10.10.0.0/16,size=24"
        )
    return PoolOption(base, int(size))


def _shown(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
