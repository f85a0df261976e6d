"""TCP: pipelined queries, replies as they are ready, and a bound on everything (RFC 7766)."""

import asyncio
import resource
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import dns.flags
import dns.message
import dns.rcode
import pytest

from mooring.book.book import Book
from mooring.dns.admission import admit
from mooring.dns.chain import Chain
from mooring.dns.compiled import Budget, Compiled
from mooring.dns.counters import Counters
from mooring.dns.dependents import Dependents
from mooring.dns.names import Names
from mooring.dns.resolver import Resolver
from mooring.dns.responder import Responder
from mooring.dns.tcp import TcpListener
from mooring.dns.upstream import Forward
from mooring.model.view import NameScope, View
from mooring.testing.eventually import soon
from mooring.testing.loopback import HOST, LoopbackClient, loopback_sockets, question
from mooring.testing.scripted_upstreams import ScriptedUpstreams
from mooring.wire.stream import Framer, frame


class Stream:
    """One connection, as a client sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, *wires: bytes) -> None:
        self.writer.write(b"".join(frame(wire) for wire in wires))

    async def receive(self) -> dns.message.Message:
        async with asyncio.timeout(5):
            length = int.from_bytes(await self.reader.readexactly(2), "big")
            wire = await self.reader.readexactly(length)
        return dns.message.from_wire(wire, one_rr_per_rrset=True)

    async def ended(self, seconds: float = 5.0) -> bool:
        """Whether the server closes the connection, and sends nothing before."""
        async with asyncio.timeout(seconds):
            try:
                return await self.reader.read(1) == b""
            except ConnectionResetError:
                return True


@asynccontextmanager
async def connected(client: LoopbackClient) -> AsyncIterator[Stream]:
    reader, writer = await asyncio.open_connection(HOST, client.port)
    try:
        yield Stream(reader, writer)
    finally:
        writer.close()


def numbered(number: int, name: str) -> bytes:
    return number.to_bytes(2, "big") + question(name).to_wire()[2:]


Impatient = Callable[..., LoopbackClient]


@pytest.fixture
def counters() -> Counters:
    return Counters()


@pytest.fixture
async def impatient(
    book: Book, upstreams: ScriptedUpstreams, counters: Counters
) -> AsyncIterator[Impatient]:
    """A TCP listener with other bounds than the product's."""
    compiled = Compiled(Dependents(), Budget(1 << 20, 0))
    chain = Chain((admit, Names(book), Forward(upstreams)), counters)
    view = View(sandbox="one", scopes=(NameScope("id-of-app", "app"),))
    responder = Responder(view, compiled, chain, counters)
    listeners: list[TcpListener] = []

    def start(*, idle_limit: float = 10, connection_limit: int = 10) -> LoopbackClient:
        sockets = loopback_sockets()
        sockets.udp.close()
        listener = TcpListener(
            asyncio.get_running_loop(),
            sockets.tcp,
            responder,
            counters,
            idle_limit=idle_limit,
            connection_limit=connection_limit,
        )
        listeners.append(listener)
        return LoopbackClient(sockets.tcp.getsockname()[1])

    yield start
    for listener in listeners:
        await asyncio.gather(*listener.close(), return_exceptions=True)


# Answers


async def test_a_local_name_is_answered(client: LoopbackClient) -> None:
    reply = await client.ask_tcp("db")
    assert reply.answer[0].to_text() == "db. 10 IN A 10.0.0.0"


async def test_an_answer_too_long_for_udp_is_whole(client: LoopbackClient) -> None:
    reply = await client.ask_tcp("crowd")
    assert (len(reply.answer), reply.flags & dns.flags.TC) == (400, 0)


async def test_answers_take_turns_over_tcp_too(client: LoopbackClient) -> None:
    firsts = {str((await client.ask_tcp("pool")).answer[0][0]) for _ in range(3)}
    assert firsts == {"10.0.0.0", "10.0.0.1", "10.0.0.2"}


async def test_many_queries_are_answered_on_one_connection(client: LoopbackClient) -> None:
    async with connected(client) as stream:
        stream.send(*(numbered(n, "db") for n in range(500)))
        replies = [await stream.receive() for _ in range(500)]
    assert [reply.id for reply in replies] == list(range(500))


async def test_a_query_may_come_in_any_pieces(client: LoopbackClient) -> None:
    async with connected(client) as stream:
        for octet in frame(numbered(7, "db")) + frame(numbered(8, "db")):
            stream.writer.write(bytes([octet]))
            await stream.writer.drain()
        assert [(await stream.receive()).id for _ in range(2)] == [7, 8]


async def test_a_quick_answer_does_not_wait_for_a_slow_one(
    client: LoopbackClient, upstreams: ScriptedUpstreams
) -> None:
    upstreams.fall_silent()
    async with connected(client) as stream:
        stream.send(numbered(1, "example.com"), numbered(2, "db"))
        assert (await stream.receive()).id == 2
        upstreams.speak()
        assert (await stream.receive()).id == 1


async def test_a_client_that_has_said_its_last_word_still_gets_its_replies(
    client: LoopbackClient, upstreams: ScriptedUpstreams
) -> None:
    upstreams.fall_silent()
    async with connected(client) as stream:
        stream.send(numbered(1, "example.com"), numbered(2, "db"))
        stream.writer.write_eof()
        assert (await stream.receive()).id == 2
        upstreams.speak()
        assert (await stream.receive()).id == 1
        assert await stream.ended()


async def test_a_broken_query_is_told_so_and_the_next_one_answered(client: LoopbackClient) -> None:
    async with connected(client) as stream:
        stream.send(numbered(1, "db") + b"!", numbered(2, "db"))
        assert (await stream.receive()).rcode() == dns.rcode.FORMERR
        assert (await stream.receive()).rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize("wire", [b"", b"GET / HTTP", b"\x12\x34\x81\x80" + bytes(20)])
async def test_who_sends_what_is_no_query_is_disconnected(
    client: LoopbackClient, wire: bytes
) -> None:
    async with connected(client) as stream:
        stream.send(wire)
        assert await stream.ended()


# Bounds


async def test_an_idle_connection_is_closed(impatient: Impatient, counters: Counters) -> None:
    async with connected(impatient(idle_limit=0.05)) as stream:
        stream.send(numbered(1, "db"))
        assert (await stream.receive()).id == 1
        assert await stream.ended()
    assert counters.connections == 0


async def test_half_a_query_is_no_activity(impatient: Impatient) -> None:
    async def trickle(stream: Stream) -> None:
        while True:
            stream.writer.write(b"\x40")
            await asyncio.sleep(0.02)

    async with connected(impatient(idle_limit=0.3)) as stream:
        trickling = asyncio.create_task(trickle(stream))
        assert await stream.ended(2)
        trickling.cancel()


async def test_a_query_that_waits_keeps_its_connection_open(
    impatient: Impatient, upstreams: ScriptedUpstreams
) -> None:
    upstreams.fall_silent()
    async with connected(impatient(idle_limit=0.03)) as stream:
        stream.send(numbered(1, "example.com"))
        with pytest.raises(TimeoutError):
            await stream.ended(0.2)
        upstreams.speak()
        assert (await stream.receive()).id == 1
        assert await stream.ended()


async def test_the_connection_that_was_idle_for_longest_makes_room(impatient: Impatient) -> None:
    client = impatient(connection_limit=2)
    async with connected(client) as oldest, connected(client) as middle:
        for stream in (oldest, middle, oldest):
            stream.send(numbered(1, "db"))
            await stream.receive()
        async with connected(client) as newest:
            newest.send(numbered(1, "db"))
            assert (await newest.receive()).id == 1
            assert await middle.ended()
            oldest.send(numbered(2, "db"))
            assert (await oldest.receive()).id == 2


async def test_a_newcomer_is_closed_where_all_are_busy(
    impatient: Impatient, upstreams: ScriptedUpstreams, counters: Counters
) -> None:
    upstreams.fall_silent()
    client = impatient(connection_limit=1)
    async with connected(client) as busy:
        busy.send(numbered(1, "example.com"))
        await soon(lambda: upstreams.waiting)
        async with connected(client) as newcomer:
            assert await newcomer.ended()
        upstreams.speak()
        assert (await busy.receive()).id == 1
    assert counters.closed_for_room == 1


async def test_a_connection_with_many_waiting_queries_is_not_read_on(
    client: LoopbackClient, upstreams: ScriptedUpstreams
) -> None:
    upstreams.fall_silent()
    async with connected(client) as stream:
        stream.send(*(numbered(n, f"host{n}.example") for n in range(100)), numbered(100, "db"))
        await soon(lambda: upstreams.waiting == 32)
        assert len(upstreams.asked) == 32
        upstreams.speak()
        replies = [await stream.receive() for _ in range(101)]
    assert {reply.id for reply in replies} == set(range(101))


async def test_a_client_that_does_not_read_is_not_read_either_and_in_time_closed(
    impatient: Impatient, counters: Counters
) -> None:
    client = impatient(idle_limit=0.3)
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as greedy:
        greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        greedy.setblocking(False)
        await loop.sock_connect(greedy, (HOST, client.port))
        asking = loop.sock_sendall(greedy, frame(question("crowd").to_wire()) * 20_000)
        sent = asyncio.gather(asking, return_exceptions=True)
        await soon(lambda: counters.compiled > 0)
        await soon(lambda: counters.connections == 0)
        assert counters.compiled < 5_000
        await sent


async def test_all_replies_arrive_at_a_client_that_reads_late(client: LoopbackClient) -> None:
    count = 400
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.setblocking(False)
        await loop.sock_connect(slow, (HOST, client.port))
        wires = b"".join(frame(numbered(n, "crowd")) for n in range(count))
        await loop.sock_sendall(slow, wires)
        framer = Framer()
        ids: list[int] = []
        async with asyncio.timeout(10):
            while len(ids) < count:
                framer.feed(await loop.sock_recv(slow, 65536))
                while (wire := framer.take()) is not None:
                    ids.append(int.from_bytes(wire[:2], "big"))
    assert ids == list(range(count))


async def test_a_client_that_vanishes_takes_its_queries_along(
    client: LoopbackClient, upstreams: ScriptedUpstreams, resolver: Resolver
) -> None:
    upstreams.fall_silent()
    with socket.create_connection((HOST, client.port)) as rude:
        rude.send(frame(numbered(1, "example.com")))
        await soon(lambda: upstreams.waiting)
        rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await soon(lambda: not upstreams.waiting)
    assert resolver.counters.connections == 0


async def test_running_out_of_descriptors_is_a_pause_and_no_spin(
    client: LoopbackClient,
    resolver: Resolver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("mooring.dns.tcp._PAUSE", 0.05)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as early:
        early.setblocking(False)
        loop = asyncio.get_running_loop()
        resource.setrlimit(resource.RLIMIT_NOFILE, (early.fileno() + 1, limits[1]))
        try:
            await loop.sock_connect(early, (HOST, client.port))
            await soon(lambda: resolver.counters.receive_errors)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert "accepts no connection" in caplog.text
        await loop.sock_sendall(early, frame(numbered(9, "db")))
        async with asyncio.timeout(5):
            assert (await loop.sock_recv(early, 512))[2:4] == b"\x00\x09"
    assert resolver.counters.receive_errors < 30
