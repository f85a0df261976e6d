"""One scope: the names that one audience sees."""

from typing import Final

from mooring.book import held as at_name
from mooring.book.claim import Claim
from mooring.book.journal import Journal
from mooring.book.lookup import NOT_OURS, Answer, Lookup, NoData, NxDomain, RRset
from mooring.wire.constant import Type
from mooring.wire.name import ROOT, ancestors, parent


class Scope:
    """Names with the claims at them, and what follows from where the names stand."""

    __slots__ = ("below", "held", "zones")

    def __init__(self) -> None:
        self.held: Final[dict[bytes, at_name.Held]] = {}
        self.below: Final[dict[bytes, int]] = {}
        """How many names stand strictly below a name: what makes an empty non-terminal exist."""
        self.zones: Final[set[bytes]] = set()
        """Names that hold an SOA record."""

    def exists(self, name: bytes) -> bool:
        """Whether the name has a record, or another below it that has one (RFC 8020)."""
        return name in self.held or name in self.below

    def lookup(self, name: bytes, rtype: int) -> Lookup:
        """See ``Book.lookup``."""
        held = self.held.get(name)
        if held is not None:
            found = at_name.rrset(held, rtype) or at_name.rrset(held, Type.CNAME)
            return NoData(self._soa(name)) if found is None else Answer(found)
        soa = self._soa(name)
        if soa is None:
            return NOT_OURS
        return NoData(soa) if name in self.below else NxDomain(soa)

    def add(self, claim: Claim, journal: Journal) -> None:
        """Hold a claim that is not held yet."""
        record = claim.record
        held = self.held.get(record.name)
        journal.touch(record, held)
        self.held[record.name] = at_name.add(held, claim)
        if held is None:
            self._count(claim, 1, journal)
        if record.type == Type.SOA:
            self.zones.add(record.name)

    def remove(self, claim: Claim, journal: Journal) -> None:
        """Let go of a claim that is held."""
        record = claim.record
        held = self.held[record.name]
        journal.touch(record, held)
        rest = at_name.remove(held, claim)
        if rest is None:
            del self.held[record.name]
            self._count(claim, -1, journal)
        else:
            self.held[record.name] = rest
        if record.type == Type.SOA and Type.SOA not in at_name.types(rest):
            self.zones.discard(record.name)

    def _count(self, claim: Claim, step: int, journal: Journal) -> None:
        """Count a name in, or out, below each of its ancestors."""
        scope, name = claim.record.scope, parent(claim.record.name)
        while name != ROOT:
            count = self.below.get(name, 0)
            if count + step == 0 or count == 0:
                journal.reshape((scope, name), name in self.held, count > 0)
            if count + step:
                self.below[name] = count + step
            else:
                del self.below[name]
            name = parent(name)

    def _soa(self, name: bytes) -> RRset | None:
        """The SOA of the zone that the name is in."""
        if self.zones:
            for candidate in ancestors(name):
                if candidate in self.zones:
                    return at_name.rrset(self.held[candidate], Type.SOA)
        return None
