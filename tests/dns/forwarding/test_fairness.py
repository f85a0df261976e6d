"""No sandbox delays another, and what each may hold is bounded."""

import asyncio
import time
from contextlib import ExitStack

import pytest

from mooring.dns.forwarding.fairness import FairSlots, OverloadError
from mooring.dns.forwarding.forwarder import Forwarder
from mooring.dns.forwarding.settings import Limits, Timing
from mooring.model.view import View
from mooring.testing.question import answers, make_question
from mooring.testing.upstream import Conduct, FakeUpstream, LocalSockets
from mooring.wire.constant import Rcode


def slots(total: int = 8, each: int = 99, waiting: int = 8) -> FairSlots:
    return FairSlots(total=total, each=each, waiting=waiting)


def take_all(made: FairSlots, client: str) -> int:
    while made.take(client):
        pass
    return made.held(client)


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_one_client_takes_no_more_than_it_leaves_free() -> None:
    assert take_all(slots(8), "a") == 4


def test_each_further_client_still_finds_free_slots() -> None:
    made = slots(60)
    assert [take_all(made, client) for client in "abcd"] == [30, 15, 8, 4]
    assert made.take("e")


def test_no_client_takes_more_than_its_own_limit() -> None:
    assert take_all(slots(100, each=5), "a") == 5


async def test_who_waits_first_is_served_first_within_a_client() -> None:
    made = slots(2)
    assert made.take("a")
    served: list[int] = []

    async def wait(number: int) -> None:
        await made.wait("a")
        served.append(number)

    tasks = [asyncio.create_task(wait(number)) for number in range(3)]
    await settle()
    assert not made.take("a"), "nobody overtakes"
    for _ in tasks:
        made.release("a")
        await settle()
    assert served == [0, 1, 2]
    await asyncio.gather(*tasks)


async def test_freed_slots_go_round_the_clients() -> None:
    made = slots(1)
    assert made.take("x")
    served: list[str] = []

    async def wait(client: str) -> None:
        await made.wait(client)
        served.append(client)

    tasks = [asyncio.create_task(wait(client)) for client in "aaabbc"]
    await settle()
    assert served == []
    made.release("x")
    for turn in range(6):
        await settle()
        assert len(served) == turn + 1
        made.release(served[-1])
    await asyncio.gather(*tasks)
    assert "".join(served) == "abcaba"


async def test_whoever_stops_waiting_leaves_the_turn_to_the_next() -> None:
    made = slots(2)
    made.take("a")
    first = asyncio.create_task(made.wait("a"))
    second = asyncio.create_task(made.wait("a"))
    await settle()
    first.cancel()
    made.release("a")
    await asyncio.wait_for(second, 5)
    assert made.held("a") == 1


async def test_a_slot_granted_to_one_who_has_just_gone_is_not_lost() -> None:
    made = slots(2)
    made.take("a")
    waiting = asyncio.create_task(made.wait("a"))
    await settle()
    made.release("a")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert made.held("a") == 0
    assert made.take("a")


def test_waiters_are_bounded() -> None:
    made = slots(waiting=2)
    with ExitStack() as stack:
        for client in "aab":
            stack.enter_context(made.waiting(client))
        with pytest.raises(OverloadError):
            stack.enter_context(made.waiting("a"))
    with made.waiting("a"):
        pass


FLOODED = Limits(in_flight=40, in_flight_each=30, waiting_each=60)


async def test_a_flood_of_unanswerable_names_delays_no_other_sandbox(
    sockets: LocalSockets, timing: Timing
) -> None:
    forwarder = Forwarder(sockets, timing=timing, limits=FLOODED)
    async with FakeUpstream("web.example. 60 A 192.0.2.1") as upstream:
        forwarder.set_host_servers((upstream.text,))
        upstream.conduct = Conduct(silent=True)
        upstream.conducts["web.example."] = Conduct()
        floods = [
            asyncio.create_task(
                forwarder.ask(View(sandbox=name), make_question(f"{number}.{name}.example"))
            )
            for name in ("flood", "other-flood")
            for number in range(60)
        ]
        await upstream.until_asked(20)
        begun = time.monotonic()
        question = make_question("web.example")
        reply = await forwarder.ask(View(sandbox="calm"), question)
        assert answers(reply, question) == ["192.0.2.1"]
        assert time.monotonic() - begun < 0.1
        assert forwarder.in_flight <= FLOODED.in_flight
        assert {reply.rcode for reply in await asyncio.gather(*floods)} == {Rcode.SERVFAIL}
    await forwarder.aclose()


async def test_a_name_that_a_flooding_sandbox_waits_to_ask_does_not_wait_for_others(
    sockets: LocalSockets, timing: Timing
) -> None:
    forwarder = Forwarder(sockets, timing=timing, limits=FLOODED)
    async with FakeUpstream("web.example. 60 A 192.0.2.1") as upstream:
        forwarder.set_host_servers((upstream.text,))
        upstream.conduct = Conduct(silent=True)
        upstream.conducts["web.example."] = Conduct()
        names = [f"{number}.example" for number in range(40)]
        flood = [
            asyncio.create_task(forwarder.ask(View(sandbox="flood"), make_question(name)))
            for name in [*names, "web.example"]
        ]
        await upstream.until_asked(20)
        assert upstream.count("web.example.") == 0, "the flooding sandbox waits for its turn"
        begun = time.monotonic()
        question = make_question("web.example")
        reply = await forwarder.ask(View(sandbox="calm"), question)
        assert answers(reply, question) == ["192.0.2.1"]
        assert time.monotonic() - begun < 0.1
        await asyncio.gather(*flood)
    await forwarder.aclose()


async def test_too_many_questions_waiting_are_refused_at_once_and_say_so(
    sockets: LocalSockets, timing: Timing
) -> None:
    limits = Limits(in_flight=4, in_flight_each=2, waiting_each=3)
    forwarder = Forwarder(sockets, timing=timing, limits=limits)
    async with FakeUpstream(conduct=Conduct(silent=True)) as upstream:
        forwarder.set_host_servers((upstream.text,))
        view = View(sandbox="flood")
        tasks = [
            asyncio.create_task(forwarder.ask(view, make_question(f"{number}.example")))
            for number in range(5)
        ]
        await upstream.until_asked(2)
        begun = time.monotonic()
        reply = await forwarder.ask(view, make_question("more.example"))
        assert time.monotonic() - begun < 0.1
        assert reply.rcode == Rcode.SERVFAIL
        assert reply.explanation is not None
        assert "too many questions" in reply.explanation.text
        assert forwarder.counters.overloads == 1
        texts = [each.explanation.text for each in await asyncio.gather(*tasks) if each.explanation]
        assert sum("more of upstream name servers than its share" in text for text in texts) == 3
    await forwarder.aclose()
