"""Whole DNS messages, walked into spans: who owns each record, and where it lies in the bytes.

For messages that others wrote. Nothing but names is copied out, so a reply can be cut, aged and
passed on as the bytes it came in. ::

    +------------+
    |   Header   |  12 octets (RFC 1035, section 4.1.1)
    +------------+
    |  Question  |  what is asked; a name, a type and a class each
    +------------+
    |   Answer   |  records that answer it
    +------------+
    | Authority  |  records about the zone that answers
    +------------+
    | Additional |  records that may help, and OPT
    +------------+
"""

import struct
from typing import Final

import msgspec

from mooring.wire.constant import CLASS_IN, HEADER, Type
from mooring.wire.name import LABEL_LIMIT, NAME_LIMIT, ROOT
from mooring.wire.record import TTL_LIMIT

_HEADER: Final = struct.Struct("!HHHHHH")
_QUESTION: Final = struct.Struct("!HH")
_RECORD: Final = struct.Struct("!HHIH")
_POINTER_LIMIT: Final = 127
"""Pointers in one name: no useful one leads to less than a label, and no name has more labels."""


class MessageSyntaxError(ValueError):
    """Bytes that are not a DNS message."""


class AskedName(msgspec.Struct, frozen=True):
    """An entry of the question section. ``name`` is a folded wire name."""

    name: bytes
    type: int
    qclass: int


class RecordSpan(msgspec.Struct, frozen=True):
    """A record as offsets into its message. ``owner`` is a folded wire name, ``ttl`` seconds."""

    owner: bytes
    type: int
    rclass: int
    ttl: int
    start: int
    rdata: int
    end: int

    @property
    def ttl_at(self) -> int:
        """Where the four octets of the TTL are."""
        return self.rdata - 6


class Message(msgspec.Struct, frozen=True):
    """A message and its spans. ``body`` is where the records begin, ``opt`` is in no section."""

    wire: bytes
    id: int
    flags: int
    questions: tuple[AskedName, ...]
    body: int
    answers: tuple[RecordSpan, ...]
    authorities: tuple[RecordSpan, ...]
    additionals: tuple[RecordSpan, ...]
    opt: RecordSpan | None

    @property
    def rcode(self) -> int:
        """The response code, with the upper eight bits that OPT adds (RFC 6891, 6.1.3)."""
        if self.opt is None:
            return self.flags & 15
        return self.flags & 15 | self.wire[self.opt.ttl_at] << 4


def decode(wire: bytes) -> Message:
    """Walk one message. Raises MessageSyntaxError, and nothing else, on any bytes.

    Strict: the sections fill the message exactly, a pointer leads backward, an OPT is alone, at the
    root and in the additional section (RFC 6891, section 6.1.1), and the rdata of the types that a
    forwarder relies on has its type's form.
    """
    if len(wire) < HEADER:
        raise MessageSyntaxError(f"{len(wire)} octets are less than a header")
    identity, flags, *counts = _HEADER.unpack_from(wire)
    at = HEADER
    questions = []
    known: dict[int, bytes] = {}
    try:
        for _ in range(counts[0]):
            name, at = read_name(wire, at, known)
            rtype, qclass = _QUESTION.unpack_from(wire, at)
            questions.append(AskedName(name, rtype, qclass))
            at += _QUESTION.size
        body = at
        answers, at = _read_section(wire, at, counts[1], known)
        authorities, at = _read_section(wire, at, counts[2], known)
        additionals, at = _read_section(wire, at, counts[3], known)
    except struct.error:
        raise MessageSyntaxError("the message ends inside a question or a record") from None
    if at != len(wire):
        raise MessageSyntaxError(f"{len(wire) - at} octets follow the last record")
    if any(record.type == Type.OPT for record in (*answers, *authorities)):
        raise MessageSyntaxError("an OPT stands outside the additional section")
    opts = [record for record in additionals if record.type == Type.OPT]
    if len(opts) > 1 or (opts and opts[0].owner != ROOT):
        raise MessageSyntaxError("an OPT is doubled or not at the root")
    return Message(
        wire,
        identity,
        flags,
        tuple(questions),
        body,
        tuple(answers),
        tuple(authorities),
        tuple(record for record in additionals if record.type != Type.OPT),
        opts[0] if opts else None,
    )


def read_name(
    wire: bytes, at: int, known: dict[int, bytes] | None = None, pointers: int = 0
) -> tuple[bytes, int]:
    """The folded wire name at ``at``, and the offset behind it (RFC 1035, section 4.1.4).

    A pointer must lead before the labels that it continues, so no chain of them is endless.
    ``known`` keeps what the pointers of one message lead to: names end alike, and without it a
    hostile message could make each of thousands long to read. Raises MessageSyntaxError.
    """
    labels = bytearray()
    start = at
    try:
        while 0 < (length := wire[at]) < 0xC0:
            if length > LABEL_LIMIT:
                raise MessageSyntaxError(f"no label begins with octet {length}")
            end = at + 1 + length
            labels += wire[at:end]
            at = end
            if len(labels) >= NAME_LIMIT:
                raise MessageSyntaxError("a name is longer than 255 octets")
        if not length:
            return bytes(labels).lower() + ROOT, at + 1
        target = (length & 0x3F) << 8 | wire[at + 1]
    except IndexError:
        raise MessageSyntaxError("the message ends inside a name") from None
    if target >= start or pointers == _POINTER_LIMIT:
        raise MessageSyntaxError(f"the pointer at {at} leads in a circle")
    rest = known.get(target) if known is not None else None
    if rest is None:
        rest, _ = read_name(wire, target, known, pointers + 1)
        if known is not None:
            known[target] = rest
    if len(labels) + len(rest) > NAME_LIMIT:
        raise MessageSyntaxError("a name is longer than 255 octets")
    return bytes(labels).lower() + rest, at + 2


def _read_section(
    wire: bytes, at: int, count: int, known: dict[int, bytes]
) -> tuple[list[RecordSpan], int]:
    records = []
    for _ in range(count):
        start = at
        owner, at = read_name(wire, at, known)
        rtype, rclass, ttl, length = _RECORD.unpack_from(wire, at)
        rdata = at + _RECORD.size
        at = rdata + length
        if at > len(wire):
            raise MessageSyntaxError("the message ends inside a record's rdata")
        _check_rdata(wire, rtype, rclass, rdata, at, known)
        # RFC 2181, section 8: a TTL with the highest bit set is zero. OPT keeps flags there.
        seconds = ttl if ttl <= TTL_LIMIT else 0
        records.append(RecordSpan(owner, rtype, rclass, seconds, start, rdata, at))
    return records, at


_NAMES: Final[dict[int, tuple[int, int, int]]] = {
    Type.NS: (0, 1, 0),
    Type.CNAME: (0, 1, 0),
    Type.SOA: (0, 2, 20),
    Type.PTR: (0, 1, 0),
    Type.MX: (2, 1, 0),
    Type.DNAME: (0, 1, 0),
}
"""Octets before the names in the rdata, how many names, octets behind them."""
_ADDRESS_SIZES: Final[dict[int, int]] = {Type.A: 4, Type.AAAA: 16}


def _check_rdata(
    wire: bytes, rtype: int, rclass: int, at: int, end: int, known: dict[int, bytes]
) -> None:
    if rclass == CLASS_IN and _ADDRESS_SIZES.get(rtype, end - at) != end - at:
        raise MessageSyntaxError(f"an address of {end - at} octets")
    form = _NAMES.get(rtype)
    if form is None:
        return
    before, names, behind = form
    at += before
    for _ in range(names):
        _, at = read_name(wire, at, known)
    if at + behind != end:
        raise MessageSyntaxError(f"the rdata of a record of type {rtype} has not its type's form")
