"""The resolver: sandboxes come, change their networks and go, and leave nothing behind."""

import asyncio
from pathlib import Path

import dns.message
import dns.rcode
import pytest

from mooring.book.book import Book
from mooring.book.claim import Put, Record
from mooring.dns.resolver import Resolver
from mooring.model.view import NameScope, View
from mooring.testing.eventually import soon
from mooring.testing.loopback import LoopbackClient, loopback_sockets
from mooring.testing.scripted_upstreams import ScriptedUpstreams
from mooring.wire.constant import Type
from mooring.wire.name import from_text

APP, NET = NameScope("id-of-app", "app"), NameScope("id-of-net", "net")


def view(sandbox: str, *scopes: NameScope) -> View:
    return View(sandbox=sandbox, scopes=scopes)


def opened(resolver: Resolver, sandbox: str, *scopes: NameScope) -> LoopbackClient:
    sockets = loopback_sockets()
    resolver.open(sandbox, sockets, view(sandbox, *scopes))
    return LoopbackClient(sockets.ports[0])


def descriptors() -> set[Path]:
    """What is open, apart from the folder that is read to find out."""
    return {link.readlink() for link in Path("/proc/self/fd").iterdir() if link.exists()}


@pytest.fixture
def net(book: Book) -> None:
    """``db`` also on network ``net``, and ``web`` there only."""
    for name, rdata in (("db", b"\x0a\x01\x00\x00"), ("web", b"\x0a\x01\x00\x01")):
        book.apply([Put(f"net {name}", (Record(NET.scope, from_text(name), Type.A, 10, rdata),))])


async def first(client: LoopbackClient, name: str) -> str:
    reply = await client.ask(name)
    return str(reply.answer[0][0]) if reply.answer else dns.rcode.to_text(reply.rcode())


@pytest.mark.usefixtures("net")
async def test_every_sandbox_sees_its_own_networks(resolver: Resolver) -> None:
    one, two = opened(resolver, "one", APP), opened(resolver, "two", NET, APP)
    assert [await first(client, "db") for client in (one, two)] == ["10.0.0.0", "10.1.0.0"]
    assert [await first(client, "web") for client in (one, two)] == ["NXDOMAIN", "10.1.0.1"]


@pytest.mark.usefixtures("net")
async def test_a_change_of_networks_holds_for_the_next_question(resolver: Resolver) -> None:
    client = opened(resolver, "one", APP)
    assert await first(client, "db") == "10.0.0.0"
    resolver.change("one", view("one", NET, APP))
    assert await first(client, "db") == "10.1.0.0"
    assert await first(client, "web") == "10.1.0.1"
    resolver.change("one", view("one", APP))
    assert [await first(client, name) for name in ("db", "web")] == ["10.0.0.0", "NXDOMAIN"]


@pytest.mark.usefixtures("net")
async def test_sandboxes_that_see_the_same_share_what_is_compiled(resolver: Resolver) -> None:
    one, two = opened(resolver, "one", APP, NET), opened(resolver, "two", APP, NET)
    other = opened(resolver, "other", NET, APP)
    for client in (one, two, other):
        await first(client, "db.app")
    assert (resolver.counters.answered, resolver.counters.hits) == (2, 1)
    assert resolver.compiled_answers == 2


async def test_what_was_compiled_for_nobody_is_forgotten(resolver: Resolver) -> None:
    one, _two = opened(resolver, "one", APP), opened(resolver, "two", APP)
    await first(one, "db")
    resolver.close("one")
    assert resolver.compiled_answers == 1
    resolver.change("two", view("two", NET))
    assert (resolver.compiled_answers, resolver.compiled_octets) == (0, 0)


async def test_other_servers_and_the_same_networks_keep_what_is_compiled(
    resolver: Resolver,
) -> None:
    client = opened(resolver, "one", APP)
    await first(client, "db")
    resolver.change("one", View(sandbox="one", scopes=(APP,), servers=("192.0.2.1",)))
    await first(client, "db")
    assert resolver.counters.hits == 1


async def test_a_sandbox_that_is_not_open_is_changed_and_closed_without_effect(
    resolver: Resolver,
) -> None:
    resolver.change("nobody", view("nobody", APP))
    resolver.close("nobody")
    assert resolver.compiled_answers == 0


async def test_a_sandbox_that_is_opened_again_gets_its_new_sockets(resolver: Resolver) -> None:
    opened(resolver, "one", APP)
    before = descriptors()
    again = opened(resolver, "one", APP)
    assert len(descriptors()) == len(before)
    assert await first(again, "db") == "10.0.0.0"


async def test_closing_leaves_no_socket_reader_or_task(
    book: Book, upstreams: ScriptedUpstreams
) -> None:
    before, tasks = descriptors(), asyncio.all_tasks()
    resolver = Resolver(book, upstreams)
    client = opened(resolver, "one", APP)
    upstreams.fall_silent()
    waiting = [
        asyncio.create_task(ask)
        for ask in (client.ask("example.com"), client.ask_tcp("example.com"))
    ]
    await soon(lambda: upstreams.waiting == 2)
    assert len(descriptors()) >= len(before) + 5
    resolver.close("one")
    await soon(lambda: not upstreams.waiting)
    assert resolver.counters.connections == resolver.counters.waiting == 0
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await resolver.aclose()
    assert asyncio.all_tasks() == tasks
    assert descriptors() == before


async def test_closing_everything_waits_for_the_end(
    book: Book, upstreams: ScriptedUpstreams
) -> None:
    resolver = Resolver(book, upstreams)
    client = opened(resolver, "one", APP)
    upstreams.fall_silent()
    asking = asyncio.create_task(client.ask_tcp("example.com"))
    await soon(lambda: upstreams.waiting)
    await resolver.aclose()
    assert upstreams.waiting == 0
    with pytest.raises((EOFError, ConnectionError)):
        await asking
    book.apply([Put("later", (Record(APP.scope, from_text("later"), Type.A, 1, b"abcd"),))])


async def test_the_time_that_an_absence_holds_can_be_chosen(
    book: Book, upstreams: ScriptedUpstreams
) -> None:
    resolver = Resolver(book, upstreams, ttl=3)
    reply = await opened(resolver, "one", APP).ask("db", "AAAA")
    assert (reply.authority[0].ttl, reply.authority[0][0].minimum) == (3, 3)
    await resolver.aclose()


async def test_all_sandboxes_of_a_network_hear_of_a_change_at_once(
    resolver: Resolver, book: Book
) -> None:
    clients = [opened(resolver, f"sandbox{n}", APP) for n in range(50)]
    for client in clients:
        assert await first(client, "db") == "10.0.0.0"
    assert (resolver.counters.answered, resolver.counters.hits) == (1, 49)
    book.apply([Put("db", (Record(APP.scope, from_text("db"), Type.A, 1, b"\x0a\x02\x00\x00"),))])
    assert {await first(client, "db") for client in clients} == {"10.2.0.0"}
