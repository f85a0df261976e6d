"""The responder: a reply to everything that may have one, whatever the handlers do."""

import asyncio

import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.book.book import Book
from mooring.dns.admission import admit
from mooring.dns.chain import Chain, Waiting
from mooring.dns.compiled import Budget, Compiled
from mooring.dns.counters import Counters
from mooring.dns.dependents import Dependents
from mooring.dns.names import Names
from mooring.dns.query import Answer, Handler, Outcome, Query, Transport
from mooring.dns.responder import Responder
from mooring.model.view import View
from mooring.testing.loopback import question
from mooring.wire.constant import Rcode
from mooring.wire.reply import Reply

CLIENT = ("127.0.0.1", 1)


def responder(*handlers: Handler) -> tuple[Responder, Counters]:
    counters = Counters()
    compiled = Compiled(Dependents(), Budget(1 << 20, 0))
    chain = Chain(handlers, counters)
    return Responder(View(sandbox="one"), compiled, chain, counters), counters


def broken(query: Query) -> Outcome:
    """An answer that does not hold what it says it does."""
    return Answer(Reply(Rcode.NOERROR, answers=2, body=b"\x00"), ())


def too_long(query: Query) -> Outcome:
    return Answer(Reply(Rcode.NOERROR, answers=1, body=b"\xff" * 600))


async def hangs(query: Query) -> Outcome:
    await asyncio.Event().wait()
    raise AssertionError


async def breaks_later(query: Query) -> Outcome:
    return too_long(query)


@pytest.mark.parametrize("handler", [broken, too_long])
def test_an_answer_that_cannot_be_written_is_a_servfail(
    handler: Handler, caplog: pytest.LogCaptureFixture
) -> None:
    asked, counters = responder(handler)
    reply = asked.respond(question("db").to_wire(), CLIENT, Transport.UDP)
    assert isinstance(reply, bytes)
    assert dns.message.from_wire(reply).rcode() == dns.rcode.SERVFAIL
    assert counters.failures == 1
    assert "no reply could be made to db." in caplog.text


async def test_a_late_answer_that_cannot_be_written_is_a_servfail() -> None:
    asked, counters = responder(breaks_later)
    waiting = asked.respond(question("db").to_wire(), CLIENT, Transport.UDP)
    assert isinstance(waiting, Waiting)
    reply = dns.message.from_wire(await asked.finish(waiting))
    assert reply.rcode() == dns.rcode.SERVFAIL
    assert (counters.failures, counters.waiting) == (1, 0)


async def test_a_handler_that_hangs_is_not_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mooring.dns.responder._PATIENCE", 0.02)
    asked, counters = responder(hangs)
    waiting = asked.respond(question("db", edns=1232).to_wire(), CLIENT, Transport.UDP)
    assert isinstance(waiting, Waiting)
    reply = dns.message.from_wire(await asked.finish(waiting))
    assert reply.rcode() == dns.rcode.SERVFAIL
    assert "no answer in time" in reply.options[0].to_text()
    assert counters.waiting == 0


@given(
    st.binary(max_size=100)
    | st.tuples(st.binary(max_size=8), st.integers(0, 40)).map(
        lambda cut: question("db").to_wire()[: cut[1]] + cut[0]
    )
)
def test_any_bytes_are_answered_with_their_id_or_not_at_all(message: bytes) -> None:
    asked, counters = responder(admit, Names(Book()))
    for transport in Transport:
        reply = asked.respond(message, CLIENT, transport)
        if reply is not None:
            assert isinstance(reply, bytes)
            assert dns.message.from_wire(reply).id == int.from_bytes(message[:2], "big")
    assert counters.failures == 0


def test_a_lasting_answer_to_another_class_is_not_repeated_to_class_in() -> None:
    def hello(query: Query) -> Outcome:
        return Answer(Reply(Rcode.NOERROR if query.question.qclass == 3 else Rcode.NXDOMAIN), ())

    asked, counters = responder(hello)
    for rdclass, rcode in (("CH", dns.rcode.NOERROR), ("IN", dns.rcode.NXDOMAIN)) * 2:
        wire = dns.message.make_query("db", "TXT", rdclass=rdclass).to_wire()
        reply = asked.respond(wire, CLIENT, Transport.UDP)
        assert isinstance(reply, bytes)
        assert dns.message.from_wire(reply).rcode() == rcode
    assert (counters.answered, counters.compiled) == (3, 1)
