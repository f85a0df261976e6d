"""Messages that others wrote, walked into spans."""

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.wire.message import Message, MessageSyntaxError, RecordSpan, decode, read_name
from mooring.wire.name import from_text

LABELS = st.sampled_from(["a", "B", "www", "Mail", "ns1", "x" * 63, "example", "org"])
NAMES = st.lists(LABELS, max_size=3).map(lambda labels: ".".join([*labels, ""]) or ".")
RDATAS = st.one_of(
    st.tuples(st.just("A"), st.sampled_from(["192.0.2.1", "192.0.2.255"])),
    st.tuples(st.just("AAAA"), st.just("2001:db8::1")),
    st.tuples(st.sampled_from(["NS", "CNAME", "PTR", "DNAME"]), NAMES),
    st.tuples(st.just("MX"), NAMES.map(lambda name: f"10 {name}")),
    st.tuples(st.just("SRV"), NAMES.map(lambda name: f"1 2 53 {name}")),
    st.tuples(st.just("TXT"), st.just('"some text"')),
    st.tuples(st.just("SOA"), NAMES.map(lambda name: f"{name} {name} 1 2 3 4 5")),
).filter(lambda rdata: len(rdata[1]) < 180)
RRSETS = st.tuples(NAMES, st.integers(0, 2**31 - 1), RDATAS)
SECTIONS = st.lists(RRSETS, max_size=4)


@st.composite
def messages(draw: st.DrawFn) -> dns.message.Message:
    message = dns.message.make_query(draw(NAMES), draw(st.sampled_from(["A", "MX", "TYPE65280"])))
    message.flags |= 0x8000
    for section in (message.answer, message.authority, message.additional):
        for name, ttl, (rtype, text) in draw(SECTIONS):
            section.append(dns.rrset.from_text(name, ttl, "IN", rtype, text))
    if draw(st.booleans()):
        message.use_edns(0, payload=1232, ednsflags=draw(st.sampled_from([0, 0x8000])))
    return message


def spans(message: Message, records: tuple[RecordSpan, ...]) -> list[tuple[object, ...]]:
    """The records as dnspython would read each of them."""
    return [
        (
            record.owner,
            record.type,
            record.ttl,
            dns.rdata.from_wire(
                dns.rdataclass.RdataClass.make(record.rclass),
                dns.rdatatype.RdataType.make(record.type),
                message.wire,
                record.rdata,
                record.end - record.rdata,
            ),
        )
        for record in records
    ]


def flat(section: list[dns.rrset.RRset]) -> list[tuple[object, ...]]:
    return [
        (rrset.name.canonicalize().to_wire(), rrset.rdtype, rrset.ttl, rdata)
        for rrset in section
        for rdata in rrset
    ]


@given(messages())
def test_a_valid_message_is_read_as_dnspython_reads_it(message: dns.message.Message) -> None:
    wire = message.to_wire()
    ours, theirs = decode(wire), dns.message.from_wire(wire, one_rr_per_rrset=True)
    assert (ours.id, ours.flags, ours.rcode) == (theirs.id, theirs.flags, theirs.rcode())
    assert [asked.type for asked in ours.questions] == [theirs.question[0].rdtype]
    assert ours.questions[0].name == theirs.question[0].name.canonicalize().to_wire()
    assert spans(ours, ours.answers) == flat(theirs.answer)
    assert spans(ours, ours.authorities) == flat(theirs.authority)
    assert spans(ours, ours.additionals) == flat(theirs.additional)
    assert (ours.opt is not None) == (theirs.edns >= 0)


@given(st.binary(max_size=200))
def test_random_octets_raise_nothing_but_the_one_error(octets: bytes) -> None:
    try:
        decode(octets)
    except MessageSyntaxError:
        return
    assert len(octets) >= 12


@given(messages(), st.data())
def test_a_damaged_message_raises_nothing_but_the_one_error(
    message: dns.message.Message, data: st.DataObject
) -> None:
    wire = bytearray(message.to_wire())
    for _ in range(data.draw(st.integers(1, 4))):
        wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    del wire[data.draw(st.integers(0, len(wire))) :]
    try:
        ours = decode(bytes(wire))
    except MessageSyntaxError:
        return
    # What we accept has sound owners, wherever dnspython objects to a detail of the rdata.
    for record in (*ours.answers, *ours.authorities, *ours.additionals):
        assert dns.name.from_wire(ours.wire, record.start)[0].canonicalize().to_wire() == (
            record.owner
        )


def test_a_pointer_must_lead_backward() -> None:
    with pytest.raises(MessageSyntaxError, match="circle"):
        read_name(b"\xc0\x00", 0)
    with pytest.raises(MessageSyntaxError, match="circle"):
        read_name(b"\x01a\xc0\x00", 0)
    with pytest.raises(MessageSyntaxError, match="circle"):
        read_name(b"\xc0\x04\x00\x00\x00", 0)


def test_a_long_chain_of_pointers_is_refused() -> None:
    chain = b"\x01a\x00" + b"".join(
        (0xC000 | at).to_bytes(2, "big") for at in [0, *range(3, 400, 2)]
    )
    assert read_name(chain, 3 + 2 * 120) == (b"\x01a\x00", 3 + 2 * 121)
    with pytest.raises(MessageSyntaxError, match="circle"):
        read_name(chain, 3 + 2 * 130)


def test_a_name_longer_than_255_octets_is_refused() -> None:
    label = b"\x3f" + b"x" * 63
    assert read_name(label * 3 + b"\x3d" + b"y" * 61 + b"\x00", 0)[1] == 255
    with pytest.raises(MessageSyntaxError, match="255"):
        read_name(label * 3 + b"\x3e" + b"y" * 62 + b"\x00", 0)


def test_a_label_type_that_never_was_is_refused() -> None:
    with pytest.raises(MessageSyntaxError, match="octet 64"):
        read_name(b"\x40a\x00", 0)


def test_a_name_is_folded_whatever_its_spelling() -> None:
    assert read_name(b"\x02dB\x03APP\x00", 0) == (from_text("db.app"), 8)


def test_a_ttl_with_the_highest_bit_is_zero() -> None:
    message = dns.message.make_response(dns.message.make_query("a.", "A"))
    message.answer.append(dns.rrset.from_text("a.", 5, "IN", "A", "192.0.2.1"))
    wire = bytearray(message.to_wire())
    wire[decode(bytes(wire)).answers[0].ttl_at] = 0x80
    assert decode(bytes(wire)).answers[0].ttl == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda wire: wire[:11], "header"),
        (lambda wire: wire[:-1], "ends inside"),
        (lambda wire: wire + b"\x00", "follow the last record"),
        (lambda wire: wire[:-5] + b"\x05" + wire[-4:], "rdata"),
    ],
)
def test_a_message_that_is_cut_or_padded_is_refused(change: object, reason: str) -> None:
    message = dns.message.make_response(dns.message.make_query("a.", "A"))
    message.answer.append(dns.rrset.from_text("a.", 5, "IN", "A", "192.0.2.1"))
    assert callable(change)
    with pytest.raises(MessageSyntaxError, match=reason):
        decode(change(message.to_wire()))


def test_an_address_record_of_another_size_is_refused() -> None:
    message = dns.message.make_response(dns.message.make_query("a.", "A"))
    message.answer.append(dns.rrset.from_text("a.", 5, "IN", "A", r"\# 4 c0000201"))
    wire = bytearray(message.to_wire())
    wire[-5] = 3
    del wire[-1]
    with pytest.raises(MessageSyntaxError, match="address of 3 octets"):
        decode(bytes(wire))


def test_an_opt_counts_once_at_the_root_and_in_its_section() -> None:
    query = dns.message.make_query("a.", "A", use_edns=True)
    wire = bytearray(query.to_wire())
    opt = bytes(wire[-11:])
    doubled = wire + opt
    doubled[11] = 2
    with pytest.raises(MessageSyntaxError, match="doubled"):
        decode(bytes(doubled))
    misplaced = bytearray(wire)
    misplaced[11], misplaced[7] = 0, 1
    with pytest.raises(MessageSyntaxError, match="outside"):
        decode(bytes(misplaced))


def test_the_upper_bits_of_the_rcode_come_from_opt() -> None:
    query = dns.message.make_query("a.", "A", use_edns=True)
    reply = dns.message.make_response(query)
    reply.set_rcode(dns.rcode.BADVERS)
    assert decode(reply.to_wire()).rcode == 16
