"""The forwarder: what is known already, whose turn it is, and each question asked only once."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from mooring.dns.forwarding import refusal
from mooring.dns.forwarding.cache import CacheKey
from mooring.dns.forwarding.counters import ForwardCounters
from mooring.dns.forwarding.exchange import Exchange, OpenSocket
from mooring.dns.forwarding.fairness import FairSlots, OverloadError
from mooring.dns.forwarding.memory import Memory, key_of
from mooring.dns.forwarding.race import Race
from mooring.dns.forwarding.servers import ServerSet
from mooring.dns.forwarding.settings import Limits, Timing
from mooring.dns.forwarding.whom import ServerSets
from mooring.model.trace import TraceStep
from mooring.model.view import View
from mooring.wire.constant import Type
from mooring.wire.name import to_text
from mooring.wire.question import Question
from mooring.wire.reply import Reply

_log = logging.getLogger(__name__)

_TKEY: Final = 249
_TSIG: Final = 250
_NOT_FORWARDED: Final = frozenset({Type.OPT, Type.AXFR, Type.IXFR, _TKEY, _TSIG})
"""Types that concern the two ends of one connection (RFC 2930, 5936, 6891, 8945)."""
_OWN: Final = frozenset({"127.0.0.11"})


def boot_time() -> float:
    """Seconds since boot, those asleep included: TTLs run on while the machine does not."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class _Flight:
    """A question being asked, for as many as wait for it. ``steps`` is filled at its end."""

    __slots__ = ("steps", "task")

    def __init__(self, task: asyncio.Task[Reply], steps: list[TraceStep]) -> None:
        self.task: Final = task
        self.steps: Final = steps

    async def land(self, steps: list[TraceStep] | None) -> Reply:
        """Wait for the end. Who stops waiting leaves the flight to the others."""
        await asyncio.wait([self.task])
        if steps is not None:
            steps.extend(self.steps)
        return refusal.CLOSING if self.task.cancelled() else self.task.result()


class Forwarder:
    """Answers names that are not ours, for every sandbox, from one pool.

    ``open_socket(namespace, family, type)`` opens the sockets. ``own`` are the addresses at which a
    sandbox reaches this resolver itself. ``clock`` gives seconds that never go back.
    """

    def __init__(
        self,
        open_socket: OpenSocket,
        *,
        timing: Timing | None = None,
        limits: Limits | None = None,
        own: frozenset[str] = _OWN,
        clock: Callable[[], float] = boot_time,
    ) -> None:
        timing, limits = timing or Timing(), limits or Limits()
        self.counters: Final = ForwardCounters()
        self._timing: Final = timing
        self._clock: Final = clock
        self._sets: Final = ServerSets(own, limits, timing)
        self._memory: Final = Memory(timing, limits, self.counters, clock)
        exchange = Exchange(open_socket, timing, self.counters, clock)
        self._race: Final = Race(exchange, timing, limits, self.counters, clock)
        self._slots: Final = FairSlots(
            total=limits.in_flight, each=limits.in_flight_each, waiting=limits.waiting_each
        )
        self._flights: Final[dict[CacheKey, _Flight]] = {}
        self._closed = False

    @property
    def host_servers(self) -> tuple[str, ...]:
        """The host's servers, as last set."""
        return self._sets.host

    @property
    def cached_answers(self) -> int:
        """Answers in the cache."""
        return len(self._memory.answers)

    @property
    def cached_octets(self) -> int:
        """Memory that the cache takes, nearly."""
        return self._memory.answers.octets

    @property
    def in_flight(self) -> int:
        """Questions being asked now."""
        return len(self._flights)

    def set_host_servers(self, servers: tuple[str, ...]) -> None:
        """From now on, ask these for sandboxes without servers of their own.

        What other servers answered is not repeated while these are in use.
        """
        self._sets.host = servers

    def forget(self, sandbox: str) -> None:
        """A sandbox is gone, and with it all that was learnt from its own servers."""
        self._sets.forget(sandbox)

    def find(self, view: View, question: Question) -> Reply | None:
        """The reply if nobody needs to be asked for it, by a plain call; None: use ``ask``."""
        reply = self._find(view, question, None)
        if reply is not None:
            self.counters.questions += 1
        return reply

    async def ask(self, view: View, question: Question) -> Reply:
        """The reply to ``question`` for whoever sees ``view``.

        Comes within 3.5 seconds and raises nothing but CancelledError: without an answer it is
        SERVFAIL, or the best bad reply of a server, with an explanation.
        """
        self.counters.questions += 1
        reply = self._find(view, question, None)
        return reply if reply is not None else await self._wait(view, question, None)

    async def trace(self, view: View, question: Question) -> tuple[Reply, tuple[TraceStep, ...]]:
        """As ``ask``, with what was looked at and who was asked, in order."""
        self.counters.questions += 1
        steps: list[TraceStep] = []
        reply = self._find(view, question, steps)
        if reply is None:
            reply = await self._wait(view, question, steps)
        return reply, tuple(steps)

    async def aclose(self) -> None:
        """Stop asking. Whoever still waits gets SERVFAIL."""
        self._closed = True
        tasks = [flight.task for flight in self._flights.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._race.aclose()

    def _find(self, view: View, question: Question, steps: list[TraceStep] | None) -> Reply | None:
        servers = self._sets.of(view)
        if question.type in _NOT_FORWARDED:
            servers = refusal.NOT_FORWARDED
        if isinstance(servers, ServerSet):
            return self._memory.recall(servers, question, steps)
        self.counters.refused += 1
        if steps is not None and servers.explanation is not None:
            steps.append(
                TraceStep(stage="upstream", subject="nobody", outcome=servers.explanation.text)
            )
        return servers

    async def _wait(self, view: View, question: Question, steps: list[TraceStep] | None) -> Reply:
        """Ask, or wait for who asks the same already."""
        servers = self._sets.of(view)
        if isinstance(servers, Reply):
            return servers
        key = key_of(servers, question)
        flight = self._flights.get(key)
        if flight is None:
            refused = await self._turn(view.sandbox)
            if refused is not None:
                return refused
            # Much may have happened while this one waited.
            flight = self._flights.get(key)
            known = self._memory.recall(servers, question, steps) if flight is None else None
            if flight is None and known is None and not self._closed:
                return await self._begin(key, servers, question, view.sandbox).land(steps)
            self._slots.release(view.sandbox)
            if flight is None:
                return known or refusal.CLOSING
        return await self._join(flight, view.sandbox, steps)

    async def _turn(self, sandbox: str) -> Reply | None:
        """Wait for a slot; the refusal, if there is none to be had."""
        if self._slots.take(sandbox):
            return None
        try:
            with self._slots.waiting(sandbox):
                async with asyncio.timeout(self._timing.queue):
                    await self._slots.wait(sandbox)
            return None
        except OverloadError:
            self.counters.overloads += 1
            return refusal.SANDBOX_OVERLOADED
        except TimeoutError:
            self.counters.overloads += 1
            return refusal.NO_TURN

    async def _join(self, flight: _Flight, sandbox: str, steps: list[TraceStep] | None) -> Reply:
        self.counters.joined += 1
        try:
            with self._slots.waiting(sandbox):
                return await flight.land(steps)
        except OverloadError:
            self.counters.overloads += 1
            return refusal.SANDBOX_OVERLOADED

    def _begin(
        self, key: CacheKey, servers: ServerSet, question: Question, sandbox: str
    ) -> _Flight:
        """Start asking. The slot is given back at the end, whoever still waits then."""
        self.counters.asked += 1
        steps: list[TraceStep] = []
        task = asyncio.create_task(self._fly(servers, question, steps))
        flight = self._flights[key] = _Flight(task, steps)

        def end(_task: asyncio.Task[Reply]) -> None:
            del self._flights[key]
            self._slots.release(sandbox)

        task.add_done_callback(end)
        return flight

    async def _fly(self, servers: ServerSet, question: Question, steps: list[TraceStep]) -> Reply:
        asked = self._clock()
        try:
            attempts = await self._race.run(servers, question)
            steps.extend(attempt.step for attempt in attempts)
            return self._memory.settle(servers, question, attempts, asked)
        except Exception:
            _log.exception("asking for %s failed", to_text(question.name))
            return refusal.BROKEN
