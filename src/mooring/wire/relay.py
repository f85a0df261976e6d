"""Replies of others made into ours: only what belongs, placed behind the question, with its TTLs.

What arrives is positioned alike: its question is as long as the one asked, so compression pointers
stay right as long as nothing before their targets is taken out.
"""

import struct
from typing import Final

import dns.exception
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import msgspec

from mooring.wire.bailiwick import Belonging, belonging
from mooring.wire.constant import AD, HEADER, Rcode, Type
from mooring.wire.message import Message, MessageSyntaxError, RecordSpan
from mooring.wire.question import Question
from mooring.wire.reply import Explanation, Reply

_TTL: Final = struct.Struct("!I")
_RECORD: Final = struct.Struct("!HHIH")
_OPTION: Final = struct.Struct("!HH")
_EXTENDED_ERROR: Final = 15
_TEXT_LIMIT: Final = 256
_NXDOMAIN_BY_DNAME: Final = 6
"""YXDOMAIN: a DNAME makes the name too long (RFC 6672, section 2.2). As final as NXDOMAIN."""
FINAL: Final = frozenset({Rcode.NOERROR, Rcode.NXDOMAIN, _NXDOMAIN_BY_DNAME})
"""Response codes that say something about the name; the others speak of the server."""


class TtlBounds(msgspec.Struct, frozen=True):
    """Seconds that others' records may live at most: with an answer, and where there is none."""

    positive: int = 86400
    """A day. Larger TTLs are mistakes more often than they are useful (RFC 8767, section 4)."""
    negative: int = 3600
    """An hour, the least of what RFC 2308, section 5 found to work well."""


class Relayed(msgspec.Struct, frozen=True):
    """A reply to pass on.

    ``ttls`` are the offsets in the reply's body where a TTL stands. ``lifetime`` is how many
    seconds the reply may be repeated, 0 if not at all. ``whole_name`` tells that it denies the
    name itself, for every type (RFC 2308, section 5).
    """

    reply: Reply
    ttls: tuple[int, ...] = ()
    lifetime: int = 0
    whole_name: bool = False


def relay(message: Message, question: Question, bounds: TtlBounds) -> Relayed:
    """What ``message``, a reply to ``question``, says of it. Raises MessageSyntaxError.

    An error of the server's own (SERVFAIL, REFUSED…) is passed on without records. A TTL above its
    bound is cut to it; the SOA of a negative reply lives as long as the reply does. Without an SOA,
    a negative reply is never repeated (RFC 2308, section 5), nor is one with a TTL of zero.
    """
    rcode = message.rcode
    explanation = extended_error(message)
    if rcode not in FINAL:
        return Relayed(Reply(rcode, explanation=explanation))
    if message.body != HEADER + len(question.folded) + 4:
        raise MessageSyntaxError("the reply does not repeat the question")
    kept = belonging(message, question)
    negative = rcode != Rcode.NOERROR or not kept.answered
    seconds = _lifetimes(message.wire, kept, bounds, negative)
    body, ttls = _cut(message, (*kept.answers, *kept.authorities), seconds)
    certain = not negative or any(record.type == Type.SOA for record in kept.authorities)
    reply = Reply(
        rcode,
        len(kept.answers),
        len(kept.authorities),
        body=body,
        authenticated=bool(message.flags & AD),
        explanation=explanation,
    )
    lifetime = min(seconds, default=0) if certain else 0
    return Relayed(reply, ttls, lifetime, rcode == Rcode.NXDOMAIN and not kept.aliased)


def age(body: bytes, ttls: tuple[int, ...], seconds: int) -> bytes:
    """``body`` with every TTL at the offsets ``ttls`` lower by ``seconds``, and none below zero."""
    aged = bytearray(body)
    for at in ttls:
        (ttl,) = _TTL.unpack_from(aged, at)
        _TTL.pack_into(aged, at, max(ttl - seconds, 0))
    return bytes(aged)


def extended_error(message: Message) -> Explanation | None:
    """The first Extended DNS Error in the message's OPT, its text made fit to show."""
    if message.opt is None:
        return None
    at, end = message.opt.rdata, message.opt.end
    while at + _OPTION.size <= end:
        code, length = _OPTION.unpack_from(message.wire, at)
        at += _OPTION.size
        if code == _EXTENDED_ERROR and 2 <= length <= end - at:
            said = message.wire[at + 2 : at + min(length, _TEXT_LIMIT)].decode("utf-8", "replace")
            text = "".join(letter for letter in said if letter.isprintable())
            return Explanation(int.from_bytes(message.wire[at : at + 2], "big"), text)
        at += length
    return None


def _lifetimes(wire: bytes, kept: Belonging, bounds: TtlBounds, negative: bool) -> list[int]:
    """The TTL that each kept record is passed on with."""
    found = [min(record.ttl, bounds.positive) for record in kept.answers]
    limit = bounds.negative if negative else bounds.positive
    for record in kept.authorities:
        ttl = min(record.ttl, limit)
        if negative and record.type == Type.SOA:
            ttl = min(ttl, int.from_bytes(wire[record.end - 4 : record.end], "big"))
        found.append(ttl)
    return found


def _cut(
    message: Message, records: tuple[RecordSpan, ...], seconds: list[int]
) -> tuple[bytes, tuple[int, ...]]:
    """The records as bytes to stand behind the question, and where their TTLs are."""
    end = message.body
    for record in records:
        if record.start != end:
            return _encode_anew(message, records, seconds)
        end = record.end
    body = bytearray(message.wire[message.body : end])
    ttls = tuple(record.ttl_at - message.body for record in records)
    for at, ttl in zip(ttls, seconds, strict=True):
        _TTL.pack_into(body, at, ttl)
    return bytes(body), ttls


def _encode_anew(
    message: Message, records: tuple[RecordSpan, ...], seconds: list[int]
) -> tuple[bytes, tuple[int, ...]]:
    """The same without compression: something was taken out that pointers may lead to."""
    body = bytearray()
    ttls = []
    for record, ttl in zip(records, seconds, strict=True):
        rdata = _rdata(message.wire, record)
        body += record.owner
        ttls.append(len(body) + 4)
        body += _RECORD.pack(record.type, record.rclass, ttl, len(rdata)) + rdata
    return bytes(body), tuple(ttls)


def _rdata(wire: bytes, record: RecordSpan) -> bytes:
    """A record's rdata with the names in it written out."""
    try:
        rdata = dns.rdata.from_wire(
            dns.rdataclass.RdataClass.make(record.rclass),
            dns.rdatatype.RdataType.make(record.type),
            wire,
            record.rdata,
            record.end - record.rdata,
        )
        return rdata.to_wire() or b""
    except (dns.exception.DNSException, ValueError) as error:
        raise MessageSyntaxError(f"a record of type {record.type}: {error}") from error
