"""Queries as we send them to another's server, and the recognition of what comes back."""

import struct
from typing import Final

from mooring.wire.constant import AD, CD, HEADER, OPCODE, OWN_UDP_SIZE, QR, RD, Rcode, Type
from mooring.wire.question import Question

_COUNTS: Final = struct.Struct("!HHHHH")
_QUESTION_END: Final = struct.Struct("!HH")
_OPT: Final = struct.Struct("!BHHIH")
_DNSSEC_OK: Final = 0x8000


class OutgoingQuery:
    """One question for a server, good for many ids.

    The name goes out in lower case, RD and CD as the client set them. AD is always set: it asks to
    be told whether the answer was verified (RFC 6840, section 5.7), and clients that did not ask
    never see it. With EDNS we offer 1,232 octets, DO as the client set it, and nothing else: the
    client's options concern its own way to us (RFC 6891, section 6.1.1).
    """

    __slots__ = ("_end", "_name", "_tail", "edns")

    def __init__(self, question: Question, *, edns: bool) -> None:
        flags = question.flags & (RD | CD) | AD
        self.edns: Final = edns
        self._name: Final = question.folded
        self._end: Final = _QUESTION_END.pack(question.type, question.qclass)
        opt = b""
        if edns:
            dnssec_ok = question.edns is not None and question.edns.dnssec_ok
            opt = _OPT.pack(0, Type.OPT, OWN_UDP_SIZE, _DNSSEC_OK if dnssec_ok else 0, 0)
        counts = _COUNTS.pack(flags, 1, 0, 0, 1 if edns else 0)
        self._tail: Final = counts + self._name + self._end + opt

    def encode(self, identity: int) -> bytes:
        """The message with this id."""
        return identity.to_bytes(2, "big") + self._tail

    def is_answered_by(self, message: bytes, identity: int) -> bool:
        """Whether ``message`` replies to this query with this id: same id and same question.

        The name is compared without case. An error may come without the question, as a header
        alone: some servers answer so what they cannot read.
        """
        if len(message) < HEADER or message[:2] != identity.to_bytes(2, "big"):
            return False
        flags, questions, *records = _COUNTS.unpack_from(message, 2)
        if not flags & QR or flags & OPCODE:
            return False
        if questions == 0:
            return rcode(message) not in (Rcode.NOERROR, Rcode.NXDOMAIN) and not any(records[:2])
        end = HEADER + len(self._name)
        return (
            questions == 1
            and message[HEADER:end].lower() == self._name
            and message[end : end + 4] == self._end
        )


def rcode(message: bytes) -> int:
    """The four bits of the response code that a header has; ``message`` is not shorter."""
    return message[3] & 15
