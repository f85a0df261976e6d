"""One question to several servers: the first good reply wins, and no slow server holds it up.

The preferred server is asked first. If it lets its hedge delay pass, the next is asked as well
without giving up the first; one that fails is followed at once. Losers are heard out within limits,
to learn whether they are slow or dead.
"""

import asyncio
from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec

from mooring.dns.forwarding.counters import ForwardCounters
from mooring.dns.forwarding.exchange import Exchange
from mooring.dns.forwarding.servers import Server, ServerSet
from mooring.dns.forwarding.settings import Limits, Timing
from mooring.model.error import MooringError
from mooring.model.trace import TraceStep
from mooring.wire.constant import Rcode
from mooring.wire.message import MessageSyntaxError, decode
from mooring.wire.question import Question
from mooring.wire.relay import FINAL, Relayed, relay


class Attempt(msgspec.Struct, frozen=True):
    """What came of asking one server.

    ``relayed`` is its reply, None if there was none that can be read. ``outcome`` says it in words
    that follow the server's name. ``network`` tells a failure of the network from mere silence.
    """

    server: str
    relayed: Relayed | None
    outcome: str
    seconds: float
    network: bool = False

    @property
    def good(self) -> bool:
        """Whether the reply settles the question."""
        return self.relayed is not None and self.relayed.reply.rcode in FINAL

    @property
    def step(self) -> TraceStep:
        """The attempt as a step of a trace."""
        return TraceStep(
            stage="upstream",
            subject=self.server,
            outcome=self.outcome,
            milliseconds=round(self.seconds * 1000, 3),
        )


_Running: TypeAlias = dict[asyncio.Task[Attempt], tuple[Server, float]]
"""Attempts under way, with the server and when it was asked."""


class Race:
    """Asks servers. What goes on in the background ends with ``aclose``."""

    def __init__(
        self,
        exchange: Exchange,
        timing: Timing,
        limits: Limits,
        counters: ForwardCounters,
        clock: Callable[[], float],
    ) -> None:
        self._exchange: Final = exchange
        self._timing: Final = timing
        self._limits: Final = limits
        self._counters: Final = counters
        self._clock: Final = clock
        self._lingering: Final[set[asyncio.Task[Attempt]]] = set()

    async def run(self, servers: ServerSet, question: Question) -> list[Attempt]:
        """Ask until one attempt is good, which then is the last; else every attempt, all bad."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._timing.question
        queue = servers.order(self._clock())
        running: _Running = {}
        attempts: list[Attempt] = []
        next_at = loop.time()
        try:
            while running or queue:
                if queue and loop.time() >= next_at:
                    server = queue.pop(0)
                    self._hedge(running)
                    self._start(running, servers.namespace, server, question, deadline)
                    next_at = loop.time() + server.hedge_delay
                    continue
                done, _ = await asyncio.wait(
                    running,
                    timeout=max(next_at - loop.time(), 0) if queue else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for task in done:
                    del running[task]
                attempts += sorted((task.result() for task in done), key=lambda each: each.good)
                if attempts and attempts[-1].good:
                    attempts[-1:-1] = self._unfinished(running)
                    break
                if done:
                    next_at = loop.time()
                if deadline - loop.time() < self._timing.hedge_most:
                    queue.clear()
            return attempts
        finally:
            self._leave(running)

    async def aclose(self) -> None:
        """End what lingers."""
        lingering = list(self._lingering)
        for task in lingering:
            task.cancel()
        await asyncio.gather(*lingering, return_exceptions=True)

    def _start(
        self,
        running: _Running,
        namespace: str,
        server: Server,
        question: Question,
        deadline: float,
    ) -> None:
        patience = min(server.patience, deadline - asyncio.get_running_loop().time())
        work = self._attempt(namespace, server, question, patience)
        running[asyncio.create_task(work)] = server, self._clock()

    def _hedge(self, running: _Running) -> None:
        """Note that those asked already have let their delay pass."""
        if running:
            self._counters.hedges += 1
        for server, _asked in running.values():
            server.slow = True

    def _unfinished(self, running: _Running) -> list[Attempt]:
        now = self._clock()
        return [
            Attempt(server.text, None, "had not answered yet", now - asked)
            for server, asked in running.values()
        ]

    def _leave(self, running: _Running) -> None:
        """Hear losers out, as long as there are few."""
        for task in running:
            if len(self._lingering) >= self._limits.lingering:
                task.cancel()
            self._lingering.add(task)
            task.add_done_callback(self._lingering.discard)

    async def _attempt(
        self, namespace: str, server: Server, question: Question, patience: float
    ) -> Attempt:
        asked = self._clock()
        try:
            async with asyncio.timeout(patience):
                wire, transport = await self._exchange.ask(namespace, server, question)
            relayed = relay(decode(wire), question, self._limits.ttl)
        except TimeoutError:
            self._counters.silences += 1
            server.failed(self._clock(), asked)
            return self._attempted(server, f"silent for {patience:.1f} s", asked)
        except OSError as error:
            server.failed(self._clock(), asked)
            reason = error.strerror or str(error)
            return self._attempted(server, f"out of reach ({reason})", asked, network=True)
        except MooringError as error:
            return self._attempted(server, f"not asked ({error.message})", asked, network=True)
        except MessageSyntaxError as error:
            return self._attempted(server, f"sent a malformed reply ({error})", asked)
        return Attempt(server.text, relayed, _describe(relayed, transport), self._clock() - asked)

    def _attempted(
        self, server: Server, outcome: str, asked: float, *, network: bool = False
    ) -> Attempt:
        return Attempt(server.text, None, outcome, self._clock() - asked, network)


def _describe(relayed: Relayed, transport: str) -> str:
    reply = relayed.reply
    try:
        outcome = Rcode(reply.rcode).name
    except ValueError:
        outcome = f"rcode {reply.rcode}"
    if reply.rcode == Rcode.NOERROR:
        plural = "" if reply.answers == 1 else "s"
        outcome += f" with {reply.answers} record{plural}"
    return f"answered {outcome} over {transport}"
