"""Whom a question goes to, what comes back, and what is said when nothing can."""

import asyncio
import time
from collections.abc import Callable

import dns.rcode
import pytest

from mooring.dns.forwarding.forwarder import Forwarder
from mooring.dns.forwarding.settings import Limits, Timing
from mooring.model.view import View
from mooring.testing.question import answers, make_question, read_reply
from mooring.testing.upstream import Conduct, FakeUpstream, LocalSockets
from mooring.wire.constant import ExtendedError, Rcode
from mooring.wire.reply import Reply

ZONE = """
example.        60 SOA   ns.example. root.example. 1 2 3 4 30
www.example.    60 CNAME web.example.
web.example.    50 A     192.0.2.1
web.example.    50 AAAA  2001:db8::1
"""
WEB = make_question("web.example")


def why(reply: Reply) -> tuple[int, int, str]:
    """The rcode, the extended error and its text."""
    assert reply.explanation is not None
    return reply.rcode, reply.explanation.code, reply.explanation.text


# Whom it goes to


async def test_the_hosts_servers_are_asked_from_the_hosts_namespace(
    forwarder: Forwarder, view: View, sockets: LocalSockets
) -> None:
    async with FakeUpstream(ZONE) as upstream:
        forwarder.set_host_servers((upstream.text,))
        question = make_question("www.example")
        reply = await forwarder.ask(view, question)
    assert answers(reply, question) == ["web.example.", "192.0.2.1"]
    assert set(sockets.namespaces) == {""}


async def test_a_sandboxs_own_servers_are_asked_from_inside_it(
    forwarder: Forwarder, sockets: LocalSockets
) -> None:
    async with FakeUpstream(ZONE) as own, FakeUpstream(ZONE) as host:
        forwarder.set_host_servers((host.text,))
        view = View(sandbox="one", servers=(own.text,), namespace="/run/one")
        assert answers(await forwarder.ask(view, WEB), WEB) == ["192.0.2.1"]
        assert host.asked == []
    assert set(sockets.namespaces) == {"/run/one"}


async def test_an_internal_sandbox_never_reaches_the_hosts_servers(forwarder: Forwarder) -> None:
    async with FakeUpstream(ZONE) as upstream:
        forwarder.set_host_servers((upstream.text,))
        reply = await forwarder.ask(View(sandbox="one", internal=True), WEB)
        assert upstream.asked == []
    rcode, code, text = why(reply)
    assert (rcode, code) == (Rcode.SERVFAIL, ExtendedError.PROHIBITED)
    assert "internal" in text


async def test_an_internal_sandbox_reaches_the_servers_it_was_given(forwarder: Forwarder) -> None:
    async with FakeUpstream(ZONE) as upstream:
        view = View(sandbox="one", internal=True, servers=(upstream.text,))
        assert answers(await forwarder.ask(view, WEB), WEB) == ["192.0.2.1"]


async def test_without_any_server_the_reply_says_where_to_set_one(
    forwarder: Forwarder, view: View
) -> None:
    rcode, _code, text = why(await forwarder.ask(view, WEB))
    assert rcode == Rcode.SERVFAIL
    assert "no upstream name server is configured" in text
    assert "/etc/resolv.conf" in text
    assert "--dns" in text
    assert len(text) <= 160, "longer texts are cut"


@pytest.mark.parametrize("server", ["127.0.0.11", "not.an.address", "192.0.2.1#99999"])
async def test_a_server_that_cannot_be_asked_is_named(forwarder: Forwarder, server: str) -> None:
    rcode, _code, text = why(await forwarder.ask(View(sandbox="one", servers=(server,)), WEB))
    assert rcode == Rcode.SERVFAIL
    assert server in text


async def test_a_server_that_cannot_be_asked_does_not_hinder_the_others(
    forwarder: Forwarder,
) -> None:
    async with FakeUpstream(ZONE) as upstream:
        view = View(sandbox="one", servers=("127.0.0.11", upstream.text))
        assert answers(await forwarder.ask(view, WEB), WEB) == ["192.0.2.1"]


async def test_new_servers_of_the_host_are_asked_at_once(forwarder: Forwarder, view: View) -> None:
    async with FakeUpstream(ZONE) as old, FakeUpstream("web.example. 60 A 192.0.2.2") as new:
        forwarder.set_host_servers((old.text,))
        assert answers(await forwarder.ask(view, WEB), WEB) == ["192.0.2.1"]
        forwarder.set_host_servers((new.text,))
        assert forwarder.host_servers == (new.text,)
        assert answers(await forwarder.ask(view, WEB), WEB) == ["192.0.2.2"]
        forwarder.set_host_servers(())
        assert (await forwarder.ask(view, WEB)).rcode == Rcode.SERVFAIL
        forwarder.set_host_servers((old.text,))
        assert answers(await forwarder.ask(view, WEB), WEB) == ["192.0.2.1"]


@pytest.mark.parametrize("rtype", ["AXFR", "IXFR", "OPT", "TSIG", "TKEY"])
async def test_a_question_for_one_server_alone_goes_no_further(
    forwarder: Forwarder, view: View, rtype: str
) -> None:
    async with FakeUpstream(ZONE) as upstream:
        forwarder.set_host_servers((upstream.text,))
        assert (await forwarder.ask(view, make_question("example", rtype))).rcode == Rcode.NOTIMP
        assert upstream.asked == []


# What comes back


async def test_a_name_that_does_not_exist_is_final(forwarder: Forwarder, view: View) -> None:
    async with FakeUpstream(ZONE) as first, FakeUpstream("gone.example. 60 A 192.0.2.9") as second:
        forwarder.set_host_servers((first.text, second.text))
        question = make_question("gone.example")
        reply = read_reply(await forwarder.ask(view, question), question)
        assert second.asked == []
    assert reply.rcode() == dns.rcode.NXDOMAIN
    assert len(reply.authority) == 1


async def test_dnssec_is_asked_for_as_the_client_does(forwarder: Forwarder, view: View) -> None:
    async with FakeUpstream(ZONE) as upstream:
        forwarder.set_host_servers((upstream.text,))
        for dnssec_ok in (False, True):
            for checking_disabled in (False, True):
                question = make_question(
                    "web.example", dnssec_ok=dnssec_ok, checking_disabled=checking_disabled
                )
                await forwarder.ask(view, question)
        seen = {(asked.dnssec_ok, asked.checking_disabled) for asked in upstream.asked}
    assert seen == {(False, False), (False, True), (True, False), (True, True)}


# One question, many clients


async def test_a_hundred_clients_with_one_question_make_one_query(
    forwarder: Forwarder, view: View
) -> None:
    async with FakeUpstream(ZONE, conduct=Conduct(delay=0.05)) as upstream:
        forwarder.set_host_servers((upstream.text,))
        replies = await asyncio.gather(*(forwarder.ask(view, WEB) for _ in range(100)))
        assert upstream.count("web.example.") == 1
    assert {tuple(answers(reply, WEB)) for reply in replies} == {("192.0.2.1",)}
    assert forwarder.counters.joined == 99


async def test_clients_of_all_sandboxes_share_one_query_to_the_host(forwarder: Forwarder) -> None:
    async with FakeUpstream(ZONE, conduct=Conduct(delay=0.05)) as upstream:
        forwarder.set_host_servers((upstream.text,))
        views = [View(sandbox=name, namespace=f"/run/{name}") for name in "abc"]
        await asyncio.gather(*(forwarder.ask(view, WEB) for view in views))
        assert upstream.count("web.example.") == 1


async def test_one_client_that_gives_up_leaves_the_others_waiting(
    forwarder: Forwarder, view: View
) -> None:
    async with FakeUpstream(ZONE, conduct=Conduct(delay=0.1)) as upstream:
        forwarder.set_host_servers((upstream.text,))
        first, second = (asyncio.create_task(forwarder.ask(view, WEB)) for _ in range(2))
        await upstream.until_asked(1)
        first.cancel()
        assert answers(await second, WEB) == ["192.0.2.1"]
        with pytest.raises(asyncio.CancelledError):
            await first
        assert upstream.count("web.example.") == 1


# Isolation


@pytest.mark.parametrize(
    "other",
    [
        lambda server: View(sandbox="two", namespace="/run/two", servers=(server,)),
        lambda server: View(sandbox="one", namespace="/run/two", servers=(server,)),
        lambda server: View(sandbox="one", namespace="/run/one", servers=(server, "192.0.2.99")),
        lambda server: View(sandbox="two", namespace="/run/two"),
    ],
)
async def test_what_private_servers_say_answers_nobody_else(
    forwarder: Forwarder, other: Callable[[str], View]
) -> None:
    async with FakeUpstream("web.example. 60 A 10.0.0.1") as upstream:
        forwarder.set_host_servers((upstream.text,))
        view = View(sandbox="one", namespace="/run/one", servers=(upstream.text,))
        assert answers(await forwarder.ask(view, WEB), WEB) == ["10.0.0.1"]
        upstream.set_zone("web.example. 60 A 10.0.0.2")
        assert answers(await forwarder.ask(view, WEB), WEB) == ["10.0.0.1"]
        assert answers(await forwarder.ask(other(upstream.text), WEB), WEB) == ["10.0.0.2"]


async def test_a_sandbox_that_is_gone_leaves_nothing_to_one_of_the_same_name(
    forwarder: Forwarder,
) -> None:
    async with FakeUpstream("web.example. 60 A 10.0.0.1") as upstream:
        view = View(sandbox="one", namespace="/proc/7/ns/net", servers=(upstream.text,))
        await forwarder.ask(view, WEB)
        upstream.set_zone("web.example. 60 A 10.0.0.2")
        forwarder.forget("one")
        assert answers(await forwarder.ask(view, WEB), WEB) == ["10.0.0.2"]


async def test_forgetting_a_sandbox_leaves_the_hosts_answers(
    forwarder: Forwarder, view: View
) -> None:
    async with FakeUpstream(ZONE) as upstream:
        forwarder.set_host_servers((upstream.text,))
        await forwarder.ask(view, WEB)
        forwarder.forget("one")
        forwarder.forget("")
        assert forwarder.find(view, WEB) is not None


# The path


async def test_a_trace_names_the_server_and_then_the_cache(
    forwarder: Forwarder, view: View
) -> None:
    async with FakeUpstream(ZONE) as upstream:
        forwarder.set_host_servers((upstream.text,))
        _reply, asked = await forwarder.trace(view, WEB)
        reply, known = await forwarder.trace(view, WEB)
    assert [(step.stage, step.subject) for step in asked] == [("upstream", upstream.text)]
    assert asked[0].outcome == "answered NOERROR with 1 record over UDP"
    assert asked[0].milliseconds > 0
    assert [(step.stage, step.subject) for step in known] == [("cache", upstream.text)]
    assert known[0].outcome == "holds the answer for 50 s more"
    assert answers(reply, WEB) == ["192.0.2.1"]


async def test_a_trace_of_a_joined_question_shows_what_the_first_one_did(
    forwarder: Forwarder, view: View
) -> None:
    async with FakeUpstream(ZONE, conduct=Conduct(delay=0.05)) as upstream:
        forwarder.set_host_servers((upstream.text,))
        first, second = await asyncio.gather(forwarder.ask(view, WEB), forwarder.trace(view, WEB))
        assert first == second[0]
        assert [step.subject for step in second[1]] == [upstream.text]


async def test_a_trace_says_why_nobody_was_asked(forwarder: Forwarder, view: View) -> None:
    _reply, steps = await forwarder.trace(view, WEB)
    assert "no upstream name server" in steps[0].outcome


# The end


async def test_closing_answers_whoever_still_waits(forwarder: Forwarder, view: View) -> None:
    async with FakeUpstream(conduct=Conduct(silent=True)) as upstream:
        forwarder.set_host_servers((upstream.text,))
        waiting = [asyncio.create_task(forwarder.ask(view, WEB)) for _ in range(3)]
        await upstream.until_asked(1)
        begun = time.monotonic()
        await forwarder.aclose()
        for reply in await asyncio.gather(*waiting):
            assert why(reply)[:2] == (Rcode.SERVFAIL, ExtendedError.NOT_READY)
        assert time.monotonic() - begun < 0.2
        assert (await forwarder.ask(view, make_question("x.example"))).rcode == Rcode.SERVFAIL
    assert forwarder.in_flight == 0


async def test_a_socket_that_cannot_be_opened_is_a_failure_and_no_exception(
    timing: Timing, view: View
) -> None:
    def open_socket(_namespace: str, _family: int, _kind: int) -> object:
        raise OSError(24, "Too many open files")

    forwarder = Forwarder(open_socket, timing=timing)  # type: ignore[arg-type]
    forwarder.set_host_servers(("127.0.0.1",))
    rcode, code, text = why(await forwarder.ask(view, WEB))
    assert (rcode, code) == (Rcode.SERVFAIL, ExtendedError.NETWORK_ERROR)
    assert "Too many open files" in text
    await forwarder.aclose()


async def test_a_fault_of_our_own_is_a_servfail_and_a_line_in_the_log(
    timing: Timing, view: View, caplog: pytest.LogCaptureFixture
) -> None:
    def open_socket(_namespace: str, _family: int, _kind: int) -> object:
        raise ZeroDivisionError

    forwarder = Forwarder(open_socket, timing=timing, limits=Limits())  # type: ignore[arg-type]
    forwarder.set_host_servers(("127.0.0.1",))
    assert (await forwarder.ask(view, WEB)).rcode == Rcode.SERVFAIL
    assert "asking for web.example. failed" in caplog.text
    assert forwarder.in_flight == 0
    await forwarder.aclose()
