"""Rotation: the same answer with another of its records first, so that load is spread."""

from mooring.wire.record import skip_name, skip_record
from mooring.wire.reply import Reply

_TYPE_AND_CLASS = 4


class Rotation:
    """The turns of one reply: as many as the last RRset of its answer section has records.

    Only that RRset turns. Aliases before it keep their order, as they must (RFC 1034, section
    3.6.2), and so does what follows.
    """

    __slots__ = ("_reply", "_starts", "turns")

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._starts = _last_rrset(reply)
        self.turns = max(len(self._starts) - 1, 1)

    def reply(self, turn: int) -> Reply:
        """The reply that begins with record ``turn`` modulo ``turns``."""
        shift = turn % self.turns
        if shift == 0:
            return self._reply
        reply = self._reply
        body, first, middle, last = (
            reply.body,
            self._starts[0],
            self._starts[shift],
            self._starts[-1],
        )
        return Reply(
            reply.rcode,
            reply.answers,
            reply.authorities,
            reply.additionals,
            body[:first] + body[middle:last] + body[first:middle] + body[last:],
            reply.authoritative,
            reply.authenticated,
            reply.explanation,
        )


def _last_rrset(reply: Reply) -> list[int]:
    """Where each record of the answer's last RRset begins, and where the last one ends."""
    starts: list[int] = []
    last_key = b""
    at = 0
    for _ in range(reply.answers):
        key = reply.body[at : skip_name(reply.body, at) + _TYPE_AND_CLASS]
        if key != last_key:
            starts.clear()
            last_key = key
        starts.append(at)
        at = skip_record(reply.body, at)
    return [*starts, at]
