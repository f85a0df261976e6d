"""Upstreams: what is needed of whoever asks other servers, and the two handlers that use it."""

from typing import Final, Protocol

from mooring.dns.query import NEXT, Answer, Outcome, Query
from mooring.model.trace import TraceStep
from mooring.model.view import View
from mooring.wire.question import Question
from mooring.wire.reply import Reply


class Upstreams(Protocol):
    """Who answers for names that are not ours.

    A view says which servers may be asked, and from which namespace. Without an answer the reply
    is SERVFAIL with an explanation; nothing is raised.
    """

    def find(self, view: View, question: Question) -> Reply | None:
        """The reply, if nobody needs to be asked for it."""
        ...

    async def ask(self, view: View, question: Question) -> Reply:
        """The reply, from whoever has it."""
        ...

    async def trace(self, view: View, question: Question) -> tuple[Reply, tuple[TraceStep, ...]]:
        """As ``ask``, with what was looked at and who was asked, in order."""
        ...


class Recall:
    """The handler that answers what upstreams have said before."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams: Final = upstreams

    def __call__(self, query: Query) -> Outcome:
        """Answer for once, or Next."""
        reply = self._upstreams.find(query.view, query.question)
        return NEXT if reply is None else Answer(reply)


class Forward:
    """The handler that asks upstreams; nothing comes after it."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams: Final = upstreams

    async def __call__(self, query: Query) -> Outcome:
        """Answer for once."""
        return Answer(await self._upstreams.ask(query.view, query.question))
