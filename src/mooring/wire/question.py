"""Questions: what a client's datagram asks, as the fast path reads it."""

import struct
from typing import Final, TypeAlias

import msgspec

from mooring.wire.constant import HEADER, OPCODE, QR, Rcode, Type
from mooring.wire.name import LABEL_LIMIT, NAME_LIMIT
from mooring.wire.record import RecordSyntaxError, skip_name, skip_record


class Edns(msgspec.Struct, frozen=True, gc=False):
    """The OPT record of a query (RFC 6891, section 6.1). ``options`` is its rdata, unparsed."""

    udp_size: int
    version: int
    dnssec_ok: bool
    options: bytes


class Question(msgspec.Struct, frozen=True, gc=False):
    """One well-formed query.

    ``name`` is the wire name spelled as the client did, ``folded`` the same in lower case.
    ``flags`` is the second 16-bit word of the header.
    """

    id: int
    flags: int
    name: bytes
    folded: bytes
    type: int
    qclass: int
    edns: Edns | None


class Rejection(msgspec.Struct, frozen=True):
    """A query that gets an error for an answer, whatever it asks.

    ``question`` is None if there was none to read; its ``edns`` is the first OPT record that could
    be read.
    """

    rcode: Rcode
    id: int
    flags: int
    question: Question | None = None


Verdict: TypeAlias = Question | Rejection | None
"""What a packet is. None: nothing that may be answered, so silence."""

_HEADER: Final = struct.Struct("!HHHHHH")
_OPT: Final = struct.Struct("!HBBHH")
_DNSSEC_OK: Final = 0x8000
_RECORD_LIMIT: Final = 8
"""Records behind the question. A query has an OPT, perhaps a signature, for IXFR an SOA."""


def parse(message: bytes) -> Verdict:
    """Read one query, of any bytes; never raises.

    Silence for what has no whole header or is a response, since answering those is how two servers
    come to talk without end. NOTIMP with nothing but a header for an opcode other than QUERY (RFC
    8906, section 8.1), FORMERR for a question section that is not exactly one question (RFC 9619),
    for a name cut short or compressed (there is nothing before it to point at), for records that do
    not fill the rest of the message exactly, and for an OPT that is doubled, out of place or not at
    the root (RFC 6891, section 6.1.1); BADVERS for a later version of EDNS (section 6.1.3).
    """
    if len(message) < HEADER:
        return None
    identity, flags, questions, answers, authorities, additionals = _HEADER.unpack_from(message)
    if flags & QR:
        return None
    if flags & OPCODE:
        return Rejection(Rcode.NOTIMP, identity, flags)
    end = _end_of_name(message)
    if questions != 1 or end is None:
        return Rejection(Rcode.FORMERR, identity, flags)
    name = message[HEADER:end]
    rtype = int.from_bytes(message[end : end + 2], "big")
    qclass = int.from_bytes(message[end + 2 : end + 4], "big")
    edns, rcode = None, Rcode.NOERROR
    if answers or authorities or additionals or len(message) != end + 4:
        edns, rcode = _read_records(message, end + 4, answers, authorities, additionals)
    question = Question(identity, flags, name, name.lower(), rtype, qclass, edns)
    return question if rcode is Rcode.NOERROR else Rejection(rcode, identity, flags, question)


def _end_of_name(message: bytes) -> int | None:
    """The offset behind the question's name; None unless a whole question is there to read."""
    at = HEADER
    last = min(len(message) - 5, HEADER + NAME_LIMIT - 1)
    while at <= last:
        length = message[at]
        if length == 0:
            return at + 1
        if length > LABEL_LIMIT:
            return None
        at += 1 + length
    return None


def _read_records(
    message: bytes, at: int, answers: int, authorities: int, additionals: int
) -> tuple[Edns | None, Rcode]:
    """The first readable OPT among the records from ``at`` on, and what is wrong with them."""
    edns: Edns | None = None
    rcode = Rcode.NOERROR
    if answers or authorities + additionals > _RECORD_LIMIT:
        return None, Rcode.FORMERR
    try:
        for index in range(authorities + additionals):
            fixed, end = skip_name(message, at), skip_record(message, at)
            if int.from_bytes(message[fixed : fixed + 2], "big") == Type.OPT:
                if edns or index < authorities or message[at] != 0:
                    return edns, Rcode.FORMERR
                edns = _read_opt(message, fixed, end)
                if edns.version:
                    rcode = Rcode.BADVERS
                elif not _are_options(edns.options):
                    return edns, Rcode.FORMERR
            at = end
    except RecordSyntaxError:
        return edns, Rcode.FORMERR
    return edns, rcode if at == len(message) else Rcode.FORMERR


def _read_opt(message: bytes, at: int, end: int) -> Edns:
    """Read what follows the owner of an OPT record (RFC 6891, section 6.1.2).

    ::

        TYPE 41 | CLASS: UDP size | TTL: extended rcode (8 bits), version (8), DO and Z (16) | RDLEN
    """
    udp_size, _extended_rcode, version, high_flags, length = _OPT.unpack_from(message, at + 2)
    return Edns(udp_size, version, bool(high_flags & _DNSSEC_OK), message[end - length : end])


def _are_options(rdata: bytes) -> bool:
    """Whether ``rdata`` is a run of whole options: code, length, value (RFC 6891, 6.1.2)."""
    at = 0
    while at + 4 <= len(rdata):
        at += 4 + int.from_bytes(rdata[at + 2 : at + 4], "big")
    return at == len(rdata)
