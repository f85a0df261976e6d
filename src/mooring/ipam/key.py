"""Pool ids: ``LocalDefault/172.27.0.0/16`` or ``LocalDefault/172.27.0.0/16/172.27.3.0/24``."""

from functools import lru_cache
from typing import Final

import msgspec

from mooring.ipam.error import InvalidPoolIdError
from mooring.ipam.prefix import Prefix, PrefixSyntaxError, covers, parse_prefix

_LENGTH_LIMIT: Final = 256
"""Characters of a pool id that is looked at: far more than two IPv6 prefixes take."""


class PoolKey(msgspec.Struct, frozen=True):
    """A pool of an address space, or a sub-pool of one. ``str()`` is its id."""

    space: str
    subnet: Prefix
    child: Prefix | None = None

    def __str__(self) -> str:
        whole = f"{self.space}/{self.subnet}"
        return whole if self.child is None else f"{whole}/{self.child}"


@lru_cache(maxsize=4096)
def parse_key(text: str) -> PoolKey:
    """The key that a pool id stands for. InvalidPoolIdError if it is none."""
    key = _parse(text) if len(text) <= _LENGTH_LIMIT else None
    if key is None:
        raise InvalidPoolIdError(
            f"invalid pool id: {text[:_LENGTH_LIMIT]!r}",
            "a pool id is SPACE/SUBNET or SPACE/SUBNET/SUBPOOL, as request_pool returned it",
        )
    return key


def _parse(text: str) -> PoolKey | None:
    space, *numbers = text.split("/")
    if len(numbers) not in (2, 4):
        return None
    try:
        subnet = parse_prefix("/".join(numbers[:2]))
        child = parse_prefix("/".join(numbers[2:])) if numbers[2:] else None
    except PrefixSyntaxError:
        return None
    if child is not None and not covers(subnet, child):
        return None
    return PoolKey(space, subnet, child)
