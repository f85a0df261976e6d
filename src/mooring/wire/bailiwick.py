"""What in a reply belongs to its question; the rest is nobody's business, or an attack.

A record that nobody asked for is how a cache is poisoned. From a reply we keep the records on the
alias chain that starts at the question, who answers for the chain's last name, and the proofs that
a client which asked for DNSSEC checks by itself. The additional section is dropped whole.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from mooring.wire.constant import Type
from mooring.wire.message import Message, RecordSpan, read_name
from mooring.wire.name import NAME_LIMIT, ancestors, is_below, parent
from mooring.wire.question import Question

_PROOFS: Final = frozenset({Type.DS, Type.RRSIG, Type.NSEC, Type.NSEC3})


class Belonging(msgspec.Struct, frozen=True):
    """The records to keep, each alias before what it leads to.

    ``last`` is the folded name where the chain ends, ``aliased`` tells whether there is an alias on
    the way there, ``answered`` whether it has records of the type asked for.
    """

    answers: tuple[RecordSpan, ...]
    authorities: tuple[RecordSpan, ...]
    last: bytes
    aliased: bool
    answered: bool


def belonging(message: Message, question: Question) -> Belonging:
    """Tell what of ``message`` answers ``question``."""
    chain = _Chain(message, question)
    authorities = tuple(
        record
        for record in message.authorities
        if record.rclass == question.qclass
        and (
            (record.type in (Type.SOA, Type.NS) and is_below(chain.last, record.owner))
            or (chain.wants_proofs and record.type in _PROOFS)
        )
    )
    answers = tuple(chain.kept.values())
    return Belonging(
        answers, authorities, chain.last, chain.last != question.folded, chain.answered
    )


class _Chain:
    """The aliases from the question to the last name, and what is kept on the way."""

    def __init__(self, message: Message, question: Question) -> None:
        self.wants_proofs: Final = question.edns is not None and question.edns.dnssec_ok
        self.kept: Final[dict[int, RecordSpan]] = {}
        """The records that belong, by their offsets."""
        self.last = question.folded
        self.answered = False
        self._wire: Final = message.wire
        self._type: Final = question.type
        by_owner: dict[bytes, list[RecordSpan]] = {}
        for record in message.answers:
            if record.rclass == question.qclass:
                by_owner.setdefault(record.owner, []).append(record)
        seen: set[bytes] = set()
        while self.last not in seen:
            seen.add(self.last)
            following = self._step(by_owner)
            if following is None:
                break
            self.last = following

    def _step(self, by_owner: dict[bytes, list[RecordSpan]]) -> bytes | None:
        """Keep what belongs at the last name; the name to go on with, if that is an alias."""
        here = by_owner.get(self.last, ())
        asked = [record for record in here if self._type in (record.type, Type.ANY)]
        if asked:
            self.answered = True
            self._keep(asked, here)
            return None
        following = None
        for above in ancestors(parent(self.last)) if len(self.last) > 1 else ():
            dname = _first(by_owner.get(above, ()), Type.DNAME)
            if dname is not None:
                self._keep([dname], by_owner[above])
                following = _substitute(self.last, above, read_name(self._wire, dname.rdata)[0])
                break
        cname = _first(here, Type.CNAME)
        if cname is not None:
            self._keep([cname], here)
            following = read_name(self._wire, cname.rdata)[0]
        return following

    def _keep(self, records: Iterable[RecordSpan], beside: Iterable[RecordSpan]) -> None:
        self.kept.update((record.start, record) for record in records)
        if self.wants_proofs:
            proofs = (record for record in beside if record.type == Type.RRSIG)
            self.kept.update((record.start, record) for record in proofs)


def _first(records: Iterable[RecordSpan], rtype: int) -> RecordSpan | None:
    return next((record for record in records if record.type == rtype), None)


def _substitute(name: bytes, owner: bytes, target: bytes) -> bytes | None:
    """``name`` below ``owner`` as a DNAME renames it; None if too long (RFC 6672, section 2.2)."""
    renamed = name[: -len(owner)] + target
    return renamed if len(renamed) <= NAME_LIMIT else None
