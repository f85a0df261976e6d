"""Replies: flags, question, OPT, explanation and size of what goes back (RFC 1035, 6891, 8914)."""

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.wire.constant import AA, AD, CD, OWN_UDP_SIZE, RA, RD, TC, Rcode, Type
from mooring.wire.name import from_text
from mooring.wire.question import Edns, Question
from mooring.wire.record import render
from mooring.wire.reply import (
    TCP_LIMIT,
    UDP_LIMIT,
    Explanation,
    Reply,
    compose,
    finish,
    udp_limit,
)

NAME = b"\x02Db\x03App\x00"
PLAIN = Question(0x1234, RD, NAME, NAME.lower(), Type.A, 1, None)


def asked(flags: int = RD, edns: Edns | None = None, name: bytes = NAME) -> Question:
    return Question(0x1234, flags, name, name.lower(), Type.A, 1, edns)


def edns(size: int = 1232, dnssec_ok: bool = False, options: bytes = b"") -> Edns:
    return Edns(size, 0, dnssec_ok, options)


def addresses(count: int) -> list[bytes]:
    rdatas = [bytes([10, 0, n >> 8, n & 255]) for n in range(count)]
    return render(NAME, Type.A, 10, rdatas, NAME)


def sent(reply: Reply, question: Question = PLAIN, limit: int = 512) -> dns.message.Message:
    wire = finish(reply, question, limit)
    assert len(wire) <= limit
    return dns.message.from_wire(wire, one_rr_per_rrset=True)


def test_a_reply_has_the_questions_id_and_spelling() -> None:
    wire = finish(compose(Rcode.NOERROR, addresses(1)), PLAIN, 512)
    assert wire[:2] == b"\x12\x34"
    assert wire[12 : 12 + len(NAME)] == NAME
    assert dns.message.from_wire(wire).answer[0].to_text() == "Db.App. 10 IN A 10.0.0.0"


@pytest.mark.parametrize("flags", [0, RD, CD, RD | CD])
def test_rd_and_cd_are_copied_ra_is_set_aa_is_not(flags: int) -> None:
    message = sent(Reply(Rcode.NOERROR), asked(flags))
    assert message.flags & (RD | CD | RA | AA | TC | dns.flags.QR) == flags | RA | dns.flags.QR


def test_ad_in_a_query_is_not_a_promise_of_the_reply() -> None:
    assert not sent(Reply(Rcode.NOERROR), asked(RD | AD)).flags & AD


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (asked(), False),
        (asked(RD | AD), True),
        (asked(edns=edns(dnssec_ok=True)), True),
        (asked(edns=edns()), False),
    ],
)
def test_authenticated_data_is_told_to_those_who_asked(question: Question, expected: bool) -> None:
    assert bool(sent(Reply(Rcode.NOERROR, authenticated=True), question).flags & AD) is expected


def test_authoritative_replies_say_so() -> None:
    assert sent(Reply(Rcode.NOERROR, authoritative=True)).flags & AA


def test_no_opt_goes_out_if_none_came_in() -> None:
    explained = Reply(Rcode.SERVFAIL, explanation=Explanation(22, "nobody answers"))
    assert sent(explained).edns == -1


@pytest.mark.parametrize("dnssec_ok", [False, True])
def test_an_opt_goes_out_with_our_size_and_the_clients_do(dnssec_ok: bool) -> None:
    message = sent(Reply(Rcode.NOERROR), asked(edns=edns(4096, dnssec_ok)))
    assert (message.edns, message.payload) == (0, OWN_UDP_SIZE)
    assert bool(message.ednsflags & dns.flags.DO) is dnssec_ok


def test_options_of_the_query_are_not_sent_back() -> None:
    cookie = b"\x00\x0a\x00\x08abcdefgh"
    assert sent(Reply(Rcode.NOERROR), asked(edns=edns(options=cookie))).options == ()


def test_an_explanation_is_an_extended_error() -> None:
    reply = Reply(Rcode.SERVFAIL, explanation=Explanation(23, "10.0.0.1 refuses the connection"))
    (option,) = sent(reply, asked(edns=edns())).options
    assert isinstance(option, dns.edns.EDEOption)
    assert (option.code, option.text) == (23, "10.0.0.1 refuses the connection")


def test_a_long_explanation_is_cut_between_characters() -> None:
    reply = Reply(Rcode.SERVFAIL, explanation=Explanation(0, "x" + "ä" * 500))
    (option,) = sent(reply, asked(edns=edns())).options
    assert isinstance(option, dns.edns.EDEOption)
    assert option.text == "x" + "ä" * 79


def test_an_explanation_fits_beside_the_longest_name() -> None:
    longest = (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"a" * 61 + b"\x00"
    reply = Reply(Rcode.SERVFAIL, explanation=Explanation(22, "x" * 500))
    assert len(sent(reply, asked(edns=edns(512), name=longest)).options) == 1


def test_an_extended_rcode_needs_an_opt() -> None:
    assert sent(Reply(Rcode.BADCOOKIE), asked(edns=edns())).rcode() == dns.rcode.BADCOOKIE
    assert sent(Reply(Rcode.BADCOOKIE)).rcode() == dns.rcode.SERVFAIL


@pytest.mark.parametrize(
    ("question", "limit"),
    [
        (asked(), 512),
        (asked(edns=edns(0)), 512),
        (asked(edns=edns(511)), 512),
        (asked(edns=edns(1232)), 1232),
        (asked(edns=edns(65535)), UDP_LIMIT),
    ],
)
def test_a_client_over_udp_takes_what_it_says_and_512_at_least(
    question: Question, limit: int
) -> None:
    assert udp_limit(question) == limit


def test_a_long_answer_is_cut_between_records_and_marked() -> None:
    message = sent(compose(Rcode.NOERROR, addresses(40)), PLAIN, 512)
    assert message.flags & TC
    assert len(message.answer) == (512 - 12 - len(NAME) - 4) // 16


def test_a_cut_answer_keeps_its_opt() -> None:
    message = sent(compose(Rcode.NOERROR, addresses(400)), asked(edns=edns(1232)), 1232)
    assert message.flags & TC
    assert message.edns == 0


def test_an_answer_that_just_fits_is_whole() -> None:
    reply = compose(Rcode.NOERROR, addresses(30))
    length = len(finish(reply, PLAIN, TCP_LIMIT))
    assert not sent(reply, PLAIN, max(length, 512)).flags & TC
    whole = compose(Rcode.NOERROR, addresses(31))
    exact = len(finish(whole, PLAIN, TCP_LIMIT))
    assert exact > 512
    assert not sent(whole, PLAIN, exact).flags & TC
    assert sent(whole, PLAIN, exact - 1).flags & TC


def test_losing_what_is_merely_additional_is_no_truncation() -> None:
    reply = compose(Rcode.NOERROR, addresses(28), additionals=addresses(10))
    message = sent(reply, PLAIN, 512)
    assert not message.flags & TC
    assert len(message.answer) == 28
    assert len(message.additional) < 10


def test_losing_the_authority_section_is_truncation() -> None:
    reply = compose(Rcode.NOERROR, addresses(28), addresses(10), addresses(1))
    message = sent(reply, PLAIN, 512)
    assert message.flags & TC
    assert message.additional == []


def test_the_text_of_an_explanation_goes_before_a_record_does() -> None:
    explained = Explanation(3, "the answer is stale, and this sentence is long enough to matter")
    reply = compose(Rcode.NOERROR, addresses(28), explanation=explained)
    message = sent(reply, asked(edns=edns(512)), 512)
    (option,) = message.options
    assert isinstance(option, dns.edns.EDEOption)
    assert (option.code, option.text) == (3, None)
    assert len(message.answer) == 28
    assert not message.flags & TC


@given(
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(512, 1500),
    st.none() | st.builds(edns, st.integers(0, 4096), st.booleans()),
    st.none() | st.builds(Explanation, st.integers(0, 30), st.text(max_size=300)),
)
def test_no_reply_is_longer_than_its_limit_or_unreadable(
    answers: int,
    authorities: int,
    additionals: int,
    limit: int,
    opt: Edns | None,
    explanation: Explanation | None,
) -> None:
    reply = compose(
        Rcode.NOERROR,
        addresses(answers),
        addresses(authorities),
        addresses(additionals),
        explanation,
    )
    message = sent(reply, asked(edns=opt), limit)
    kept = len(message.answer), len(message.authority)
    assert bool(message.flags & TC) is (kept != (answers, authorities))
    assert (message.edns == 0) is (opt is not None)


def test_a_body_fits_every_spelling_of_its_question() -> None:
    reply = compose(Rcode.NOERROR, addresses(1), render(from_text("app"), 2, 5, [NAME], NAME))
    for name in (b"\x02db\x03app\x00", b"\x02DB\x03aPP\x00"):
        message = sent(reply, asked(name=name))
        assert message.answer[0].name.to_wire() == name
        assert message.authority[0].name.to_wire() == name[3:]
