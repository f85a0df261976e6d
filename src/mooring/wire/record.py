"""Resource records as they stand in a message (RFC 1035, section 4.1.3): rendered and skipped."""

import struct
from collections.abc import Iterable
from typing import Final

from mooring.wire.constant import CLASS_IN, HEADER
from mooring.wire.name import ROOT

TTL_LIMIT: Final = 0x7FFFFFFF
"""Seconds; a larger TTL would be read as a negative number (RFC 2181, section 8)."""

_FIXED: Final = struct.Struct("!HHIH")
_POINTER: Final = 0xC000


class RecordSyntaxError(ValueError):
    """Bytes that are not a record, or that end before the record does."""


def render(
    owner: bytes, rtype: int, ttl: int, rdatas: Iterable[bytes], question_name: bytes
) -> list[bytes]:
    """One record of class IN per rdata, for a message that asks about ``question_name``.

    Both names are wire names; ``ttl`` is seconds, ``rdata`` wire form. The owner is compressed to
    the question (RFC 1035, section 4.1.4), so the records fit no message with another question.
    """
    place = compress(owner, question_name)
    lifetime = min(max(ttl, 0), TTL_LIMIT)
    return [place + _FIXED.pack(rtype, CLASS_IN, lifetime, len(rdata)) + rdata for rdata in rdatas]


def compress(name: bytes, question_name: bytes) -> bytes:
    """``name`` with all that it has in common with the end of the question's as a pointer.

    Letters are compared without case, as DNS does, so the reader sees the question's spelling.
    """
    folded, target = name.lower(), question_name.lower()
    if folded == target and name != ROOT:
        return b"\xc0\x0c"
    starts = {target[at:]: at for at in _label_starts(target)}
    for at in _label_starts(folded):
        found = starts.get(folded[at:])
        if found is not None:
            return name[:at] + (_POINTER | (HEADER + found)).to_bytes(2, "big")
    return name


def _label_starts(name: bytes) -> list[int]:
    """Where each label begins, the root's empty one left out."""
    starts = []
    at = 0
    while length := name[at]:
        starts.append(at)
        at += 1 + length
    return starts


def skip_name(message: bytes, at: int) -> int:
    """The offset behind the name that begins at ``at``, no pointer followed, so it always ends.

    Raises RecordSyntaxError.
    """
    size = len(message)
    while at < size:
        length = message[at]
        if length == 0:
            return at + 1
        if length >= 0xC0:
            if at + 2 > size:
                break
            return at + 2
        if length > 63:
            raise RecordSyntaxError(f"no label begins with octet {length} (RFC 6891, section 5)")
        at += 1 + length
    raise RecordSyntaxError("the message ends inside a name")


def skip_record(message: bytes, at: int) -> int:
    """The offset behind the record that begins at ``at``. Raises RecordSyntaxError."""
    at = skip_name(message, at)
    if at + _FIXED.size > len(message):
        raise RecordSyntaxError("the message ends inside a record")
    end = at + _FIXED.size + int.from_bytes(message[at + 8 : at + 10], "big")
    if end > len(message):
        raise RecordSyntaxError("the message ends inside a record's rdata")
    return end
