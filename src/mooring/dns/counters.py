"""Counters: what the listeners and the chain have done since the start."""

from collections.abc import Iterator

import msgspec


class Counters(msgspec.Struct):
    """Plain numbers that only grow, ``connections`` and ``waiting`` aside, which are now.

    ``hits``, ``compiled``, ``answered``, ``awaited``, ``refused``, ``rejected`` and ``silent`` part
    all queries between them.
    """

    hits: int = 0
    """Repeated as bytes by the datagram itself."""
    compiled: int = 0
    """Repeated from a rendered RRset, in another spelling or another form."""
    answered: int = 0
    """Evaluated at once."""
    awaited: int = 0
    """Handed to what answers later: an upstream."""
    refused: int = 0
    """Decided at once without an answer."""
    rejected: int = 0
    """Answered with FORMERR, NOTIMP or BADVERS for what they are."""
    silent: int = 0
    """Given no answer: responses, and packets without a header."""
    overloaded: int = 0
    """Those ``awaited`` that got SERVFAIL at once, since too many were waiting."""

    failures: int = 0
    """Queries that got SERVFAIL because a handler raised, or its reply could not be written."""
    send_errors: int = 0
    """Replies that the kernel did not take."""
    receive_errors: int = 0
    """Reads that failed other than for want of a datagram."""
    connections: int = 0
    """TCP connections that are open."""
    accepted: int = 0
    """TCP connections that were ever opened."""
    closed_for_room: int = 0
    """TCP connections closed, or not let in, because there were too many."""
    waiting: int = 0
    """Queries that wait for an answer from elsewhere."""

    def items(self) -> Iterator[tuple[str, int]]:
        """Every counter's name and number."""
        for field in self.__struct_fields__:
            yield field, getattr(self, field)
