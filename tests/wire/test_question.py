"""Questions: what a packet asks, or why it is not a question (RFC 1035, 6891, 8906, 9619)."""

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mooring.wire.constant import RD, Rcode, Type
from mooring.wire.name import from_text
from mooring.wire.question import Edns, Question, Rejection, parse
from mooring.wire.reply import reject

HEADER = bytes.fromhex("123401000001000000000000")
NAME = b"\x02Db\x03app\x00"
QUERY = HEADER + NAME + b"\x00\x01\x00\x01"
OPT = b"\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00\x00"


def header(flags: int = RD, counts: tuple[int, int, int, int] = (1, 0, 0, 0)) -> bytes:
    return b"".join(n.to_bytes(2, "big") for n in (0x1234, flags, *counts))


def with_records(*records: bytes, authorities: int = 0, answers: int = 0) -> bytes:
    counts = (1, answers, authorities, len(records) - authorities - answers)
    return header(RD, counts) + QUERY[12:] + b"".join(records)


def rejection(message: bytes) -> Rejection:
    verdict = parse(message)
    assert isinstance(verdict, Rejection)
    return verdict


def test_a_plain_query_is_read_with_its_spelling() -> None:
    assert parse(QUERY) == Question(0x1234, RD, NAME, NAME.lower(), Type.A, 1, None)


def test_only_the_name_is_folded() -> None:
    """Type 65 is not type 97, though its octet is a capital letter."""
    question = parse(HEADER + NAME + b"\x00\x41\x00\x01")
    assert isinstance(question, Question)
    assert question.type == Type.HTTPS


def test_an_opt_is_read() -> None:
    option = b"\x00\x0a\x00\x08cookie!!"
    question = parse(with_records(OPT[:-2] + b"\x00\x0c" + option))
    assert isinstance(question, Question)
    assert question.edns == Edns(1232, 0, True, option)


@pytest.mark.parametrize("length", range(12))
def test_less_than_a_header_gets_no_reply(length: int) -> None:
    assert parse(QUERY[:length]) is None


def test_a_response_gets_no_reply() -> None:
    assert parse(header(0x8180) + QUERY[12:]) is None


@pytest.mark.parametrize("opcode", [1, 2, 4, 5, 15])
def test_another_opcode_is_not_implemented_and_answered_with_a_header(opcode: int) -> None:
    wire = reject(rejection(header(opcode << 11 | RD) + QUERY[12:]))
    reply = dns.message.from_wire(wire)
    assert (len(wire), reply.id, reply.rcode()) == (12, 0x1234, dns.rcode.NOTIMP)
    assert reply.opcode() == opcode
    assert reply.flags & (dns.flags.QR | dns.flags.RD) == dns.flags.QR | dns.flags.RD


@pytest.mark.parametrize("count", [0, 2, 65535])
def test_any_number_of_questions_but_one_is_malformed(count: int) -> None:
    wire = reject(rejection(header(RD, (count, 0, 0, 0)) + QUERY[12:] * min(count, 2)))
    assert dns.message.from_wire(wire).rcode() == dns.rcode.FORMERR
    assert len(wire) == 12


@pytest.mark.parametrize(
    "section",
    [
        b"",
        b"\x02D",
        NAME,
        NAME + b"\x00\x01\x00",
        b"\xc0\x0c\x00\x01\x00\x01",
        b"\xc0\x04\x00\x01\x00\x01",
        b"\x02db\xc0\x0c\x00\x01\x00\x01",
        b"\x02db\xc0\xff\x00\x01\x00\x01",
        b"\x42" + b"a" * 66 + b"\x00\x00\x01\x00\x01",
        (b"\x3f" + b"a" * 63) * 4 + b"\x00\x00\x01\x00\x01",
    ],
    ids=[
        "no question",
        "cut inside a label",
        "no type",
        "half a class",
        "pointer to itself",
        "pointer into the header",
        "pointer loop",
        "pointer beyond the end",
        "unknown label type",
        "name of 257 octets",
    ],
)
def test_a_question_that_cannot_be_read_is_malformed(section: bytes) -> None:
    assert rejection(HEADER + section) == Rejection(Rcode.FORMERR, 0x1234, RD, None)


def test_the_longest_name_is_read() -> None:
    name = (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"a" * 61 + b"\x00"
    assert len(name) == 255
    question = parse(HEADER + name + b"\x00\x01\x00\x01")
    assert isinstance(question, Question)
    assert question.name == name


RECORD = b"\x00\x00\x10\x00\x01" + bytes(4) + b"\x00\x01\x00"


@pytest.mark.parametrize(
    "message",
    [
        QUERY + b"\x00",
        with_records(OPT) + b"garbage",
        with_records(OPT, OPT),
        with_records(b"\x02db" + OPT),
        with_records(b"\xc0\x12" + OPT[1:]),
        with_records(OPT, authorities=1),
        with_records(OPT[:-1] + b"\x04\x00\x0a\x00\x08"),
        with_records(OPT[:-1] + b"\x03\x00\x0a\x00"),
        with_records(OPT)[:-3],
        with_records(RECORD, answers=1),
        with_records(*[RECORD] * 9),
        header(RD, (1, 0, 0, 1)) + QUERY[12:],
    ],
    ids=[
        "trailing octet",
        "trailing octets behind an OPT",
        "two OPTs",
        "OPT below the root",
        "OPT with a pointer for an owner",
        "OPT in the authority section",
        "option longer than the OPT",
        "option cut short",
        "OPT cut short",
        "an answer",
        "nine records",
        "fewer records than announced",
    ],
)
def test_what_stands_wrongly_behind_a_question_is_malformed(message: bytes) -> None:
    verdict = rejection(message)
    assert verdict.rcode == Rcode.FORMERR
    reply = dns.message.from_wire(reject(verdict))
    assert reply.rcode() == dns.rcode.FORMERR
    assert reply.question[0].name.to_wire() == NAME


def test_a_malformed_query_with_a_readable_opt_gets_one_back() -> None:
    assert dns.message.from_wire(reject(rejection(with_records(OPT, OPT)))).edns == 0
    assert dns.message.from_wire(reject(rejection(QUERY + b"\x00"))).edns == -1


def test_a_later_version_of_edns_is_answered_with_ours() -> None:
    verdict = rejection(with_records(OPT[:6] + b"\x01" + OPT[7:]))
    reply = dns.message.from_wire(reject(verdict))
    assert reply.rcode() == dns.rcode.BADVERS
    assert (reply.edns, reply.payload, bool(reply.ednsflags & dns.flags.DO)) == (0, 1232, True)
    assert reply.question[0].name.to_wire() == NAME


def test_signatures_and_other_additional_records_are_ignored() -> None:
    question = parse(with_records(RECORD, OPT))
    assert isinstance(question, Question)
    assert question.edns is not None


def test_an_ixfr_query_brings_its_own_soa() -> None:
    assert isinstance(parse(with_records(RECORD, authorities=1)), Question)


@given(st.binary(max_size=120) | st.binary(max_size=80).map(lambda end: QUERY[:12] + end))
@example(b"")
@example(with_records(OPT, OPT, OPT))
def test_any_bytes_are_a_question_a_rejection_or_nothing(message: bytes) -> None:
    verdict = parse(message)
    if isinstance(verdict, Rejection):
        reply = dns.message.from_wire(reject(verdict))
        assert reply.flags & dns.flags.QR
        assert reply.id == int.from_bytes(message[:2], "big")


@given(
    st.integers(0, 0xFFFF),
    st.text("abcDEF123-_", min_size=1, max_size=63),
    st.integers(1, 0xFFFF),
    st.booleans(),
    st.integers(0, 0xFFFF),
    st.booleans(),
    st.binary(max_size=20),
)
def test_what_dnspython_asks_is_read_as_it_was_meant(
    identity: int,
    label: str,
    rtype: int,
    edns: bool,
    size: int,
    dnssec_ok: bool,
    cookie: bytes,
) -> None:
    query = dns.message.make_query(
        f"{label}.example.", dns.rdatatype.RdataType.make(rtype), id=identity
    )
    if edns:
        option = dns.edns.GenericOption(dns.edns.OptionType.COOKIE, cookie)
        query.use_edns(0, dns.flags.DO if dnssec_ok else 0, size, options=[option])
    question = parse(query.to_wire())
    assert isinstance(question, Question)
    assert (question.id, question.type, question.qclass) == (identity, rtype, 1)
    assert question.folded == from_text(f"{label}.example.")
    assert question.name == query.question[0].name.to_wire()
    assert (question.edns is not None) is edns
    if question.edns:
        assert (question.edns.udp_size, question.edns.dnssec_ok) == (size, dnssec_ok)
        assert question.edns.options == b"\x00\x0a" + len(cookie).to_bytes(2, "big") + cookie
