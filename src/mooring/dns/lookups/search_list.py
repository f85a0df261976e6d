"""The search list: which names the C library asks for when given one (resolv.conf(5)). Pure."""

from collections.abc import Sequence
from typing import Final

import msgspec

from mooring.linux.resolv_conf import ResolvConf, option

_NDOTS_LIMIT: Final = 15
_TIMEOUT_LIMIT: Final = 30
_ATTEMPTS_LIMIT: Final = 5
"""What glibc takes a higher number for."""


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """What a resolv.conf comes to, with the defaults of glibc. ``timeout`` is in seconds."""

    servers: tuple[str, ...]
    search: tuple[str, ...]
    ndots: int
    timeout: int
    attempts: int
    options: tuple[str, ...]


def habits(conf: ResolvConf, hostname: str) -> Habits:
    """Without a search list there is the domain of the host name, if that has one."""
    domain = hostname.partition(".")[2]
    return Habits(
        servers=conf.servers or ("127.0.0.1",),
        search=conf.search or ((domain,) if domain else ()),
        ndots=_number(conf, "ndots", 1, _NDOTS_LIMIT),
        timeout=_number(conf, "timeout", 5, _TIMEOUT_LIMIT),
        attempts=_number(conf, "attempts", 2, _ATTEMPTS_LIMIT),
        options=conf.options,
    )


def names_asked(name: str, search: Sequence[str], ndots: int) -> tuple[str, ...]:
    """The names that are asked for until one is found, in order, each with a final dot.

    The name itself comes first if it has ``ndots`` dots, else last; alone if it ends in one.
    """
    plain = f"{name.rstrip('.')}."
    if name.endswith("."):
        return (plain,)
    longer = tuple(plain + f"{suffix.strip('.')}." for suffix in search if suffix.strip("."))
    first = plain.count(".") - 1 >= ndots
    return tuple(dict.fromkeys((plain, *longer) if first else (*longer, plain)))


def _number(conf: ResolvConf, name: str, default: int, limit: int) -> int:
    value = option(conf.options, name)
    if value is None or not (value.isascii() and value.isdigit()):
        return default
    return min(int(value[:4]), limit)
