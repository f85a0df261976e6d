"""The chain: who decides, who waits, and what becomes of a handler that fails."""

import asyncio
import inspect

import pytest

from mooring.dns.chain import LOG_LIMIT, NOBODY, Chain, Waiting
from mooring.dns.counters import Counters
from mooring.dns.query import NEXT, Answer, Outcome, Query, Refuse, Transport
from mooring.model.view import View
from mooring.testing.question import make_question
from mooring.wire.constant import Rcode
from mooring.wire.reply import Reply

ASKED = Query(View(sandbox="one"), make_question("db"), ("127.0.0.1", 1), Transport.UDP)
YES = Answer(Reply(Rcode.NOERROR))


def says_yes(query: Query) -> Outcome:
    return YES


def passes(query: Query) -> Outcome:
    return NEXT


def refuses(query: Query) -> Outcome:
    return Refuse(Rcode.REFUSED)


def fails(query: Query) -> Outcome:
    raise ValueError("no")


async def says_yes_later(query: Query) -> Outcome:
    await asyncio.sleep(0)
    return YES


async def passes_later(query: Query) -> Outcome:
    return NEXT


async def fails_later(query: Query) -> Outcome:
    raise ValueError("no")


@pytest.fixture
def counters() -> Counters:
    return Counters()


def test_the_first_handler_that_decides_has_the_last_word(counters: Counters) -> None:
    assert Chain((passes, says_yes, fails), counters).begin(ASKED) is YES
    assert Chain((refuses, says_yes), counters).begin(ASKED) == Refuse(Rcode.REFUSED)


@pytest.mark.parametrize("handlers", [(), (passes,)])
def test_a_query_that_nobody_takes_is_refused(handlers: tuple[()], counters: Counters) -> None:
    assert Chain(handlers, counters).begin(ASKED) is NOBODY


async def test_the_rest_waits_from_the_first_handler_that_has_to(counters: Counters) -> None:
    chain = Chain((passes, passes_later, passes, says_yes_later), counters)
    waiting = chain.begin(ASKED)
    assert waiting == Waiting(ASKED, 1)
    assert await chain.finish(waiting) is YES


async def test_a_query_that_nobody_takes_in_the_end_is_refused(counters: Counters) -> None:
    chain = Chain((passes_later, passes), counters)
    assert await chain.finish(Waiting(ASKED, 0)) is NOBODY


def test_what_waits_and_is_dropped_has_not_begun(counters: Counters) -> None:
    """A coroutine that was made and never awaited would be a warning, and so a failure here."""
    waiting = Chain((says_yes_later,), counters).begin(ASKED)
    assert isinstance(waiting, Waiting)
    assert not any(inspect.iscoroutine(value) for value in (waiting.query, waiting.position))


async def test_a_handler_that_raises_is_a_servfail_a_line_and_a_count(
    counters: Counters, caplog: pytest.LogCaptureFixture
) -> None:
    for outcome in (
        Chain((fails, says_yes), counters).begin(ASKED),
        await Chain((fails_later, says_yes), counters).finish(Waiting(ASKED, 0)),
        await Chain((passes_later, fails), counters).finish(Waiting(ASKED, 0)),
    ):
        assert isinstance(outcome, Refuse)
        assert outcome.rcode == Rcode.SERVFAIL
    assert counters.failures == 3
    assert caplog.text.count("failed on db.") == 3


def test_failures_do_not_fill_the_disk(
    counters: Counters, caplog: pytest.LogCaptureFixture
) -> None:
    chain = Chain((fails,), counters)
    for _ in range(LOG_LIMIT + 50):
        chain.begin(ASKED)
    assert counters.failures == LOG_LIMIT + 50
    assert len(caplog.records) == LOG_LIMIT


async def test_an_object_may_be_a_handler_and_may_wait(counters: Counters) -> None:
    class Later:
        async def __call__(self, query: Query) -> Outcome:
            return YES

    chain = Chain((Later(),), counters)
    waiting = chain.begin(ASKED)
    assert isinstance(waiting, Waiting)
    assert await chain.finish(waiting) is YES
