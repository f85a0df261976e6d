"""Queries to other servers, and which packets count as their replies."""

import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.wire.constant import CD, RD, Type
from mooring.wire.name import from_text
from mooring.wire.outgoing import OutgoingQuery
from mooring.wire.question import Edns, Question, parse

NAME = from_text("www.example")


def question(*, flags: int = RD, dnssec_ok: bool | None = None) -> Question:
    edns = None if dnssec_ok is None else Edns(4096, 0, dnssec_ok, b"\x00\x0a\x00\x00")
    return Question(1, flags, NAME.replace(b"w", b"W"), NAME, Type.AAAA, 1, edns)


QUERY = OutgoingQuery(question(), edns=True)


def reply(identity: int = 77, rcode: dns.rcode.Rcode = dns.rcode.NOERROR) -> dns.message.Message:
    made = dns.message.make_response(dns.message.from_wire(QUERY.encode(identity)))
    made.set_rcode(rcode)
    return made


def test_a_query_says_what_the_client_asked_in_our_own_words() -> None:
    sent = dns.message.from_wire(OutgoingQuery(question(dnssec_ok=True), edns=True).encode(4711))
    assert sent.id == 4711
    assert sent.question[0].to_text() == "www.example. IN AAAA"
    assert sent.flags == dns.flags.RD | dns.flags.AD
    assert (sent.edns, sent.payload, sent.ednsflags) == (0, 1232, dns.flags.DO)
    assert sent.options == ()


@pytest.mark.parametrize("dnssec_ok", [None, False])
def test_dnssec_is_asked_for_only_if_the_client_did(dnssec_ok: bool | None) -> None:
    sent = dns.message.from_wire(OutgoingQuery(question(dnssec_ok=dnssec_ok), edns=True).encode(1))
    assert (sent.edns, sent.ednsflags) == (0, 0)


def test_the_clients_wishes_about_recursion_and_checking_are_kept() -> None:
    sent = dns.message.from_wire(OutgoingQuery(question(flags=CD), edns=True).encode(1))
    assert sent.flags == dns.flags.CD | dns.flags.AD


def test_a_plain_query_has_no_opt() -> None:
    assert dns.message.from_wire(OutgoingQuery(question(), edns=False).encode(1)).edns == -1


@given(st.integers(0, 0xFFFF), st.booleans())
def test_what_we_send_is_what_we_would_accept(identity: int, edns: bool) -> None:
    read = parse(OutgoingQuery(question(), edns=edns).encode(identity))
    assert isinstance(read, Question)
    assert (read.id, read.folded, read.type) == (identity, NAME, Type.AAAA)


def test_the_reply_to_the_query_is_recognised_in_any_spelling() -> None:
    assert QUERY.is_answered_by(reply().to_wire(), 77)
    assert QUERY.is_answered_by(reply().to_wire().replace(b"www", b"WwW"), 77)


def test_a_reply_with_another_id_is_not_ours() -> None:
    assert not QUERY.is_answered_by(reply().to_wire(), 78)


@pytest.mark.parametrize(
    ("old", "new"), [(b"www", b"wwx"), (b"\x00\x1c\x00\x01", b"\x00\x01\x00\x01")]
)
def test_a_reply_to_another_question_is_not_ours(old: bytes, new: bytes) -> None:
    assert not QUERY.is_answered_by(reply().to_wire().replace(old, new), 77)


def test_a_query_is_no_reply() -> None:
    assert not QUERY.is_answered_by(QUERY.encode(77), 77)


def test_an_error_may_come_as_a_header_alone_but_no_answer_may() -> None:
    error, empty = reply(rcode=dns.rcode.FORMERR), reply()
    error.question = empty.question = []
    error.use_edns(False)
    assert QUERY.is_answered_by(error.to_wire(), 77)
    assert not QUERY.is_answered_by(empty.to_wire(), 77)


@given(st.binary(max_size=64))
def test_random_octets_are_no_reply(octets: bytes) -> None:
    assert not QUERY.is_answered_by(octets, 77) or octets[:2] == b"\x00M"
