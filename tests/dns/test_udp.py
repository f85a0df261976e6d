"""UDP: every query gets its own reply whatever comes beside it, and nothing breaks the listener."""

import asyncio
import os
import socket
from collections import Counter

import dns.flags
import dns.message
import dns.rcode
import pytest

from mooring.book.book import Book
from mooring.book.claim import Put, Record, Withdraw
from mooring.dns.counters import Counters
from mooring.dns.listener import UdpListener
from mooring.dns.resolver import Resolver
from mooring.linux.datagrams import COUNT
from mooring.testing.eventually import soon
from mooring.testing.loopback import HOST, LoopbackClient, question
from mooring.testing.scripted_upstreams import ScriptedUpstreams
from mooring.wire.constant import Type
from mooring.wire.name import from_text


def address(name: str, rdata: bytes) -> Put:
    return Put(name, (Record("id-of-app", from_text(name), Type.A, 10, rdata),))


def first(message: dns.message.Message) -> str:
    return str(message.answer[0][0].to_text())


# Answers


async def test_a_local_name_is_answered(client: LoopbackClient) -> None:
    reply = await client.ask("db")
    assert reply.answer[0].to_text() == "db. 10 IN A 10.0.0.0"
    assert reply.flags & dns.flags.RA
    assert not reply.flags & dns.flags.AA


async def test_a_repeated_question_is_answered_from_its_bytes(
    client: LoopbackClient, resolver: Resolver
) -> None:
    for _ in range(3):
        assert first(await client.ask("db.app")) == "10.0.0.0"
    assert (resolver.counters.answered, resolver.counters.hits) == (1, 2)


async def test_the_addresses_of_a_shared_name_take_turns(client: LoopbackClient) -> None:
    firsts = Counter([first(await client.ask("pool")) for _ in range(30)])
    assert firsts == {"10.0.0.0": 10, "10.0.0.1": 10, "10.0.0.2": 10}


async def test_a_name_is_gone_with_the_next_question(client: LoopbackClient, book: Book) -> None:
    await client.ask("db.app")
    book.apply([Withdraw("db")])
    assert (await client.ask("db.app")).rcode() == dns.rcode.NXDOMAIN
    book.apply(
        [Put("db", (Record("id-of-app", from_text("db"), Type.A, 10, b"\x0a\x01\x01\x01"),))]
    )
    assert first(await client.ask("db.app")) == "10.1.1.1"


async def test_a_long_answer_is_cut_to_what_the_client_takes(client: LoopbackClient) -> None:
    for size, limit in ((-1, 512), (1232, 1232), (4000, 4000)):
        reply = await client.ask("crowd", edns=size)
        assert reply.flags & dns.flags.TC
        assert limit - 16 < len(reply.to_wire(max_size=65535)) <= limit


async def test_an_answer_larger_than_a_place_in_a_batch_arrives_whole(
    client: LoopbackClient,
) -> None:
    for _ in range(2):
        reply = await client.ask("crowd", edns=20000)
        assert (len(reply.answer), reply.flags & dns.flags.TC) == (400, 0)


async def test_other_names_come_from_upstreams(
    client: LoopbackClient, upstreams: ScriptedUpstreams
) -> None:
    assert first(await client.ask("example.com")) == "192.0.2.1"
    assert (await client.ask("nobody.example")).rcode() == dns.rcode.NXDOMAIN
    assert upstreams.asked == ["example.com.", "nobody.example."]


async def test_what_upstreams_said_before_is_answered_without_a_task(
    client: LoopbackClient, upstreams: ScriptedUpstreams, resolver: Resolver
) -> None:
    upstreams.known.add("example.com.")
    assert first(await client.ask("example.com")) == "192.0.2.1"
    assert (upstreams.asked, resolver.counters.awaited) == ([], 0)


async def test_local_names_are_answered_while_upstreams_are_silent(
    client: LoopbackClient, upstreams: ScriptedUpstreams
) -> None:
    upstreams.fall_silent()
    asking = asyncio.create_task(client.ask("example.com"))
    await soon(lambda: upstreams.waiting)
    assert first(await client.ask("db")) == "10.0.0.0"
    upstreams.speak()
    assert first(await asking) == "192.0.2.1"


# Batches


async def test_each_of_many_at_once_gets_the_reply_to_its_own_question(
    client: LoopbackClient, book: Book
) -> None:
    """Hits, first questions, other spellings, broken ones and silence, in one stretch."""
    count = 10 * COUNT
    book.apply(address(f"host{n}", n.to_bytes(4, "big")) for n in range(count))
    asked = []
    for n in range(count):
        wire = n.to_bytes(2, "big") + question(f"Host{n // 2}").to_wire()[2:]
        asked.append({3: wire[:9], 7: wire + b"!"}.get(n % 16, wire))
    silent = sum(len(wire) < 12 for wire in asked)
    replies = await client.exchange(*asked, replies=count - silent)
    got = {int.from_bytes(wire[:2], "big"): dns.message.from_wire(wire) for wire in replies}
    assert len(got) == count - silent
    for n, wire in enumerate(asked):
        if len(wire) < 12:
            continue
        reply = got[int.from_bytes(wire[:2], "big")]
        if wire.endswith(b"!"):
            assert reply.rcode() == dns.rcode.FORMERR
        else:
            assert reply.question[0].name.to_text() == f"Host{n // 2}."
            assert first(reply) == socket.inet_ntoa((n // 2).to_bytes(4, "big"))


async def test_clients_do_not_get_each_others_replies(client: LoopbackClient) -> None:
    names = [("db", "10.0.0.0"), ("pool", "10.0.0."), ("crowd", "10.0.")] * 30
    replies = await asyncio.gather(*(client.ask(name) for name, _ in names))
    for (name, start), reply in zip(names, replies, strict=True):
        assert reply.question[0].name.to_text() == f"{name}."
        assert first(reply).startswith(start)


# Whatever comes


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\x00",
        b"\x12\x34\x01\x00\x00\x01",
        question("db").to_wire()[:2] + b"\x81" + question("db").to_wire()[3:],
        os.urandom(1) + b"\x00\x80" + os.urandom(40),
    ],
    ids=["empty", "one octet", "half a header", "response", "response of noise"],
)
async def test_what_cannot_be_answered_is_not(
    client: LoopbackClient, resolver: Resolver, datagram: bytes
) -> None:
    replies = await client.exchange(datagram, question("db").to_wire(), replies=1)
    assert first(dns.message.from_wire(replies[0])) == "10.0.0.0"
    assert resolver.counters.silent == 1


@pytest.mark.parametrize(
    ("flags_and_counts", "rcode"),
    [
        ("0100 0000 0000 0000 0000", dns.rcode.FORMERR),
        ("0100 0002 0000 0000 0000", dns.rcode.FORMERR),
        ("2800 0001 0000 0000 0000", dns.rcode.NOTIMP),
        ("0100 0001 0000 0000 0001", dns.rcode.FORMERR),
    ],
    ids=["no question", "two questions", "UPDATE", "a record that is not there"],
)
async def test_a_broken_query_is_told_so(
    client: LoopbackClient, flags_and_counts: str, rcode: dns.rcode.Rcode
) -> None:
    wire = b"\x12\x34" + bytes.fromhex(flags_and_counts) + question("db").to_wire()[12:]
    (reply,) = await client.exchange(wire, replies=1)
    assert dns.message.from_wire(reply).rcode() == rcode


@pytest.mark.parametrize(
    ("rtype", "rcode"),
    [
        ("AXFR", dns.rcode.REFUSED),
        ("IXFR", dns.rcode.REFUSED),
        ("OPT", dns.rcode.FORMERR),
        ("TSIG", dns.rcode.FORMERR),
        ("MAILA", dns.rcode.NOTIMP),
    ],
)
async def test_types_that_are_no_records_are_refused(
    client: LoopbackClient, rtype: str, rcode: dns.rcode.Rcode, upstreams: ScriptedUpstreams
) -> None:
    header = b"\x12\x34" + bytes.fromhex("0100 0001 0000 0000 0000")
    number = dns.rdatatype.from_text(rtype).to_bytes(2, "big")
    wire = header + from_text("example.com") + number + b"\x00\x01"
    (reply,) = await client.exchange(wire, replies=1)
    assert dns.message.from_wire(reply).rcode() == rcode
    assert upstreams.asked == []


async def test_a_datagram_longer_than_any_query_is_malformed(client: LoopbackClient) -> None:
    wire = question("db").to_wire() + bytes(5000)
    (reply,) = await client.exchange(wire, replies=1)
    assert dns.message.from_wire(reply).rcode() == dns.rcode.FORMERR


async def test_a_failing_upstream_is_a_servfail_and_a_count(
    client: LoopbackClient,
    upstreams: ScriptedUpstreams,
    resolver: Resolver,
    caplog: pytest.LogCaptureFixture,
) -> None:
    upstreams.failure = RuntimeError("broken")
    assert (await client.ask("example.com")).rcode() == dns.rcode.SERVFAIL
    assert resolver.counters.failures == 1
    assert "example.com. " not in caplog.text
    assert "failed on example.com." in caplog.text


@pytest.mark.usefixtures("needs_root")
async def test_a_reply_that_cannot_be_sent_is_lost_alone(
    client: LoopbackClient, resolver: Resolver
) -> None:
    """Nobody can be answered at port 0, but a packet may well come from there."""
    await client.ask("db")
    wire = question("db").to_wire()
    forged = b"\x00\x00" + client.port.to_bytes(2, "big") + (8 + len(wire)).to_bytes(2, "big")
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP) as raw:
        for _ in range(3):
            raw.sendto(forged + b"\x00\x00" + wire, (HOST, client.port))
            (reply,) = await client.exchange(wire, replies=1)
            assert first(dns.message.from_wire(reply)) == "10.0.0.0"
    assert resolver.counters.send_errors == 3


# Bounds


async def test_too_many_that_wait_are_told_so(
    client: LoopbackClient, upstreams: ScriptedUpstreams, resolver: Resolver
) -> None:
    upstreams.fall_silent()
    asked = [
        n.to_bytes(2, "big") + question(f"host{n}.example", edns=1232).to_wire()[2:]
        for n in range(600)
    ]
    replies = await client.exchange(*asked, replies=600 - 512)
    assert upstreams.waiting == resolver.counters.waiting == 512
    assert resolver.counters.overloaded == len(replies)
    for wire in replies:
        reply = dns.message.from_wire(wire)
        assert reply.rcode() == dns.rcode.SERVFAIL
        assert "too many" in reply.options[0].to_text()
    assert first(await client.ask("db")) == "10.0.0.0"


async def test_a_socket_that_is_broken_is_left_alone(
    resolver: Resolver, client: LoopbackClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(listener: UdpListener) -> bool:
        raise OSError(5, "Input/output error")

    await client.ask("db")
    monkeypatch.setattr(UdpListener, "_answer_batch", fail)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"!", (HOST, client.port))
        await soon(lambda: resolver.counters.receive_errors == 64)
        for _ in range(20):
            await asyncio.sleep(0)
    assert resolver.counters.receive_errors == 64


def test_counters_have_names() -> None:
    counted = dict(Counters(hits=3).items())
    assert counted["hits"] == 3
    assert set(counted.values()) == {0, 3}
