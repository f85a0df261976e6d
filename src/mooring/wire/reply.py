"""Replies: what an answer says, apart from whom it is sent to."""

import struct
from collections.abc import Sequence
from typing import Final

import msgspec

from mooring.wire.constant import (
    AA,
    AD,
    CD,
    CLASSIC_UDP_SIZE,
    HEADER,
    OPCODE,
    OWN_UDP_SIZE,
    QR,
    RA,
    RD,
    TC,
    Rcode,
    Type,
)
from mooring.wire.question import Edns, Question, Rejection
from mooring.wire.record import skip_record


class Explanation(msgspec.Struct, frozen=True, gc=False):
    """An Extended DNS Error (RFC 8914): why there is no better answer."""

    code: int
    text: str = ""


class Reply(msgspec.Struct, frozen=True, gc=False):
    """An answer to one question, still without id, question, OPT and size limit.

    ``body`` is every record behind the question, OPT left out. Its compression pointers count from
    the start of a message whose question is the one that was asked, so it fits any spelling of that
    question, and any id.
    """

    rcode: int
    answers: int = 0
    authorities: int = 0
    additionals: int = 0
    body: bytes = b""
    authoritative: bool = False
    authenticated: bool = False
    explanation: Explanation | None = None


TCP_LIMIT: Final = 0xFFFF
"""Octets of a message over TCP, whose length is said in two of them (RFC 1035, section 4.2.2)."""
UDP_LIMIT: Final = 0xFFFF - 20 - 8
"""Octets that an IPv4 datagram can carry behind its own header and that of UDP."""

_HEADER: Final = struct.Struct("!HHHHHH")
_QUESTION_END: Final = struct.Struct("!HH")
_OPT: Final = struct.Struct("!BHHBBHH")
_OPTION: Final = struct.Struct("!HH")
_DNSSEC_OK: Final = 0x8000
_EXTENDED_ERROR: Final = 15
_TEXT_LIMIT: Final = 160
"""Octets of an explanation: with the longest name and an OPT it still fits into 512."""


def compose(
    rcode: int,
    answers: Sequence[bytes] = (),
    authorities: Sequence[bytes] = (),
    additionals: Sequence[bytes] = (),
    explanation: Explanation | None = None,
) -> Reply:
    """A reply of records as ``mooring.wire.record.render`` makes them for the same question."""
    return Reply(
        rcode,
        len(answers),
        len(authorities),
        len(additionals),
        b"".join((*answers, *authorities, *additionals)),
        explanation=explanation,
    )


def udp_limit(question: Question) -> int:
    """Octets that whoever asks ``question`` takes over UDP (RFC 6891, section 6.2.3)."""
    if question.edns is None:
        return CLASSIC_UDP_SIZE
    return min(max(question.edns.udp_size, CLASSIC_UDP_SIZE), UDP_LIMIT)


def finish(reply: Reply, question: Question, limit: int) -> bytes:
    """The message that brings ``reply`` to whoever asked ``question``, at most ``limit`` octets.

    ``limit`` is 512 at least. RD and CD are the question's, RA is always set; AD stands only for
    clients that asked for it or for DNSSEC (RFC 6840, sections 5.7 and 5.8). An OPT goes out if,
    and only if, one came in (RFC 6891, section 6.1.1), without that one's options: what is not
    understood is ignored. A message that would be too long loses first the explanation's text, then
    whole records from the end, with TC if one of them was not merely additional (RFC 2181, 9).
    """
    rcode, edns = reply.rcode, question.edns
    if edns is None and rcode > 15:
        rcode = Rcode.SERVFAIL
    flags = QR | RA | question.flags & (RD | CD) | rcode & 15
    if reply.authoritative:
        flags |= AA
    if reply.authenticated and (question.flags & AD or (edns and edns.dnssec_ok)):
        flags |= AD
    counts = (reply.answers, reply.authorities, reply.additionals)
    body = reply.body
    opt = _opt(edns, rcode, reply.explanation) if edns else b""
    room = limit - HEADER - len(question.name) - _QUESTION_END.size - len(opt)
    if len(body) > room and edns and reply.explanation:
        bare = _opt(edns, rcode, Explanation(reply.explanation.code))
        room += len(opt) - len(bare)
        opt = bare
    if len(body) > room:
        body, counts, lost = _truncate(body, counts, room)
        flags |= TC if lost else 0
    answers, authorities, additionals = counts
    return b"".join(
        (
            _HEADER.pack(
                question.id, flags, 1, answers, authorities, additionals + (1 if edns else 0)
            ),
            question.name,
            _QUESTION_END.pack(question.type, question.qclass),
            body,
            opt,
        )
    )


def reject(rejection: Rejection) -> bytes:
    """The error message for a query that is not one to answer; it fits any transport.

    Without a question that could be read it is a header: opcode and RD are the query's.
    """
    if rejection.question is None:
        flags = QR | rejection.flags & (OPCODE | RD) | rejection.rcode
        return _HEADER.pack(rejection.id, flags, 0, 0, 0, 0)
    return finish(Reply(rejection.rcode), rejection.question, CLASSIC_UDP_SIZE)


def _opt(edns: Edns, rcode: int, explanation: Explanation | None) -> bytes:
    option = b""
    if explanation:
        text = explanation.text.encode("utf-8", "replace")[:_TEXT_LIMIT]
        text = text.decode("utf-8", "ignore").encode()
        option = _OPTION.pack(_EXTENDED_ERROR, 2 + len(text)) + explanation.code.to_bytes(2) + text
    high_flags = _DNSSEC_OK if edns.dnssec_ok else 0
    return _OPT.pack(0, Type.OPT, OWN_UDP_SIZE, rcode >> 4, 0, high_flags, len(option)) + option


def _truncate(
    body: bytes, counts: tuple[int, int, int], room: int
) -> tuple[bytes, tuple[int, int, int], bool]:
    """The whole records that fit in ``room`` octets, and whether one that matters does not."""
    at = kept = 0
    while (end := skip_record(body, at)) <= room:
        at = end
        kept += 1
    answers, authorities, _additionals = counts
    left = (
        min(kept, answers),
        min(max(kept - answers, 0), authorities),
        max(kept - answers - authorities, 0),
    )
    return body[:at], left, kept < answers + authorities
