"""The chain: handlers asked in order until one of them decides."""

import inspect
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias, cast

import msgspec

from mooring.dns.counters import Counters
from mooring.dns.query import Answer, Handler, Next, Outcome, Query, Refuse
from mooring.wire.constant import ExtendedError, Rcode
from mooring.wire.name import to_text
from mooring.wire.reply import Explanation

_log = logging.getLogger(__name__)

LOG_LIMIT: Final = 100
"""Failures that are logged: a client can repeat what makes a handler fail, a disk is finite."""


class Waiting(msgspec.Struct, frozen=True):
    """A query whose next handler cannot answer at once. ``position`` is that handler's."""

    query: Query
    position: int


Decision: TypeAlias = Answer | Refuse

NOBODY: Final = Refuse(Rcode.REFUSED)
"""What is said when every handler passes a query on."""


class Chain:
    """An order of handlers.

    A query that the handlers up to the first ``async def`` decide costs no task: ``begin`` is a
    plain call. What is left over is awaited through ``finish``, or dropped, and then nothing of it
    has started. A handler that raises is a SERVFAIL, a line in the log, and a count.
    """

    def __init__(self, handlers: Sequence[Handler], counters: Counters) -> None:
        self._handlers: Final = tuple((handler, _waits(handler)) for handler in handlers)
        self._counters: Final = counters

    def begin(self, query: Query) -> Decision | Waiting:
        """Ask the handlers that answer at once."""
        for position, (handler, waits) in enumerate(self._handlers):
            if waits:
                return Waiting(query, position)
            try:
                outcome = cast(Callable[[Query], Outcome], handler)(query)
            except Exception:
                return self._failed(handler, query)
            if not isinstance(outcome, Next):
                return outcome
        return NOBODY

    async def finish(self, waiting: Waiting) -> Decision:
        """Ask the others."""
        query = waiting.query
        for handler, waits in self._handlers[waiting.position :]:
            try:
                if waits:
                    outcome = await cast(Callable[[Query], Awaitable[Outcome]], handler)(query)
                else:
                    outcome = cast(Callable[[Query], Outcome], handler)(query)
            except Exception:
                return self._failed(handler, query)
            if not isinstance(outcome, Next):
                return outcome
        return NOBODY

    def _failed(self, handler: Handler, query: Query) -> Refuse:
        self._counters.failures += 1
        if self._counters.failures <= LOG_LIMIT:
            _log.exception("%r failed on %s", handler, to_text(query.question.name))
        return Refuse(Rcode.SERVFAIL, Explanation(ExtendedError.OTHER, "internal error"))


def _waits(handler: Handler) -> bool:
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(
        type(handler).__call__
    )
