"""Failures are remembered, for longer each time, and no longer than they are true (RFC 9520)."""

import dns.rcode

from mooring.dns.forwarding.cache import CacheKey
from mooring.dns.forwarding.failures import FailureMemory
from mooring.dns.forwarding.forwarder import Forwarder
from mooring.model.view import View
from mooring.testing.clock import Clock
from mooring.testing.question import answers, make_question
from mooring.testing.upstream import Conduct, FakeUpstream
from mooring.wire.constant import Rcode
from mooring.wire.reply import Reply

KEY: CacheKey = (1, b"\x01a\x00", 1, 1, 0)
FAILED = Reply(Rcode.SERVFAIL)
NEVER = float("-inf")


def memory() -> FailureMemory:
    return FailureMemory(least=1, most=8, entries=100)


def test_a_failure_is_repeated_for_a_second_first() -> None:
    failures = memory()
    failures.put(KEY, FAILED, 10, of_servers=False)
    assert failures.find(KEY, 10.9, NEVER) is not None
    assert failures.find(KEY, 11, NEVER) is None


def test_each_further_failure_doubles_the_pause_up_to_its_limit() -> None:
    failures = memory()
    now = 0.0
    for pause in (1, 2, 4, 8, 8):
        failures.put(KEY, FAILED, now, of_servers=False)
        assert failures.find(KEY, now + pause - 0.1, NEVER) is not None
        now += pause
        assert failures.find(KEY, now, NEVER) is None


def test_an_answer_ends_the_doubling() -> None:
    failures = memory()
    failures.put(KEY, FAILED, 0, of_servers=False)
    failures.put(KEY, FAILED, 1, of_servers=False)
    failures.forget(KEY)
    failures.put(KEY, FAILED, 3, of_servers=False)
    assert failures.find(KEY, 4, NEVER) is None


def test_a_failure_of_long_ago_is_not_held_against_the_name() -> None:
    failures = memory()
    failures.put(KEY, FAILED, 0, of_servers=False)
    failures.put(KEY, FAILED, 100, of_servers=False)
    assert failures.find(KEY, 101, NEVER) is None


def test_a_failure_of_the_servers_never_lasts_longer_than_the_first_pause() -> None:
    failures = memory()
    for now in (0.0, 1.0, 2.0):
        failures.put(KEY, FAILED, now, of_servers=True)
    assert failures.find(KEY, 2.9, NEVER) is not None
    assert failures.find(KEY, 3, NEVER) is None


def test_a_failure_of_the_servers_is_forgotten_when_one_of_them_answers() -> None:
    failures = memory()
    failures.put(KEY, FAILED, 0, of_servers=True)
    assert failures.find(KEY, 0.5, -1) is not None
    assert failures.find(KEY, 0.5, 0.2) is None


def test_a_failure_of_the_name_stays_when_a_server_answers_something_else() -> None:
    failures = memory()
    failures.put(KEY, FAILED, 0, of_servers=False)
    assert failures.find(KEY, 0.5, 0.2) is not None


def test_failures_are_bounded() -> None:
    failures = memory()
    for number in range(1000):
        failures.put((1, str(number).encode(), 1, 1, 0), FAILED, 0, of_servers=False)
    assert len(failures) == 100


async def test_a_name_that_fails_is_not_asked_for_without_pause(
    timeless: Forwarder, view: View, clock: Clock
) -> None:
    question = make_question("broken.example")
    async with FakeUpstream(conduct=Conduct(rcode=dns.rcode.SERVFAIL)) as upstream:
        timeless.set_host_servers((upstream.text,))
        for _ in range(5):
            assert (await timeless.ask(view, question)).rcode == Rcode.SERVFAIL
        assert upstream.count("broken.example.") == 1
        assert timeless.counters.failure_hits == 4
        _reply, steps = await timeless.trace(view, question)
        assert "repeats the failure" in steps[0].outcome
        upstream.conduct = Conduct()
        upstream.set_zone("broken.example. 60 A 192.0.2.1")
        clock.advance(0.2)
        assert answers(await timeless.ask(view, question), question) == ["192.0.2.1"]
