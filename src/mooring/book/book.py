"""The book itself: the one mutable cell that every answer is read from.

A record is in the book exactly while some claimant claims it, and there is no way to write down a
record without one. What the book says depends only on the live claims, never on their history.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

import msgspec

from mooring.book.claim import Claim, Put, Record, Step
from mooring.book.lookup import NOT_OURS, Answer, Lookup, NoData, NxDomain, RRset
from mooring.wire.constant import Type
from mooring.wire.name import ROOT, ancestors, parent

Held: TypeAlias = Claim | tuple[Claim, ...]
"""The claims at one name: bare when there is one, which is nearly always; a million names fit
so in half the memory. Never an empty tuple."""


class Delta(msgspec.Struct, frozen=True):
    """What one batch changed. ``version`` is the book's after it.

    ``names`` are the (scope, name) pairs whose answers may differ, among them empty non-terminals
    that came or went. ``zones`` are the (scope, apex) pairs whose SOA came, went or changed:
    answers about names at or below such an apex may differ.
    """

    version: int
    names: frozenset[tuple[str, bytes]]
    zones: frozenset[tuple[str, bytes]]


Subscriber: TypeAlias = Callable[[Delta], None]


class _Scope:
    """The names that one audience sees."""

    __slots__ = ("below", "held", "zones")

    def __init__(self) -> None:
        self.held: Final[dict[bytes, Held]] = {}
        self.below: Final[dict[bytes, int]] = {}
        """How many names stand strictly below a name: what makes an empty non-terminal exist."""
        self.zones: Final[set[bytes]] = set()
        """Names that hold an SOA record."""


class Book:
    """Scopes of names, changed in batches, read at any time by plain calls."""

    def __init__(self) -> None:
        self.version = 0
        self._scopes: dict[str, _Scope] = {}
        self._claims: dict[str, Held] = {}
        self._subscribers: list[Subscriber] = []

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` with every later delta; the returned call ends that.

        It is called before ``apply`` returns, in the order of subscription. It must not raise and
        must not change the book.
        """
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def apply(self, batch: Iterable[Step]) -> Delta:
        """Put and withdraw claimants as one change. An unchanged book keeps its version."""
        wanted: dict[str, tuple[Record, ...]] = {}
        for step in batch:
            wanted[step.claimant] = tuple(set(step.records)) if isinstance(step, Put) else ()
        before: dict[tuple[str, bytes], tuple[Record, ...]] = {}
        for claimant, records in wanted.items():
            for claim in _each(self._claims.get(claimant)):
                key = (claim.record.scope, claim.record.name)
                if key not in before:
                    before[key] = self._records(*key)
            for record in records:
                key = (record.scope, record.name)
                if key not in before:
                    before[key] = self._records(*key)
        shape: set[tuple[str, bytes]] = set()
        for claimant, records in wanted.items():
            self._replace(claimant, records, shape)
        names, zones = set(shape), set()
        for key, old in before.items():
            new = self._records(*key)
            if old != new:
                names.add(key)
                if _of_type(old, Type.SOA) != _of_type(new, Type.SOA):
                    zones.add(key)
        delta = Delta(self.version, frozenset(names), frozenset(zones))
        if names:
            self.version += 1
            delta = Delta(self.version, delta.names, delta.zones)
            for subscriber in tuple(self._subscribers):
                subscriber(delta)
        return delta

    def lookup(self, scope: str, name: bytes, rtype: int) -> Lookup:
        """What the scope says of a folded wire name and a type.

        A name that exists only because others stand below it (RFC 8020) exists within a zone; in a
        scope without one it is nobody's.
        """
        found = self._scopes.get(scope)
        if found is None:
            return NOT_OURS
        held = found.held.get(name)
        if held is not None:
            records = tuple(claim.record for claim in _each(held))
            wanted = _of_type(records, rtype) or _of_type(records, Type.CNAME)
            if wanted:
                return Answer(_rrset(wanted))
            return NoData(self._soa(found, name))
        soa = self._soa(found, name)
        if soa is None:
            return NOT_OURS
        return NoData(soa) if name in found.below else NxDomain(soa)

    def holders(self, scope: str, name: bytes) -> tuple[Claim, ...]:
        """The claims at a name, with their claimants: why it resolves as it does."""
        found = self._scopes.get(scope)
        return tuple(sorted(_each(found.held.get(name)), key=_order)) if found else ()

    def claimants(self) -> Iterator[str]:
        """Every claimant with a claim."""
        return iter(self._claims)

    def claims(self, claimant: str) -> tuple[Claim, ...]:
        """What one claimant claims; empty if it claims nothing."""
        return tuple(sorted(_each(self._claims.get(claimant)), key=_order))

    def names(self, scope: str) -> Iterator[bytes]:
        """Every name with a record in a scope."""
        found = self._scopes.get(scope)
        return iter(found.held) if found else iter(())

    def __len__(self) -> int:
        return sum(len(scope.held) for scope in self._scopes.values())

    def _records(self, scope: str, name: bytes) -> tuple[Record, ...]:
        """The distinct records at a name in a canonical order: what any reader can see of it."""
        found = self._scopes.get(scope)
        held = found.held.get(name) if found else None
        if held is None:
            return ()
        if isinstance(held, Claim):
            return (held.record,)
        return tuple(sorted({claim.record for claim in held}, key=_record_order))

    def _soa(self, scope: _Scope, name: bytes) -> RRset | None:
        if not scope.zones:
            return None
        for candidate in ancestors(name):
            if candidate in scope.zones:
                claims = _each(scope.held[candidate])
                return _rrset(_of_type(tuple(claim.record for claim in claims), Type.SOA))
        return None

    def _replace(
        self, claimant: str, records: tuple[Record, ...], shape: set[tuple[str, bytes]]
    ) -> None:
        old = _each(self._claims.pop(claimant, None))
        kept = set(records)
        claims = [claim for claim in old if claim.record in kept]
        already = {claim.record for claim in claims}
        for claim in old:
            if claim.record not in kept:
                self._remove(claim, shape)
        for record in records:
            if record not in already:
                claim = Claim(claimant, record)
                self._add(claim, shape)
                claims.append(claim)
        if claims:
            self._claims[claimant] = claims[0] if len(claims) == 1 else tuple(claims)

    def _add(self, claim: Claim, shape: set[tuple[str, bytes]]) -> None:
        record = claim.record
        scope = self._scopes.setdefault(record.scope, _Scope())
        held = scope.held.get(record.name)
        if held is None:
            scope.held[record.name] = claim
            _count(scope, record, 1, shape)
        else:
            scope.held[record.name] = (*_each(held), claim)
        if record.type == Type.SOA:
            scope.zones.add(record.name)

    def _remove(self, claim: Claim, shape: set[tuple[str, bytes]]) -> None:
        record = claim.record
        scope = self._scopes[record.scope]
        rest = tuple(other for other in _each(scope.held[record.name]) if other is not claim)
        if not rest:
            del scope.held[record.name]
            _count(scope, record, -1, shape)
        else:
            scope.held[record.name] = rest[0] if len(rest) == 1 else rest
        if record.type == Type.SOA and not any(c.record.type == Type.SOA for c in rest):
            scope.zones.discard(record.name)
        if not scope.held:
            del self._scopes[record.scope]


def _count(scope: _Scope, record: Record, step: int, shape: set[tuple[str, bytes]]) -> None:
    """Count a name in (or out) below each of its ancestors; note those that appear or vanish."""
    name = parent(record.name)
    while name != ROOT:
        count = scope.below.get(name, 0) + step
        if count:
            scope.below[name] = count
        else:
            del scope.below[name]
        if count == 0 or (count == 1 and step == 1):
            shape.add((record.scope, name))
        name = parent(name)


def _each(held: Held | None) -> tuple[Claim, ...]:
    if held is None:
        return ()
    return (held,) if isinstance(held, Claim) else held


def _of_type(records: tuple[Record, ...], rtype: int) -> tuple[Record, ...]:
    return tuple(record for record in records if record.type == rtype)


def _rrset(records: tuple[Record, ...]) -> RRset:
    first = records[0]
    if len(records) == 1:
        return RRset(first.name, first.type, first.ttl, (first.rdata,))
    rdatas = sorted({record.rdata for record in records})
    return RRset(first.name, first.type, min(record.ttl for record in records), tuple(rdatas))


def _record_order(record: Record) -> tuple[int, bytes, int]:
    return record.type, record.rdata, record.ttl


def _order(claim: Claim) -> tuple[str, str, bytes, int, bytes, int]:
    record = claim.record
    return claim.claimant, record.scope, record.name, record.type, record.rdata, record.ttl
