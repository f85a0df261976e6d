"""One question to one server: what is accepted as its reply, over which transport."""

import time
from itertools import pairwise

import dns.rcode
import pytest

from mooring.dns.forwarding.forwarder import Forwarder
from mooring.model.view import View
from mooring.testing.question import answers, make_question
from mooring.testing.upstream import POISON, Conduct, FakeUpstream, Forgery
from mooring.wire.constant import Rcode

ZONE = "web.example. 60 A 192.0.2.1"
WEB = make_question("web.example")


@pytest.mark.parametrize("forgery", list(Forgery))
async def test_a_forged_reply_is_passed_over_and_the_true_one_awaited(
    forwarder: Forwarder, view: View, forgery: Forgery
) -> None:
    conduct = Conduct(forgeries=(forgery,) * 3, delay=0.02)
    async with FakeUpstream(ZONE, conduct=conduct) as upstream:
        forwarder.set_host_servers((upstream.text,))
        found = answers(await forwarder.ask(view, WEB), WEB)
        assert upstream.count("web.example.") == 1
    assert found == ["192.0.2.1"] != [POISON]
    from_elsewhere = forgery is Forgery.PORT
    assert forwarder.counters.unmatched == (0 if from_elsewhere else 3)


async def test_where_somebody_guesses_ids_the_question_goes_over_tcp(
    forwarder: Forwarder, view: View
) -> None:
    conduct = Conduct(forgeries=(Forgery.ID,) * 40, delay=0.05)
    async with FakeUpstream(ZONE, conduct=conduct) as upstream:
        forwarder.set_host_servers((upstream.text,))
        assert answers(await forwarder.ask(view, WEB), WEB) == ["192.0.2.1"]
        assert [asked.transport for asked in upstream.asked] == ["UDP", "TCP"]


async def test_every_query_has_a_port_and_an_id_of_its_own(
    forwarder: Forwarder, view: View
) -> None:
    async with FakeUpstream() as upstream:
        forwarder.set_host_servers((upstream.text,))
        for number in range(40):
            await forwarder.ask(view, make_question(f"{number}.example"))
        ports = {asked.client[1] for asked in upstream.asked}
        identities = {asked.id for asked in upstream.asked}
        steps = {after.id - before.id for before, after in pairwise(upstream.asked)}
    assert len(ports) > 35
    assert len(identities) > 35
    assert len(steps) > 35


async def test_a_reply_that_does_not_fit_a_datagram_comes_over_tcp(
    forwarder: Forwarder, view: View
) -> None:
    zone = "\n".join(f"many.example. 60 A 192.0.2.{number}" for number in range(1, 200))
    question = make_question("many.example")
    async with FakeUpstream(zone, conduct=Conduct(truncates=True)) as upstream:
        forwarder.set_host_servers((upstream.text,))
        assert len(answers(await forwarder.ask(view, question), question)) == 199
        assert [asked.transport for asked in upstream.asked] == ["UDP", "TCP"]


async def test_a_server_that_truncates_and_has_no_tcp_is_followed_by_the_next(
    forwarder: Forwarder, view: View
) -> None:
    conduct = Conduct(truncates=True, tcp=False)
    async with FakeUpstream(ZONE, conduct=conduct) as first, FakeUpstream(ZONE) as second:
        forwarder.set_host_servers((first.text, second.text))
        reply, steps = await forwarder.trace(view, WEB)
    assert answers(reply, WEB) == ["192.0.2.1"]
    assert "closed before the reply was whole" in steps[0].outcome


async def test_a_server_that_cannot_read_edns_is_asked_without_from_then_on(
    forwarder: Forwarder, view: View
) -> None:
    async with FakeUpstream(ZONE, conduct=Conduct(edns=False)) as upstream:
        forwarder.set_host_servers((upstream.text,))
        assert answers(await forwarder.ask(view, WEB), WEB) == ["192.0.2.1"]
        assert [asked.edns for asked in upstream.asked] == [True, False]
        await forwarder.ask(view, make_question("other.example"))
        assert [asked.edns for asked in upstream.asked] == [True, False, False]


async def test_a_server_that_finds_every_question_malformed_has_failed(
    forwarder: Forwarder, view: View
) -> None:
    async with FakeUpstream(ZONE, conduct=Conduct(rcode=dns.rcode.FORMERR)) as upstream:
        forwarder.set_host_servers((upstream.text,))
        assert (await forwarder.ask(view, WEB)).rcode == Rcode.FORMERR
        await forwarder.ask(view, make_question("other.example"))
        assert [asked.edns for asked in upstream.asked] == [True, False, True, False]


async def test_a_broken_reply_is_followed_by_the_next_server(
    forwarder: Forwarder, view: View
) -> None:
    broken = Conduct(broken=True)
    async with FakeUpstream(ZONE, conduct=broken) as first, FakeUpstream(ZONE) as second:
        forwarder.set_host_servers((first.text, second.text))
        reply, steps = await forwarder.trace(view, WEB)
    assert answers(reply, WEB) == ["192.0.2.1"]
    assert "malformed" in steps[0].outcome


async def test_a_lost_datagram_is_sent_again(forwarder: Forwarder, view: View) -> None:
    async with FakeUpstream(ZONE, conduct=Conduct(silent=True)) as upstream:
        forwarder.set_host_servers((upstream.text,))
        await forwarder.ask(view, make_question("lost.example"))
        assert upstream.count("lost.example.") > 1


async def test_a_closed_port_fails_at_once(forwarder: Forwarder, view: View) -> None:
    async with FakeUpstream() as closed:
        pass
    forwarder.set_host_servers((closed.text,))
    begun = time.monotonic()
    reply = await forwarder.ask(view, WEB)
    assert time.monotonic() - begun < 0.2
    assert reply.explanation is not None
    assert closed.text in reply.explanation.text
    assert "refused" in reply.explanation.text
