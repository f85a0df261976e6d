"""Several servers: the first good reply wins, soon, whatever the others do."""

import asyncio
import time
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import TypeVar

import dns.rcode
import pytest

from mooring.dns.forwarding.forwarder import Forwarder
from mooring.dns.forwarding.settings import Limits, Timing
from mooring.model.view import View
from mooring.testing.eventually import eventually
from mooring.testing.question import answers, make_question
from mooring.testing.upstream import Conduct, FakeUpstream, LocalSockets
from mooring.wire.constant import ExtendedError, Rcode

ZONE = "\n".join(f"{number}.example. 60 A 192.0.2.{number}" for number in range(1, 100))
SILENT = Conduct(silent=True)

_T = TypeVar("_T")


async def timed(work: Awaitable[_T]) -> tuple[_T, float]:
    begun = time.monotonic()
    return await work, time.monotonic() - begun


async def ask(forwarder: Forwarder, view: View, number: int) -> list[str]:
    question = make_question(f"{number}.example")
    return answers(await forwarder.ask(view, question), question)


async def fakes(stack: AsyncExitStack, *conducts: Conduct) -> list[FakeUpstream]:
    return [
        await stack.enter_async_context(
            FakeUpstream(ZONE, address=f"127.0.0.{last}", conduct=conduct)
        )
        for last, conduct in enumerate(conducts, start=1)
    ]


# Order and hedging


async def test_the_first_server_is_preferred_while_it_answers(
    forwarder: Forwarder, view: View
) -> None:
    async with AsyncExitStack() as stack:
        first, second = await fakes(stack, Conduct(), Conduct())
        forwarder.set_host_servers((first.text, second.text))
        for number in range(1, 20):
            assert await ask(forwarder, view, number) == [f"192.0.2.{number}"]
        assert len(first.asked) == 19
        assert second.asked == []


async def test_behind_a_dead_server_the_next_answers_within_the_hedge_delay(
    forwarder: Forwarder, view: View, timing: Timing
) -> None:
    async with AsyncExitStack() as stack:
        dead, alive = await fakes(stack, SILENT, Conduct())
        forwarder.set_host_servers((dead.text, alive.text))
        found, seconds = await timed(ask(forwarder, view, 1))
        assert found == ["192.0.2.1"]
        assert timing.hedge_first * 0.9 < seconds < timing.hedge_first + 0.1
        for number in range(2, 20):
            found, seconds = await timed(ask(forwarder, view, number))
            assert seconds < timing.hedge_first / 2, "it is known to be slow now"


async def test_a_dead_server_is_asked_last_and_then_found_alive_again(
    forwarder: Forwarder, view: View, timing: Timing
) -> None:
    async with AsyncExitStack() as stack:
        first, second = await fakes(stack, SILENT, Conduct())
        forwarder.set_host_servers((first.text, second.text))
        await ask(forwarder, view, 1)
        await asyncio.to_thread(eventually, lambda: forwarder.counters.silences)
        asked = len(first.asked)
        for number in range(2, 10):
            await ask(forwarder, view, number)
        assert len(first.asked) == asked, "it rests"
        first.conduct = Conduct()
        async with asyncio.timeout(5):
            number = 10
            while len(first.asked) == asked:
                await asyncio.sleep(0.05)
                found, seconds = await timed(ask(forwarder, view, number))
                assert found
                assert seconds < 0.1, "nobody waits while it is tried"
                number += 1
        await ask(forwarder, view, 98)
        count = len(second.asked)
        await ask(forwarder, view, 99)
        assert len(second.asked) == count, "the first is preferred again"


async def test_a_slow_server_is_not_given_up_when_the_next_is_asked(
    forwarder: Forwarder, view: View
) -> None:
    async with AsyncExitStack() as stack:
        slow, dead = await fakes(stack, Conduct(delay=0.2), SILENT)
        forwarder.set_host_servers((slow.text, dead.text))
        assert await ask(forwarder, view, 1) == ["192.0.2.1"]
        assert dead.asked


async def test_one_slow_name_does_not_make_a_server_dead(
    forwarder: Forwarder, view: View, timing: Timing
) -> None:
    async with AsyncExitStack() as stack:
        (only,) = await fakes(stack, Conduct())
        forwarder.set_host_servers((only.text,))
        only.conducts["slow.example."] = SILENT
        slow = asyncio.create_task(forwarder.ask(view, make_question("slow.example")))
        await only.until_asked(1)
        assert await ask(forwarder, view, 1)
        assert (await slow).rcode == Rcode.SERVFAIL
        only.conduct = Conduct(delay=timing.revival * 1.5)
        assert await ask(forwarder, view, 2), "it has its full time"


# Bad replies


@pytest.mark.parametrize("rcode", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.NOTIMP])
async def test_a_server_that_fails_is_followed_at_once(
    forwarder: Forwarder, view: View, rcode: dns.rcode.Rcode
) -> None:
    async with AsyncExitStack() as stack:
        bad, good = await fakes(stack, Conduct(rcode=rcode), Conduct())
        forwarder.set_host_servers((bad.text, good.text))
        found, seconds = await timed(ask(forwarder, view, 1))
        assert found == ["192.0.2.1"]
        assert seconds < 0.05


async def test_a_closed_port_is_followed_at_once(forwarder: Forwarder, view: View) -> None:
    async with FakeUpstream() as closed:
        pass
    async with AsyncExitStack() as stack:
        (good,) = await fakes(stack, Conduct())
        forwarder.set_host_servers((closed.text, good.text))
        found, seconds = await timed(ask(forwarder, view, 1))
        assert found == ["192.0.2.1"]
        assert seconds < 0.05


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
async def test_of_bad_replies_the_one_that_says_most_is_returned(
    forwarder: Forwarder, view: View, order: tuple[int, ...]
) -> None:
    rcodes = (dns.rcode.NOTIMP, dns.rcode.REFUSED, dns.rcode.SERVFAIL)
    async with AsyncExitStack() as stack:
        bad = await fakes(stack, *(Conduct(rcode=rcodes[index]) for index in order))
        forwarder.set_host_servers(tuple(each.text for each in bad))
        reply = await forwarder.ask(view, make_question("1.example"))
        assert reply.rcode == Rcode.SERVFAIL
        assert reply.explanation is not None
        assert all(each.text in reply.explanation.text for each in bad)


async def test_a_sole_refusal_is_passed_on(forwarder: Forwarder, view: View) -> None:
    async with AsyncExitStack() as stack:
        (bad,) = await fakes(stack, Conduct(rcode=dns.rcode.REFUSED))
        forwarder.set_host_servers((bad.text,))
        assert (await forwarder.ask(view, make_question("1.example"))).rcode == Rcode.REFUSED


# Silence


async def test_with_every_server_silent_the_reply_comes_in_time_and_says_so(
    sockets: LocalSockets, view: View
) -> None:
    forwarder = Forwarder(sockets)
    async with AsyncExitStack() as stack:
        silent = await fakes(stack, SILENT, SILENT, SILENT)
        forwarder.set_host_servers(tuple(each.text for each in silent))
        reply, seconds = await timed(forwarder.ask(view, make_question("1.example")))
        assert 2 < seconds < 3.5
        assert reply.rcode == Rcode.SERVFAIL
        assert reply.explanation is not None
        assert reply.explanation.code == ExtendedError.NO_REACHABLE_AUTHORITY
        assert all(f"{each.text} silent for" in reply.explanation.text for each in silent)
        reply, later = await timed(forwarder.ask(view, make_question("2.example")))
        assert reply.rcode == Rcode.SERVFAIL
        assert later < seconds / 2, "they are known to be silent"
        silent[2].conduct = Conduct()
        found, last = await timed(ask(forwarder, view, 3))
        assert found == ["192.0.2.3"]
        assert last < 0.2, "all are tried at once"
    await forwarder.aclose()


async def test_a_network_out_of_reach_is_told_from_silence(
    forwarder: Forwarder, view: View
) -> None:
    forwarder.set_host_servers(("255.255.255.255#5353", "fe80::1%nowhere"))
    reply, seconds = await timed(forwarder.ask(view, make_question("1.example")))
    assert seconds < 0.2
    assert reply.rcode == Rcode.SERVFAIL
    assert reply.explanation is not None
    assert reply.explanation.code == ExtendedError.NETWORK_ERROR
    assert "fe80::1%nowhere out of reach" in reply.explanation.text


async def test_losers_that_are_heard_out_are_bounded(
    sockets: LocalSockets, timing: Timing, view: View
) -> None:
    forwarder = Forwarder(sockets, timing=timing, limits=Limits(lingering=3))
    async with AsyncExitStack() as stack:
        dead, alive = await fakes(stack, SILENT, Conduct())
        forwarder.set_host_servers((dead.text, alive.text))
        await asyncio.gather(*(ask(forwarder, view, number) for number in range(1, 20)))
        assert len(dead.asked) >= 19
        await asyncio.sleep(0)
        names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
        assert names.count("Race._attempt") <= 3
    await forwarder.aclose()
