"""Many claims at one name, counted as they come and go so that no change looks through them."""

from collections.abc import Iterable
from typing import TypeVar

from mooring.book.claim import Claim
from mooring.book.lookup import RRset

_Key = TypeVar("_Key")


class Tally:
    """The claims of one type: how many there are of each rdata, and of each TTL."""

    __slots__ = ("rdatas", "rrset", "ttls")

    def __init__(self) -> None:
        self.rdatas: dict[bytes, int] = {}
        self.ttls: dict[int, int] = {}
        self.rrset: RRset | None = None
        """What they add up to, from when it was first asked until a claim comes or goes."""


class Crowd:
    """A set of claims that knows its RRsets."""

    __slots__ = ("claims", "tallies")

    def __init__(self, claims: Iterable[Claim]) -> None:
        self.claims: dict[Claim, None] = {}
        self.tallies: dict[int, Tally] = {}
        for claim in claims:
            self.add(claim)

    def add(self, claim: Claim) -> None:
        """Count a claim in that is not in yet."""
        record = claim.record
        self.claims[claim] = None
        tally = self.tallies.get(record.type)
        if tally is None:
            tally = self.tallies[record.type] = Tally()
        tally.rdatas[record.rdata] = tally.rdatas.get(record.rdata, 0) + 1
        tally.ttls[record.ttl] = tally.ttls.get(record.ttl, 0) + 1
        tally.rrset = None

    def remove(self, claim: Claim) -> None:
        """Count a claim out that is in."""
        record = claim.record
        del self.claims[claim]
        tally = self.tallies[record.type]
        _count_out(tally.rdatas, record.rdata)
        _count_out(tally.ttls, record.ttl)
        tally.rrset = None
        if not tally.rdatas:
            del self.tallies[record.type]

    def rrset(self, rtype: int) -> RRset | None:
        """The records of one type, each rdata once and in order, with the lowest TTL."""
        tally = self.tallies.get(rtype)
        if tally is None:
            return None
        if tally.rrset is None:
            name = next(iter(self.claims)).record.name
            tally.rrset = RRset(name, rtype, min(tally.ttls), tuple(sorted(tally.rdatas)))
        return tally.rrset

    def has(self, rtype: int, rdata: bytes) -> bool:
        """Whether a record of this type and rdata is claimed."""
        tally = self.tallies.get(rtype)
        return tally is not None and rdata in tally.rdatas

    def lowest_ttl(self, rtype: int) -> int | None:
        """The lowest TTL that is claimed for a type; None if the type is not."""
        tally = self.tallies.get(rtype)
        return None if tally is None else min(tally.ttls)


def _count_out(counts: dict[_Key, int], key: _Key) -> None:
    if counts[key] == 1:
        del counts[key]
    else:
        counts[key] -= 1
