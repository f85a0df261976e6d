"""What of a server's reply is passed on: what belongs to the question, cut, aged and positioned."""

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.testing.upstream import read_records
from mooring.wire.constant import RD
from mooring.wire.message import MessageSyntaxError, decode
from mooring.wire.name import from_text
from mooring.wire.question import Edns, Question
from mooring.wire.relay import Relayed, TtlBounds, age, relay

BOUNDS = TtlBounds(positive=1000, negative=100)


def question_of(name: str, rtype: str, *, dnssec_ok: bool = False) -> Question:
    wire = dns.name.from_text(name).to_wire() or b""
    edns = Edns(1232, 0, True, b"") if dnssec_ok else None
    return Question(7, RD, wire, wire.lower(), dns.rdatatype.from_text(rtype), 1, edns)


def reply_of(
    question: Question,
    answer: str = "",
    authority: str = "",
    additional: str = "",
    rcode: dns.rcode.Rcode = dns.rcode.NOERROR,
) -> dns.message.Message:
    query = dns.message.make_query(
        dns.name.from_wire(question.name, 0)[0], dns.rdatatype.RdataType.make(question.type)
    )
    reply = dns.message.make_response(query)
    reply.set_rcode(rcode)
    reply.answer = read_records(answer)
    reply.authority = read_records(authority)
    reply.additional = read_records(additional)
    return reply


def relayed(question: Question, reply: dns.message.Message) -> Relayed:
    return relay(decode(reply.to_wire()), question, BOUNDS)


def read(question: Question, found: Relayed) -> dns.message.Message:
    """The reply as a client reads it behind its own question."""
    reply = found.reply
    counts = (1, reply.answers, reply.authorities, reply.additionals)
    header = b"\x00\x07\x81\x80" + b"".join(count.to_bytes(2, "big") for count in counts)
    asked = question.name + question.type.to_bytes(2, "big") + b"\x00\x01"
    return dns.message.from_wire(header + asked + reply.body, one_rr_per_rrset=True)


def texts(rrsets: list[dns.rrset.RRset]) -> list[str]:
    return [line for rrset in rrsets for line in rrset.to_text().splitlines()]


WWW = question_of("www.example.", "A")


def test_an_answer_comes_through_with_its_aliases_in_order() -> None:
    answer = "www.example. 60 CNAME web.example.\nweb.example. 50 A 192.0.2.1\n"
    found = relayed(WWW, reply_of(WWW, answer))
    assert texts(read(WWW, found).answer) == [
        "www.example. 60 IN CNAME web.example.",
        "web.example. 50 IN A 192.0.2.1",
    ]
    assert found.lifetime == 50


def test_an_answer_fits_any_spelling_of_its_question() -> None:
    found = relayed(WWW, reply_of(WWW, "www.example. 60 A 192.0.2.1"))
    shouted = question_of("WWW.Example.", "A")
    assert texts(read(shouted, found).answer) == ["WWW.Example. 60 IN A 192.0.2.1"]


def test_a_record_nobody_asked_for_is_dropped_wherever_it_stands() -> None:
    answer = (
        "bank.example. 60 A 203.0.113.66\n"
        "www.example. 60 CNAME web.example.\n"
        "web.example. 60 A 192.0.2.1\n"
        "web.example. 60 TXT stray\n"
        "other.example. 60 CNAME bank.example.\n"
    )
    authority = "bank.example. 60 NS evil.example.\nexample. 60 NS ns.example.\n"
    additional = "ns.example. 60 A 203.0.113.66\n"
    found = read(WWW, relayed(WWW, reply_of(WWW, answer, authority, additional)))
    assert texts(found.answer) == [
        "www.example. 60 IN CNAME web.example.",
        "web.example. 60 IN A 192.0.2.1",
    ]
    assert texts(found.authority) == ["example. 60 IN NS ns.example."]
    assert found.additional == []


def test_an_alias_comes_before_what_it_leads_to() -> None:
    answer = "web.example. 50 A 192.0.2.1\nwww.example. 60 CNAME web.example.\n"
    found = relayed(WWW, reply_of(WWW, answer))
    assert texts(read(WWW, found).answer) == [
        "www.example. 60 IN CNAME web.example.",
        "web.example. 50 IN A 192.0.2.1",
    ]


def test_an_alias_in_a_circle_ends() -> None:
    answer = "www.example. 60 CNAME web.example.\nweb.example. 60 CNAME www.example.\n"
    found = relayed(WWW, reply_of(WWW, answer))
    assert found.reply.answers == 2
    assert found.lifetime == 0


def test_a_second_alias_at_the_same_name_is_dropped() -> None:
    answer = "www.example. 60 CNAME a.example.\nwww.example. 60 CNAME b.example.\n"
    found = relayed(WWW, reply_of(WWW, answer + "a.example. 60 A 192.0.2.1\n"))
    assert texts(read(WWW, found).answer) == [
        "www.example. 60 IN CNAME a.example.",
        "a.example. 60 IN A 192.0.2.1",
    ]


def test_a_dname_and_the_alias_made_from_it_belong() -> None:
    answer = (
        "example. 60 DNAME new.test.\n"
        "www.example. 60 CNAME www.new.test.\n"
        "www.new.test. 60 A 192.0.2.1\n"
    )
    assert relayed(WWW, reply_of(WWW, answer)).reply.answers == 3


def test_a_dname_without_its_alias_is_followed_too() -> None:
    answer = "example. 60 DNAME new.test.\nwww.new.test. 60 A 192.0.2.1\n"
    assert relayed(WWW, reply_of(WWW, answer)).reply.answers == 2


def test_a_dname_beside_the_path_does_not_belong() -> None:
    answer = "test. 60 DNAME new.test.\nwww.example. 60 A 192.0.2.1\n"
    assert relayed(WWW, reply_of(WWW, answer)).reply.answers == 1


def test_a_question_for_the_alias_itself_is_not_followed() -> None:
    asked = question_of("www.example.", "CNAME")
    answer = "www.example. 60 CNAME web.example.\nweb.example. 60 A 192.0.2.1\n"
    assert relayed(asked, reply_of(asked, answer)).reply.answers == 1


def test_a_question_for_any_type_gets_all_at_the_name() -> None:
    asked = question_of("www.example.", "ANY")
    answer = "www.example. 60 A 192.0.2.1\nwww.example. 60 TXT x\nweb.example. 60 A 192.0.2.1\n"
    assert relayed(asked, reply_of(asked, answer)).reply.answers == 2


SIGNED = (
    "www.example. 60 A 192.0.2.1\n"
    "www.example. 60 RRSIG A 8 2 60 20300101000000 20200101000000 1 example. AAAA\n"
)
PROOF = (
    "a.example. 60 NSEC z.example. A RRSIG NSEC\n"
    "a.example. 60 RRSIG NSEC 8 2 60 20300101000000 20200101000000 1 example. AAAA\n"
)


def test_signatures_and_proofs_are_for_those_who_ask_for_dnssec() -> None:
    asked = question_of("www.example.", "A", dnssec_ok=True)
    found = relayed(asked, reply_of(asked, SIGNED, PROOF)).reply
    assert (found.answers, found.authorities) == (2, 2)
    bare = relayed(WWW, reply_of(WWW, SIGNED, PROOF)).reply
    assert (bare.answers, bare.authorities) == (1, 0)


def test_a_denied_name_lives_as_long_as_its_soa_says() -> None:
    soa = "example. 80 SOA ns.example. root.example. 1 2 3 4 30\n"
    found = relayed(WWW, reply_of(WWW, "", soa, rcode=dns.rcode.NXDOMAIN))
    assert (found.lifetime, found.whole_name) == (30, True)
    assert texts(read(WWW, found).authority)[0].startswith("example. 30 IN SOA")


def test_a_name_without_the_type_is_denied_for_that_type_only() -> None:
    soa = "example. 20 SOA ns.example. root.example. 1 2 3 4 30\n"
    found = relayed(WWW, reply_of(WWW, "", soa))
    assert (found.lifetime, found.whole_name) == (20, False)


def test_an_alias_to_a_denied_name_does_not_deny_the_alias() -> None:
    soa = "example. 80 SOA ns.example. root.example. 1 2 3 4 70\n"
    alias = "www.example. 60 CNAME web.example.\n"
    found = relayed(WWW, reply_of(WWW, alias, soa, rcode=dns.rcode.NXDOMAIN))
    assert (found.lifetime, found.whole_name) == (60, False)


@pytest.mark.parametrize("authority", ["", "example. 60 NS ns.example.\n"])
def test_a_denial_without_an_soa_is_not_repeated(authority: str) -> None:
    found = relayed(WWW, reply_of(WWW, "", authority, rcode=dns.rcode.NXDOMAIN))
    assert found.lifetime == 0


def test_a_denial_by_another_zones_soa_is_not_repeated() -> None:
    soa = "test. 80 SOA ns.test. root.test. 1 2 3 4 30\n"
    assert relayed(WWW, reply_of(WWW, "", soa, rcode=dns.rcode.NXDOMAIN)).lifetime == 0


def test_long_ttls_are_cut_to_their_bound() -> None:
    found = relayed(WWW, reply_of(WWW, "www.example. 999999 A 192.0.2.1"))
    assert found.lifetime == 1000
    assert texts(read(WWW, found).answer) == ["www.example. 1000 IN A 192.0.2.1"]
    soa = "example. 999999 SOA ns.example. root.example. 1 2 3 4 99999\n"
    assert relayed(WWW, reply_of(WWW, "", soa)).lifetime == 100


def test_a_ttl_of_zero_is_not_repeated() -> None:
    assert relayed(WWW, reply_of(WWW, "www.example. 0 A 192.0.2.1")).lifetime == 0


def test_ttls_are_counted_down_in_place_and_stop_at_zero() -> None:
    answer = "www.example. 60 CNAME web.example.\nweb.example. 5 A 192.0.2.1\n"
    found = relayed(WWW, reply_of(WWW, answer))
    aged = Relayed(
        type(found.reply)(0, found.reply.answers, body=age(found.reply.body, found.ttls, 20))
    )
    assert [rrset.ttl for rrset in read(WWW, aged).answer] == [40, 0]


def test_a_servers_own_error_is_passed_on_without_records() -> None:
    reply = reply_of(WWW, "www.example. 60 A 192.0.2.1", rcode=dns.rcode.REFUSED)
    found = relayed(WWW, reply)
    assert (found.reply.rcode, found.reply.body, found.lifetime) == (5, b"", 0)


def test_an_explanation_is_passed_on_fit_to_show() -> None:
    reply = reply_of(WWW, rcode=dns.rcode.SERVFAIL)
    reply.use_edns(
        0, options=[dns.edns.EDEOption(dns.edns.EDECode.DNSSEC_BOGUS, "bogus\x1b[2J signature")]
    )
    found = relayed(WWW, reply).reply.explanation
    assert found is not None
    assert (found.code, found.text) == (6, "bogus[2J signature")


def test_the_verified_bit_is_kept_for_whoever_asked() -> None:
    reply = reply_of(WWW, "www.example. 60 A 192.0.2.1")
    assert not relayed(WWW, reply).reply.authenticated
    reply.flags |= dns.flags.AD
    assert relayed(WWW, reply).reply.authenticated


def test_a_reply_without_the_question_is_refused() -> None:
    reply = reply_of(WWW)
    reply.question = []
    with pytest.raises(MessageSyntaxError, match="repeat the question"):
        relayed(WWW, reply)


def test_a_record_with_a_name_in_a_dropped_one_is_written_out() -> None:
    asked = question_of("www.example.", "MX")
    answer = (
        "some.very.long.name.test. 60 A 192.0.2.1\n"
        "www.example. 60 MX 10 some.very.long.name.test.\n"
        "www.example. 60 MX 20 other.test.\n"
    )
    found = read(asked, relayed(asked, reply_of(asked, answer)))
    assert texts(found.answer) == [
        "www.example. 60 IN MX 10 some.very.long.name.test.",
        "www.example. 60 IN MX 20 other.test.",
    ]


LABELS = st.sampled_from(["a.", "b.a.", "c.b.a.", "a.b.", "b."])
RECORDS = st.one_of(
    st.tuples(LABELS, st.integers(0, 5000), st.just("A 192.0.2.1")),
    st.tuples(LABELS, st.integers(0, 5000), LABELS.map(lambda name: f"CNAME {name}")),
    st.tuples(LABELS, st.integers(0, 5000), LABELS.map(lambda name: f"NS {name}")),
    st.tuples(
        LABELS, st.integers(0, 5000), LABELS.map(lambda name: f"SOA {name} {name} 1 1 1 1 9")
    ),
).map(lambda record: f"{record[0]} {record[1]} {record[2]}")
LISTS = st.lists(RECORDS, max_size=6, unique_by=lambda line: line.split()[::2][0] + line.split()[2])


@given(LABELS, LISTS, LISTS, st.sampled_from([dns.rcode.NOERROR, dns.rcode.NXDOMAIN]))
def test_what_is_passed_on_is_part_of_what_came_and_can_be_read(
    name: str, answers: list[str], authorities: list[str], rcode: dns.rcode.Rcode
) -> None:
    asked = question_of(name, "A")
    reply = reply_of(asked, rcode=rcode)
    reply.answer = [rrset for line in answers for rrset in read_records(line)]
    reply.authority = [rrset for line in authorities for rrset in read_records(line)]
    found = relayed(asked, reply)
    ours = read(asked, found)
    came = {(rrset.name, rrset.rdtype, rrset[0]) for rrset in (*reply.answer, *reply.authority)}
    for rrset in (*ours.answer, *ours.authority):
        assert (rrset.name, rrset.rdtype, rrset[0]) in came
        assert rrset.ttl >= found.lifetime
    reachable = {dns.name.from_text(name)}
    for rrset in ours.answer:
        assert rrset.name in reachable
        if rrset.rdtype == dns.rdatatype.CNAME:
            reachable.add(rrset[0].target)
    assert len(found.ttls) == found.reply.answers + found.reply.authorities
    assert from_text(name) == asked.folded
