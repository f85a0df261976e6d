"""The responder: bytes of a query in, bytes of its reply out, for the eyes of one view."""

import asyncio
import logging
from typing import Final

from mooring.dns.chain import LOG_LIMIT, Chain, Decision, Waiting
from mooring.dns.compiled import Compiled
from mooring.dns.counters import Counters
from mooring.dns.query import Answer, Query, Refuse, Transport
from mooring.linux.datagrams import Address
from mooring.model.view import View
from mooring.wire.constant import CLASS_IN, ExtendedError, Rcode
from mooring.wire.name import to_text
from mooring.wire.question import Rejection, parse
from mooring.wire.reply import TCP_LIMIT, Explanation, Reply, finish, reject, udp_limit

_log = logging.getLogger(__name__)

_PATIENCE: Final = 8.0
"""Seconds after which a reply from elsewhere is no longer waited for. Clients give up at five, and
upstreams are given less; this is for a handler that hangs."""


class Responder:
    """What the listeners of one sandbox ask. ``view`` and ``compiled`` change together."""

    __slots__ = ("_chain", "_counters", "compiled", "view")

    def __init__(self, view: View, compiled: Compiled, chain: Chain, counters: Counters) -> None:
        self.view = view
        self.compiled = compiled
        self._chain: Final = chain
        self._counters: Final = counters

    def respond(
        self, message: bytes, client: Address, transport: Transport
    ) -> bytes | Waiting | None:
        """The reply; or what has to wait for it; or None for what gets no reply. Never raises."""
        question = parse(message)
        if question is None:
            self._counters.silent += 1
            return None
        if isinstance(question, Rejection):
            self._counters.rejected += 1
            return reject(question)
        query = Query(self.view, question, client, transport)
        try:
            return self._answer(query, message)
        except Exception:
            return self._failed(query)

    async def finish(self, waiting: Waiting) -> bytes:
        """The reply to what had to wait; SERVFAIL if it waits too long. Never raises."""
        query = waiting.query
        self._counters.waiting += 1
        try:
            async with asyncio.timeout(_PATIENCE):
                reply = _reply(await self._chain.finish(waiting))
            return finish(reply, query.question, _limit(query))
        except TimeoutError:
            return finish(_TOO_LATE, query.question, _limit(query))
        except Exception:
            return self._failed(query)
        finally:
            self._counters.waiting -= 1

    def overloaded(self, waiting: Waiting) -> bytes:
        """The reply to what would have to wait, when there is no room to."""
        self._counters.overloaded += 1
        return finish(_NO_ROOM, waiting.query.question, _limit(waiting.query))

    def _answer(self, query: Query, message: bytes) -> bytes | Waiting:
        question, limit, compiled = query.question, _limit(query), self.compiled
        entry = compiled.find(question) if question.qclass == CLASS_IN else None
        if entry is None:
            outcome = self._chain.begin(query)
            if isinstance(outcome, Waiting):
                self._counters.awaited += 1
                return outcome
            if isinstance(outcome, Refuse):
                self._counters.refused += 1
                return finish(_reply(outcome), question, limit)
            self._counters.answered += 1
            if not outcome.lasting or question.qclass != CLASS_IN:
                return finish(outcome.reply, question, limit)
            entry = compiled.add(question, outcome)
        else:
            self._counters.compiled += 1
        reply = entry.message(question, limit)
        if query.transport is Transport.UDP:
            compiled.remember(entry, message, question, limit)
        return reply

    def _failed(self, query: Query) -> bytes:
        self._counters.failures += 1
        if self._counters.failures <= LOG_LIMIT:
            _log.exception("no reply could be made to %s", to_text(query.question.name))
        return finish(_FAILED, query.question, _limit(query))


_TOO_LATE: Final = Reply(
    Rcode.SERVFAIL,
    explanation=Explanation(ExtendedError.NO_REACHABLE_AUTHORITY, "no answer in time"),
)
_NO_ROOM: Final = Reply(
    Rcode.SERVFAIL,
    explanation=Explanation(ExtendedError.OTHER, "too many queries are waiting for an answer"),
)
_FAILED: Final = Reply(
    Rcode.SERVFAIL, explanation=Explanation(ExtendedError.OTHER, "internal error")
)


def _limit(query: Query) -> int:
    return udp_limit(query.question) if query.transport is Transport.UDP else TCP_LIMIT


def _reply(decision: Decision) -> Reply:
    if isinstance(decision, Answer):
        return decision.reply
    return Reply(decision.rcode, explanation=decision.explanation)
