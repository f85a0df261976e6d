"""The book itself: the one mutable cell that every answer is read from.

A record is in the book exactly while some claimant claims it, and there is no way to write down a
record without one. What the book says depends only on the live claims, never on their history.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import msgspec

from mooring.book import held as at_name
from mooring.book.claim import Claim, Put, Record, Step
from mooring.book.journal import Journal, Owner
from mooring.book.lookup import NOT_OURS, Lookup
from mooring.book.scope import Scope
from mooring.wire.constant import Type


class Delta(msgspec.Struct, frozen=True):
    """What one batch changed. ``version`` is the book's after it.

    ``names`` are the (scope, name) pairs whose records differ, and the empty non-terminals that
    came or went. ``zones`` are the (scope, apex) pairs whose SOA came, went or changed: answers
    about any name at or below such an apex may differ. Every other answer is what it was.
    """

    version: int
    names: frozenset[Owner]
    zones: frozenset[Owner]


Subscriber: TypeAlias = Callable[[Delta], None]


class Book:
    """Scopes of names, changed in batches, read at any time by plain calls."""

    def __init__(self) -> None:
        self.version = 0
        self._scopes: dict[str, Scope] = {}
        self._claims: dict[str, Claim | tuple[Claim, ...]] = {}
        """What each claimant claims: bare when it is one record, never an empty tuple."""
        self._subscribers: dict[object, Subscriber] = {}

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` with every later delta; the returned call ends that.

        It is called before ``apply`` returns, in the order of subscription. It must not raise and
        must not change the book.
        """
        token = object()
        self._subscribers[token] = subscriber

        def unsubscribe() -> None:
            self._subscribers.pop(token, None)

        return unsubscribe

    def apply(self, batch: Iterable[Step]) -> Delta:
        """Put and withdraw claimants as one change; of two steps of one claimant the later counts.

        A batch that changes no answer keeps the version, and nobody is told of it.
        """
        wanted: dict[str, tuple[Record, ...]] = {}
        for step in batch:
            wanted[step.claimant] = step.records if isinstance(step, Put) else ()
        journal = Journal()
        for claimant, records in wanted.items():
            self._replace(claimant, records, journal)
        names, zones = self._differences(journal)
        if names:
            self.version += 1
        delta = Delta(self.version, frozenset(names), frozenset(zones))
        if names:
            for subscriber in tuple(self._subscribers.values()):
                subscriber(delta)
        return delta

    def lookup(self, scope: str, name: bytes, rtype: int) -> Lookup:
        """What the scope says of a folded wire name and a type.

        A name that exists only because others stand below it (RFC 8020) exists within a zone; in a
        scope without one it is nobody's.
        """
        found = self._scopes.get(scope)
        return NOT_OURS if found is None else found.lookup(name, rtype)

    def holders(self, scope: str, name: bytes) -> tuple[Claim, ...]:
        """The claims at a name, with their claimants: why it resolves as it does."""
        found = self._scopes.get(scope)
        held = None if found is None else found.held.get(name)
        return tuple(sorted(at_name.claims(held), key=_order))

    def claimants(self) -> Iterator[str]:
        """Every claimant with a claim, in no order."""
        return iter(self._claims)

    def claims(self, claimant: str) -> tuple[Claim, ...]:
        """What one claimant claims; empty if it claims nothing."""
        return tuple(sorted(at_name.claims(self._claims.get(claimant)), key=_order))

    def names(self, scope: str) -> Iterator[bytes]:
        """Every name with a record in a scope, in no order."""
        found = self._scopes.get(scope)
        return iter(()) if found is None else iter(found.held)

    def __len__(self) -> int:
        """How many names have records, a name counted once in each scope."""
        return sum(len(scope.held) for scope in self._scopes.values())

    def _replace(self, claimant: str, records: tuple[Record, ...], journal: Journal) -> None:
        """Make these the claimant's claims. What it claims already stays the same object."""
        gone = {claim.record: claim for claim in at_name.claims(self._claims.pop(claimant, None))}
        claims, fresh = [], []
        for record in dict.fromkeys(records):
            claim = gone.pop(record, None)
            if claim is None:
                claim = Claim(claimant, record)
                fresh.append(claim)
            claims.append(claim)
        for claim in gone.values():
            self._remove(claim, journal)
        for claim in fresh:
            self._add(claim, journal)
        if claims:
            self._claims[claimant] = claims[0] if len(claims) == 1 else tuple(claims)

    def _add(self, claim: Claim, journal: Journal) -> None:
        name = claim.record.scope
        scope = self._scopes.get(name)
        if scope is None:
            scope = self._scopes[name] = Scope()
        scope.add(claim, journal)

    def _remove(self, claim: Claim, journal: Journal) -> None:
        name = claim.record.scope
        scope = self._scopes[name]
        scope.remove(claim, journal)
        if not scope.held:
            del self._scopes[name]

    def _differences(self, journal: Journal) -> tuple[set[Owner], set[Owner]]:
        """Names that answer otherwise than before the batch, and those of them whose SOA does."""
        names, zones = set(), set()
        for owner, past in journal.pasts.items():
            scope = self._scopes.get(owner[0])
            held = None if scope is None else scope.held.get(owner[1])
            changed = at_name.types(held) if past is None else past.changed(held)
            if changed:
                names.add(owner)
                if Type.SOA in changed:
                    zones.add(owner)
        for owner, existed in journal.existed.items():
            scope = self._scopes.get(owner[0])
            exists = scope is not None and scope.exists(owner[1])
            if exists != existed:
                names.add(owner)
        return names, zones


def _order(claim: Claim) -> tuple[str, str, bytes, int, bytes, int]:
    record = claim.record
    return claim.claimant, record.scope, record.name, record.type, record.rdata, record.ttl
