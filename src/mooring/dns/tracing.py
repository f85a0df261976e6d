"""Tracing: a question put as a sandbox would put it, with everything that was looked at."""

import time
from collections.abc import Iterator
from typing import Final, assert_never

import dns.exception
import dns.message
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from mooring.book.lookup import Answer as Found
from mooring.book.lookup import Lookup, NoData, NotOurs, NxDomain
from mooring.dns.admission import admit
from mooring.dns.names import Look, Names
from mooring.dns.query import Answer, Next, Query, Refuse, Transport
from mooring.dns.special import SPECIAL_SCOPE
from mooring.dns.upstream import Upstreams
from mooring.dns.without_ipv6 import WithoutIpv6
from mooring.model.error import InvalidArgumentError
from mooring.model.trace import Trace, TraceStep
from mooring.model.view import View
from mooring.wire.constant import CLASS_IN, RD, Rcode, Type, type_text
from mooring.wire.name import NameSyntaxError, from_text, to_text
from mooring.wire.question import Question
from mooring.wire.reply import TCP_LIMIT, Reply, finish

_CLAIM_LIMIT: Final = 32
"""Claims at one name that are shown."""


class Tracing:
    """The resolver's handlers once more, for people who ask why."""

    def __init__(self, names: Names, without_ipv6: WithoutIpv6, upstreams: Upstreams) -> None:
        self._names: Final = names
        self._without_ipv6: Final = without_ipv6
        self._upstreams: Final = upstreams

    async def trace(self, view: View, name: str, rtype: str) -> Trace:
        """Resolve ``name`` and a type (``AAAA``, ``TYPE65``) as whoever has ``view`` would.

        Raises InvalidArgumentError for what is no name or no type. Never answered from compiled
        answers, so it also shows what those should be.
        """
        started = time.perf_counter()
        question = _question(name, rtype)
        query = Query(view, question, ("", 0), Transport.TCP)
        outcome = admit(query)
        steps: list[TraceStep] = []
        if isinstance(outcome, Next):
            resolution = self._names.resolve(view.scopes, question.folded, question.type)
            outcome = resolution.outcome
            steps += (step for look in resolution.looks for step in self._steps(look, question))
        if isinstance(outcome, Next):
            outcome = self._without_ipv6(query)
            if isinstance(outcome, Answer):
                steps.append(_filtered(view))
        match outcome:
            case Answer(reply=reply):
                pass
            case Refuse(rcode=rcode, explanation=explanation):
                reply = Reply(rcode, explanation=explanation)
            case Next():
                reply, asked = await self._upstreams.trace(view, question)
                steps += asked
            case _:
                assert_never(outcome)
        return Trace(
            name=to_text(question.name),
            type=type_text(question.type),
            rcode=_rcode_text(reply.rcode),
            steps=tuple(steps),
            records=_records(reply, question),
            explanation=reply.explanation.text if reply.explanation else "",
            milliseconds=round((time.perf_counter() - started) * 1000, 3),
        )

    def _steps(self, look: Look, question: Question) -> Iterator[TraceStep]:
        """What one look in a scope found, and the claims behind it."""
        if look.scope is SPECIAL_SCOPE and isinstance(look.found, NotOurs):
            return
        yield TraceStep(
            stage="scope",
            subject=look.scope.suffix or look.scope.scope,
            outcome=_outcome(look.name, question.type, look.found),
        )
        if isinstance(look.found, NotOurs | NxDomain):
            return
        for claim in self._names.holders(look)[:_CLAIM_LIMIT]:
            record = claim.record
            text = f"{type_text(record.type)} {_rdata_text(record.type, record.rdata)}"
            yield TraceStep(
                stage="claim", subject=claim.claimant, outcome=f"{text}, TTL {record.ttl} s"
            )


def _filtered(view: View) -> TraceStep:
    return TraceStep(stage="aaaa", subject=view.aaaa.value, outcome="nobody is asked for IPv6")


def _question(name: str, rtype: str) -> Question:
    try:
        wire = from_text(name)
    except NameSyntaxError as error:
        raise InvalidArgumentError(f"cannot resolve {name[:80]!r}: {error}") from error
    return Question(0, RD, wire, wire, _type_number(rtype), CLASS_IN, None)


def _type_number(text: str) -> int:
    upper = text.upper()
    if upper in Type.__members__:
        return Type[upper]
    digits = upper.removeprefix("TYPE")
    if digits != upper and digits.isdecimal() and len(digits) <= 5 and int(digits) <= 0xFFFF:
        return int(digits)
    raise InvalidArgumentError(
        f"no record type is called {text[:40]!r}",
        f"use one of {', '.join(Type.__members__)}, or TYPE and a number up to 65535",
    )


def _rcode_text(rcode: int) -> str:
    try:
        return Rcode(rcode).name
    except ValueError:
        return f"RCODE{rcode}"


def _outcome(name: bytes, rtype: int, found: Lookup) -> str:
    asked, text = type_text(rtype), to_text(name)
    match found:
        case NotOurs():
            return f"does not know {text}"
        case NxDomain(soa=soa):
            return f"has a zone {to_text(soa.name)} and no {text} in it"
        case NoData():
            return f"knows {text}, without a record of type {asked}"
        case Found(rrset=rrset) if rrset.type == rtype:
            count = len(rrset.rdatas)
            return f"has {count} record{'s' * (count != 1)} of type {asked} for {text}"
        case Found(rrset=rrset):
            return f"has {text} as an alias of {to_text(rrset.rdatas[0])}"


def _records(reply: Reply, question: Question) -> tuple[str, ...]:
    """The records of a reply as zone-file text, those of the answer section first."""
    try:
        message = dns.message.from_wire(finish(reply, question, TCP_LIMIT))
    except dns.exception.DNSException:
        return ()
    return tuple(
        line
        for section in (message.answer, message.authority, message.additional)
        for rrset in section
        for line in rrset.to_text().splitlines()
    )


def _rdata_text(rtype: int, rdata: bytes) -> str:
    try:
        known = dns.rdatatype.RdataType.make(rtype)
        return dns.rdata.from_wire(dns.rdataclass.IN, known, rdata, 0, len(rdata)).to_text()
    except dns.exception.DNSException:
        return f"\\# {len(rdata)} {rdata.hex()}"
