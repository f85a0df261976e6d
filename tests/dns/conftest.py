"""A resolver with two networks' names, on loopback."""

from collections.abc import AsyncIterator

import pytest

from mooring.book.book import Book
from mooring.book.claim import Put, Record
from mooring.dns.resolver import Resolver
from mooring.model.view import NameScope, View
from mooring.testing.loopback import LoopbackClient, loopback_sockets
from mooring.testing.scripted_upstreams import ScriptedUpstreams
from mooring.wire.constant import Type
from mooring.wire.name import from_text

APP = NameScope("id-of-app", "app")


@pytest.fixture
def book() -> Book:
    """``db`` has an address, ``pool`` three, ``crowd`` four hundred."""
    book = Book()
    for name, count in (("db", 1), ("pool", 3), ("crowd", 400)):
        records = tuple(
            Record(APP.scope, from_text(name), Type.A, 10, bytes([10, 0, n >> 8, n & 255]))
            for n in range(count)
        )
        book.apply([Put(name, records)])
    return book


@pytest.fixture
async def upstreams() -> ScriptedUpstreams:
    """Upstreams that know ``example.com``."""
    upstreams = ScriptedUpstreams()
    upstreams.addresses["example.com."] = bytes([192, 0, 2, 1])
    return upstreams


@pytest.fixture
async def resolver(book: Book, upstreams: ScriptedUpstreams) -> AsyncIterator[Resolver]:
    resolver = Resolver(book, upstreams)
    yield resolver
    await resolver.aclose()


@pytest.fixture
async def client(resolver: Resolver) -> LoopbackClient:
    """Asks the resolver of a sandbox on network ``app``."""
    sockets = loopback_sockets()
    resolver.open("one", sockets, View(sandbox="one", scopes=(APP,)))
    return LoopbackClient(sockets.ports[0])
