"""The claims at one name: one bare, a few in a tuple, many in a crowd.

Nearly every name has one claim or two, and a million of those must stay small; a name with
thousands behind it must change as fast as any other. What can be read of the claims never depends
on which of the three forms they are in.
"""

from collections.abc import Collection
from typing import Final, TypeAlias

from mooring.book.claim import Claim
from mooring.book.crowd import Crowd
from mooring.book.lookup import RRset

FEW: Final = 8
"""The longest tuple. Looking through this many costs less than the tables of a crowd."""

Held: TypeAlias = Claim | tuple[Claim, ...] | Crowd
"""Never empty: a name without claims is not held."""


def add(held: Held | None, claim: Claim) -> Held:
    """The claims at a name with one more, which must not be among them."""
    if held is None:
        return claim
    if isinstance(held, Claim):
        return (held, claim)
    if isinstance(held, Crowd):
        held.add(claim)
        return held
    return (*held, claim) if len(held) < FEW else Crowd((*held, claim))


def remove(held: Held, claim: Claim) -> Held | None:
    """The claims at a name without one that is among them; None if it was the last."""
    if isinstance(held, Claim):
        return None
    if isinstance(held, Crowd):
        held.remove(claim)
        return held if len(held.claims) > FEW else tuple(held.claims)
    rest = tuple(other for other in held if other != claim)
    return rest if len(rest) > 1 else rest[0]


def claims(held: Held | None) -> Collection[Claim]:
    """Every claim, in no order."""
    if held is None:
        return ()
    if isinstance(held, Claim):
        return (held,)
    return held.claims.keys() if isinstance(held, Crowd) else held


def types(held: Held | None) -> set[int]:
    """The types that the name has records of."""
    if isinstance(held, Crowd):
        return set(held.tallies)
    return {claim.record.type for claim in claims(held)}


def rrset(held: Held, rtype: int) -> RRset | None:
    """The name's records of one type, each rdata once and in order, with the lowest TTL."""
    if isinstance(held, Crowd):
        return held.rrset(rtype)
    if isinstance(held, Claim):
        record = held.record
        if record.type != rtype:
            return None
        return RRset(record.name, rtype, record.ttl, (record.rdata,))
    records = [claim.record for claim in held if claim.record.type == rtype]
    if not records:
        return None
    rdatas = sorted({record.rdata for record in records})
    return RRset(records[0].name, rtype, min(record.ttl for record in records), tuple(rdatas))


def has(held: Held | None, rtype: int, rdata: bytes) -> bool:
    """Whether some claim at the name is of this type and rdata."""
    if isinstance(held, Crowd):
        return held.has(rtype, rdata)
    return any(claim.record.rdata == rdata and claim.record.type == rtype for claim in claims(held))


def lowest_ttl(held: Held | None, rtype: int) -> int | None:
    """The TTL of the name's RRset of this type; None if it has none."""
    if isinstance(held, Crowd):
        return held.lowest_ttl(rtype)
    return min(
        (claim.record.ttl for claim in claims(held) if claim.record.type == rtype), default=None
    )
