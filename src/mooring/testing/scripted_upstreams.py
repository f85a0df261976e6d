"""Upstreams that say what a test told them to, and remember what they were asked."""

import asyncio

from mooring.model.trace import TraceStep
from mooring.model.view import View
from mooring.wire.constant import Rcode, Type
from mooring.wire.name import from_text, to_text
from mooring.wire.question import Question
from mooring.wire.record import render
from mooring.wire.reply import Reply, compose


class ScriptedUpstreams:
    """Answers the names in ``addresses`` with that IPv4 address, others with NXDOMAIN.

    Names in ``known`` are answered without anybody being asked. While ``silence`` is set, whoever
    asks waits.
    """

    def __init__(self) -> None:
        self.addresses: dict[str, bytes] = {}
        self.known: set[str] = set()
        self.asked: list[str] = []
        self.waiting = 0
        self.failure: Exception | None = None
        self._speech = asyncio.Event()
        self._speech.set()

    def fall_silent(self) -> None:
        """Let everybody wait from now on."""
        self._speech.clear()

    def speak(self) -> None:
        """Answer all that wait, and at once from now on."""
        self._speech.set()

    def find(self, view: View, question: Question) -> Reply | None:
        """What is known without asking."""
        return self._reply(question) if to_text(question.folded) in self.known else None

    async def ask(self, view: View, question: Question) -> Reply:
        """The reply, once it is not silent."""
        self.asked.append(to_text(question.folded))
        self.waiting += 1
        try:
            await self._speech.wait()
        finally:
            self.waiting -= 1
        if self.failure:
            raise self.failure
        return self._reply(question)

    async def trace(self, view: View, question: Question) -> tuple[Reply, tuple[TraceStep, ...]]:
        """The reply, and a step that says so."""
        reply = await self.ask(view, question)
        step = TraceStep(stage="upstream", subject="script", outcome=Rcode(reply.rcode).name)
        return reply, (step,)

    def _reply(self, question: Question) -> Reply:
        address = self.addresses.get(to_text(question.folded))
        if address is None:
            return compose(Rcode.NXDOMAIN, (), render(from_text("."), 6, 5, [bytes(22)], b"\x00"))
        return compose(Rcode.NOERROR, render(question.name, Type.A, 60, [address], question.folded))
