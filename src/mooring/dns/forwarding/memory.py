"""What is remembered of questions asked before: their answers, and that they failed."""

from collections.abc import Callable, Sequence
from typing import Final

from mooring.dns.forwarding import refusal
from mooring.dns.forwarding.cache import AnswerCache, CacheKey
from mooring.dns.forwarding.counters import ForwardCounters
from mooring.dns.forwarding.failures import FailureMemory
from mooring.dns.forwarding.race import Attempt
from mooring.dns.forwarding.servers import ServerSet
from mooring.dns.forwarding.settings import Limits, Timing
from mooring.model.trace import TraceStep
from mooring.wire.constant import CD, RD
from mooring.wire.question import Question
from mooring.wire.reply import Reply

_DNSSEC_OK: Final = 0x10000
"""DO beside RD and CD: the bits with which an answer may differ. Above the header's 16."""


def key_of(servers: ServerSet, question: Question) -> CacheKey:
    """What two questions must have in common for one answer to serve both."""
    bits = question.flags & (RD | CD)
    if question.edns is not None and question.edns.dnssec_ok:
        bits |= _DNSSEC_OK
    return servers.number, question.folded, question.type, question.qclass, bits


class Memory:
    """The cache and the failures, as one."""

    def __init__(
        self,
        timing: Timing,
        limits: Limits,
        counters: ForwardCounters,
        clock: Callable[[], float],
    ) -> None:
        self._counters: Final = counters
        self._clock: Final = clock
        self.answers: Final = AnswerCache(limits.cache_octets)
        self.failures: Final = FailureMemory(
            least=timing.failure_least, most=timing.failure_most, entries=limits.failures
        )

    def recall(
        self, servers: ServerSet, question: Question, steps: list[TraceStep] | None
    ) -> Reply | None:
        """The reply if it is known, and in ``steps`` how."""
        key = key_of(servers, question)
        now = self._clock()
        found = self.answers.find(key, now)
        if found is not None:
            self._counters.hits += 1
            if steps is not None:
                steps.append(_step(servers, f"holds the answer for {found[1]:.0f} s more"))
            return found[0]
        found = self.failures.find(key, now, servers.last_answer)
        if found is not None:
            self._counters.failure_hits += 1
            if steps is not None:
                steps.append(_step(servers, f"repeats the failure for {found[1]:.1f} s more"))
            return found[0]
        return None

    def settle(
        self, servers: ServerSet, question: Question, attempts: Sequence[Attempt], asked: float
    ) -> Reply:
        """The reply that comes of these attempts, from now on remembered.

        ``asked`` is when the first of them began. If no server has said anything since, it is the
        servers that failed, else the name.
        """
        key = key_of(servers, question)
        now = self._clock()
        last = attempts[-1]
        if last.good and last.relayed is not None:
            self.answers.put(key, last.relayed, now)
            self.failures.forget(key)
            return last.relayed.reply
        self._counters.failures += 1
        reply = refusal.failure(attempts)
        self.failures.put(key, reply, now, of_servers=servers.last_answer < asked)
        return reply


def _step(servers: ServerSet, outcome: str) -> TraceStep:
    return TraceStep(stage="cache", subject=str(servers), outcome=outcome)
