"""Names: what a sandbox's view of the book says of a question, as libnetwork's resolver orders it.

Tried in order, and the first scope in which the name exists decides, whatever the type asked for:

1. special-use names, the same for everybody;
2. the whole name in every scope of the view;
3. the name without its last label, in scopes whose network has that label for a name; then without
   its last two; and so on.

If it exists in none, but lies in a zone of one of them, it does not exist. Two networks may each
have a zone for one half of the same reverse name space, so the first does not hide the second's.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import msgspec

from mooring.book.book import Book
from mooring.book.claim import Claim
from mooring.book.lookup import NOT_OURS, Lookup, NoData, NotOurs, NxDomain, RRset
from mooring.book.lookup import Answer as Found
from mooring.dns.query import NEXT, Answer, Outcome, Query
from mooring.dns.soa import negative_ttl, own_soa
from mooring.dns.special import SPECIAL_BOOK, SPECIAL_SCOPE, special_name
from mooring.model.view import NameScope
from mooring.wire.constant import ExtendedError, Rcode, Type
from mooring.wire.name import ROOT, NameSyntaxError, from_text, is_below, labels_of, to_text
from mooring.wire.record import render
from mooring.wire.reply import Explanation, Reply, compose

DEFAULT_TTL: Final = 10
"""Seconds that the absence of a record holds for a client, where no zone of the book says."""

_ALIAS_LIMIT: Final = 8
"""Aliases in a row; more are taken for a circle."""


class Look(msgspec.Struct, frozen=True):
    """One look-up on the way: in which scope, under which name, and what was found there.

    ``suffix`` is the part of the question that named the network, the root if none did.
    """

    scope: NameScope
    name: bytes
    suffix: bytes
    found: Lookup


class Resolution(msgspec.Struct, frozen=True):
    """An outcome, and every look on the way to it, in order."""

    outcome: Outcome
    looks: tuple[Look, ...]


class Names:
    """The handler that answers from the book, in whatever scopes the question's view has."""

    def __init__(self, book: Book, ttl: int = DEFAULT_TTL) -> None:
        self._book: Final = book
        self._ttl = ttl

    def change_ttl(self, ttl: int) -> None:
        """Say another TTL in what no zone of the book says itself."""
        self._ttl = ttl

    def __call__(self, query: Query) -> Outcome:
        """Answer for a name that is known, or lies in a zone of the book; else Next."""
        question = query.question
        return self.resolve(query.view.scopes, question.folded, question.type).outcome

    def resolve(self, scopes: tuple[NameScope, ...], name: bytes, rtype: int) -> Resolution:
        """Evaluate a question for a folded wire name; aliases are followed within the scopes."""
        looks: list[Look] = []
        answers: list[bytes] = []
        owner = name
        for _ in range(_ALIAS_LIMIT):
            last = self._search(scopes, owner.lower(), rtype, looks)
            match last.found:
                case NotOurs():
                    if not answers:
                        return Resolution(NEXT, tuple(looks))
                    return _lasting(compose(Rcode.NOERROR, answers), looks)
                case NxDomain(soa=soa):
                    negative = self._soa(soa, last.suffix, owner, name)
                    return _lasting(compose(Rcode.NXDOMAIN, answers, negative), looks)
                case NoData(soa=maybe):
                    if rtype == Type.ANY and (everything := self._everything(last)):
                        answers += _render(everything, owner, name)
                        return _lasting(compose(Rcode.NOERROR, answers), looks)
                    negative = self._soa(maybe, last.suffix, owner, name)
                    return _lasting(compose(Rcode.NOERROR, answers, negative), looks)
                case Found(rrset=rrset):
                    if rrset.type == rtype or rtype == Type.ANY:
                        answers += _render([rrset], owner, name)
                        return _lasting(compose(Rcode.NOERROR, answers), looks)
                    target = rrset.rdatas[0]
                    answers += render(owner, rrset.type, rrset.ttl, (target,), name)
                    owner = target
        text = f"more than {_ALIAS_LIMIT} aliases in a row from {to_text(name)}"
        explanation = Explanation(ExtendedError.OTHER, text)
        return _lasting(Reply(Rcode.SERVFAIL, explanation=explanation), looks)

    def holders(self, look: Look) -> tuple[Claim, ...]:
        """The claims at the name that was looked for: why it was found."""
        return self._book_of(look.scope).holders(look.scope.scope, look.name)

    def _search(
        self, scopes: tuple[NameScope, ...], name: bytes, rtype: int, looks: list[Look]
    ) -> Look:
        """The look that counts; ``looks`` gets every one that was taken."""
        nonexistent: Look | None = None
        for scope, candidate, suffix in _candidates(scopes, name):
            found = self._book_of(scope).lookup(scope.scope, candidate, rtype)
            look = Look(scope, candidate, suffix, found)
            looks.append(look)
            match found:
                case NotOurs():
                    pass
                case NxDomain() if scope is not SPECIAL_SCOPE:
                    nonexistent = nonexistent or look
                case _:
                    return look
        return nonexistent or Look(SPECIAL_SCOPE, name, ROOT, NOT_OURS)

    def _book_of(self, scope: NameScope) -> Book:
        return SPECIAL_BOOK if scope is SPECIAL_SCOPE else self._book

    def _soa(self, soa: RRset | None, suffix: bytes, owner: bytes, question: bytes) -> list[bytes]:
        """The SOA that says how long a negative answer holds (RFC 2308, section 3).

        Where no zone covers the name, one that begins at the name itself.
        """
        if soa is None:
            return own_soa(owner, self._ttl, question)
        apex = soa.name[:-1] + suffix
        rdata = soa.rdatas[0]
        return render(apex, Type.SOA, negative_ttl(soa.ttl, rdata), (rdata,), question)

    def _everything(self, look: Look) -> list[RRset]:
        """All RRsets at a name, for a question of type ANY (RFC 8482, section 4)."""
        book, scope = self._book_of(look.scope), look.scope.scope
        types = sorted({claim.record.type for claim in self.holders(look)})
        found = (book.lookup(scope, look.name, rtype) for rtype in types)
        return [answer.rrset for answer in found if isinstance(answer, Found)]


def _lasting(reply: Reply, looks: list[Look]) -> Resolution:
    depends = {
        (look.scope.scope, look.name): None for look in looks if look.scope is not SPECIAL_SCOPE
    }
    return Resolution(Answer(reply, tuple(depends)), tuple(looks))


def _render(rrsets: list[RRset], owner: bytes, question_name: bytes) -> list[bytes]:
    return [
        record
        for rrset in rrsets
        for record in render(owner, rrset.type, rrset.ttl, rrset.rdatas, question_name)
    ]


def _candidates(
    scopes: tuple[NameScope, ...], name: bytes
) -> Iterator[tuple[NameScope, bytes, bytes]]:
    """Each scope to look in, the name to look for there, and the suffix that was taken off."""
    special = special_name(name)
    if special:
        yield SPECIAL_SCOPE, special, ROOT
    for scope in scopes:
        yield scope, name, ROOT
    for suffix, scope in _by_suffix(scopes):
        if len(suffix) < len(name) and is_below(name, suffix):
            yield scope, name[: -len(suffix)] + ROOT, suffix


@lru_cache(maxsize=1024)
def _by_suffix(scopes: tuple[NameScope, ...]) -> tuple[tuple[bytes, NameScope], ...]:
    """The scopes with a network's name as a folded wire name, those of fewer labels first."""
    named = []
    for scope in scopes:
        try:
            suffix = from_text(scope.suffix)
        except NameSyntaxError:
            continue  # Not a domain name, so no question ends in it.
        if suffix != ROOT:
            named.append((suffix, scope))
    return tuple(sorted(named, key=lambda pair: len(labels_of(pair[0]))))
