"""Names that are not ours, through the whole resolver and the real forwarder."""

from collections.abc import AsyncIterator

import dns.flags
import dns.rcode
import pytest

from mooring.book.book import Book
from mooring.dns.forwarding.forwarder import Forwarder
from mooring.dns.resolver import Resolver
from mooring.model.view import NameScope, View
from mooring.testing.loopback import LoopbackClient, loopback_sockets
from mooring.testing.upstream import FakeUpstream, LocalSockets

ZONE = """
example.        60 SOA   ns.example. root.example. 1 2 3 4 30
www.example.    60 CNAME web.example.
web.example.    50 A     192.0.2.1
"""


@pytest.fixture
async def asked(book: Book) -> AsyncIterator[tuple[LoopbackClient, Forwarder, Resolver]]:
    forwarder = Forwarder(LocalSockets())
    resolver = Resolver(book, forwarder)
    sockets = loopback_sockets()
    view = View(sandbox="one", scopes=(NameScope("id-of-app", "app"),))
    resolver.open("one", sockets, view)
    yield LoopbackClient(sockets.ports[0]), forwarder, resolver
    await resolver.aclose()
    await forwarder.aclose()


Asked = tuple[LoopbackClient, Forwarder, Resolver]


async def test_an_answer_from_upstream_comes_in_the_clients_spelling(asked: Asked) -> None:
    client, forwarder, _resolver = asked
    async with FakeUpstream(ZONE) as upstream:
        forwarder.set_host_servers((upstream.text,))
        for ask in (client.ask, client.ask_tcp):
            reply = await ask("WWW.Example")
            assert reply.answer[0].name.to_text() == "WWW.Example."
            assert [rrset.to_text().lower() for rrset in reply.answer] == [
                "www.example. 60 in cname web.example.",
                "web.example. 50 in a 192.0.2.1",
            ]
            assert reply.flags & (dns.flags.RA | dns.flags.AA) == dns.flags.RA


async def test_a_cached_answer_needs_neither_upstream_nor_task(asked: Asked) -> None:
    client, forwarder, resolver = asked
    async with FakeUpstream(ZONE) as upstream:
        forwarder.set_host_servers((upstream.text,))
        for _ in range(3):
            assert (await client.ask("web.example")).answer
    assert (resolver.counters.awaited, resolver.counters.answered) == (1, 2)
    assert resolver.compiled_answers == 0


async def test_a_name_that_does_not_exist_anywhere_says_so(asked: Asked) -> None:
    client, forwarder, _resolver = asked
    async with FakeUpstream(ZONE) as upstream:
        forwarder.set_host_servers((upstream.text,))
        reply = await client.ask("nobody.example")
    assert reply.rcode() == dns.rcode.NXDOMAIN
    assert reply.authority[0].name.to_text() == "example."


async def test_without_upstreams_the_reason_is_said_at_once(asked: Asked) -> None:
    client, _forwarder, _resolver = asked
    reply = await client.ask("web.example", edns=1232)
    assert reply.rcode() == dns.rcode.SERVFAIL
    assert "EDE" in reply.options[0].to_text()


async def test_a_trace_goes_all_the_way(asked: Asked) -> None:
    _client, forwarder, resolver = asked
    view = View(sandbox="one", scopes=(NameScope("id-of-app", "app"),))
    async with FakeUpstream(ZONE) as upstream:
        forwarder.set_host_servers((upstream.text,))
        trace = await resolver.trace(view, "web.example", "A")
    assert [step.stage for step in trace.steps] == ["scope", "upstream"]
    assert trace.records == ("web.example. 50 IN A 192.0.2.1",)
