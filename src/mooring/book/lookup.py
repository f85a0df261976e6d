"""What a look-up in the book can say."""

from typing import TypeAlias

import msgspec


class RRset(msgspec.Struct, frozen=True):
    """All records of one name and type. ``ttl`` is the lowest of the claims' (RFC 2181, 5.2)."""

    name: bytes
    type: int
    ttl: int
    rdatas: tuple[bytes, ...]


class Answer(msgspec.Struct, frozen=True):
    """The name has records of the type asked for, or a CNAME that stands in for them."""

    rrset: RRset


class NoData(msgspec.Struct, frozen=True):
    """The name exists, without records of that type. ``soa`` is None outside a zone of ours."""

    soa: RRset | None


class NxDomain(msgspec.Struct, frozen=True):
    """The name lies in a zone of ours and does not exist."""

    soa: RRset


class NotOurs(msgspec.Struct, frozen=True):
    """The scope says nothing about the name: ask elsewhere."""


Lookup: TypeAlias = Answer | NoData | NxDomain | NotOurs

NOT_OURS = NotOurs()
