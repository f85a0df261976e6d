"""What a sandbox's view of the book says of a name: libnetwork's order, the letter of the RFCs."""

from collections.abc import Callable

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from mooring.book.book import Book
from mooring.book.claim import Put, Record
from mooring.dns.names import Names
from mooring.dns.query import NEXT, Answer, Next
from mooring.dns.soa import soa_rdata
from mooring.model.view import NameScope
from mooring.testing.question import make_question, read_reply
from mooring.wire.constant import Type
from mooring.wire.name import from_text

APP, NET = NameScope("id-of-app", "app"), NameScope("id-of-net", "Net")
SCOPES = (APP, NET)
TTL = 7

Claim = Callable[..., None]


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def claim(book: Book) -> Claim:
    """Put a record into a scope, under a claimant of its own."""

    def put(scope: NameScope, name: str, rtype: Type, rdata: bytes, ttl: int = 10) -> None:
        record = Record(scope.scope, from_text(name), rtype, ttl, rdata)
        book.apply([Put(f"{scope.scope} {name} {rtype} {rdata.hex()}", (record,))])

    return put


@pytest.fixture
def known(claim: Claim) -> None:
    """``db`` on both networks, ``web`` and ``v6`` on the second, and a subnet of each."""
    claim(APP, "db", Type.A, bytes([172, 18, 0, 2]))
    claim(NET, "db", Type.A, bytes([172, 19, 0, 2]))
    claim(NET, "web", Type.A, bytes([172, 19, 0, 3]))
    claim(NET, "v6", Type.AAAA, bytes([0xFD, *[0] * 14, 2]))
    claim(APP, "18.172.in-addr.arpa", Type.SOA, soa_rdata(from_text("18.172.in-addr.arpa"), 30), 60)
    claim(NET, "19.172.in-addr.arpa", Type.SOA, soa_rdata(from_text("19.172.in-addr.arpa"), 30), 60)
    claim(APP, "2.0.18.172.in-addr.arpa", Type.PTR, from_text("db.app"))
    claim(NET, "3.0.19.172.in-addr.arpa", Type.PTR, from_text("web.net"))


def ask(
    book: Book, name: str, rtype: str = "A", scopes: tuple[NameScope, ...] = SCOPES
) -> dns.message.Message:
    """The whole reply, read by dnspython."""
    question = make_question(name, rtype)
    outcome = Names(book, TTL).resolve(scopes, question.folded, question.type).outcome
    assert isinstance(outcome, Answer), outcome
    assert outcome.lasting
    return read_reply(outcome.reply, question)


def passed_on(book: Book, name: str, rtype: str = "A") -> bool:
    question = make_question(name, rtype)
    outcome = Names(book, TTL).resolve(SCOPES, question.folded, question.type).outcome
    return isinstance(outcome, Next)


def texts(message: dns.message.Message) -> list[str]:
    return [rrset.to_text() for rrset in message.answer]


# Which network answers


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("db", "172.18.0.2"),
        ("db.app", "172.18.0.2"),
        ("db.net", "172.19.0.2"),
        ("web", "172.19.0.3"),
        ("web.net", "172.19.0.3"),
    ],
)
def test_the_first_network_that_knows_a_name_wins_unless_one_is_named(
    book: Book, name: str, address: str
) -> None:
    assert texts(ask(book, name)) == [f"{name}. 10 IN A {address}"]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("name", ["web.app", "db.other", "nobody", "example.com", "app", "net"])
def test_a_name_that_no_network_knows_is_passed_on(book: Book, name: str) -> None:
    assert passed_on(book, name)


@pytest.mark.usefixtures("known")
def test_the_order_of_the_networks_is_the_views(book: Book) -> None:
    assert texts(ask(book, "db", scopes=(NET, APP))) == ["db. 10 IN A 172.19.0.2"]


def test_the_whole_name_is_tried_in_every_network_before_its_parts(
    book: Book, claim: Claim
) -> None:
    claim(APP, "db", Type.A, b"\x0a\x00\x00\x01")
    claim(NET, "db.app", Type.A, b"\x0a\x00\x00\x02")
    assert texts(ask(book, "db.app")) == ["db.app. 10 IN A 10.0.0.2"]


def test_a_name_is_split_at_every_dot_the_last_one_first(book: Book, claim: Claim) -> None:
    short, middle, long = (NameScope(f"id-{name}", name) for name in ("d", "c.d", "b.c.d"))
    for scope, name, last in ((short, "a.b.c", 1), (middle, "a.b", 2), (long, "a", 3)):
        claim(scope, name, Type.A, bytes([10, 0, 0, last]))
    scopes = (long, middle, short)
    assert texts(ask(book, "a.b.c.d", scopes=scopes)) == ["a.b.c.d. 10 IN A 10.0.0.1"]
    assert texts(ask(book, "a.b.c.d", scopes=scopes[:2])) == ["a.b.c.d. 10 IN A 10.0.0.2"]
    assert texts(ask(book, "a.b.c.d", scopes=scopes[:1])) == ["a.b.c.d. 10 IN A 10.0.0.3"]


def test_networks_of_one_name_are_tried_in_order(book: Book, claim: Claim) -> None:
    other = NameScope("id-of-other-app", "APP")
    claim(other, "web", Type.A, b"\x0a\x00\x00\x09")
    assert texts(ask(book, "web.app", scopes=(APP, other))) == ["web.app. 10 IN A 10.0.0.9"]


def test_a_network_whose_name_is_no_domain_name_is_searched_all_the_same(
    book: Book, claim: Claim
) -> None:
    odd = NameScope("id-of-odd", "a..b")
    claim(odd, "web", Type.A, b"\x0a\x00\x00\x09")
    assert texts(ask(book, "web", scopes=(odd,))) == ["web. 10 IN A 10.0.0.9"]


# What a known name has and has not


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("rtype", ["AAAA", "MX", "TXT", "SRV", "SOA", "NS", "HTTPS", "DS", "TYPE0"])
def test_every_type_asked_of_a_known_name_is_answered_here(book: Book, rtype: str) -> None:
    reply = ask(book, "db.app", rtype)
    assert (reply.rcode(), reply.answer) == (dns.rcode.NOERROR, [])
    (soa,) = reply.authority
    assert (soa.name.to_text(), soa.rdtype, soa.ttl) == ("db.app.", dns.rdatatype.SOA, TTL)
    assert soa[0].minimum == TTL


@pytest.mark.usefixtures("known")
def test_a_known_name_hides_the_same_name_on_later_networks_for_every_type(
    book: Book, claim: Claim
) -> None:
    claim(NET, "db", Type.AAAA, bytes(16))
    assert ask(book, "db", "AAAA").answer == []


def test_any_asks_for_all_that_there_is(book: Book, claim: Claim) -> None:
    claim(APP, "db", Type.A, b"\x0a\x00\x00\x01")
    claim(APP, "db", Type.TXT, b"\x02hi")
    assert texts(ask(book, "db", "ANY")) == ["db. 10 IN A 10.0.0.1", 'db. 10 IN TXT "hi"']


def test_all_addresses_of_a_shared_alias_are_given(book: Book, claim: Claim) -> None:
    for last in (1, 2, 3):
        claim(APP, "pool", Type.A, bytes([10, 0, 0, last]), last)
    reply = ask(book, "pool")
    assert sorted(rrset[0].to_text() for rrset in reply.answer) == [
        "10.0.0.1",
        "10.0.0.2",
        "10.0.0.3",
    ]
    assert {rrset.ttl for rrset in reply.answer} == {1}


# Zones and reverse names


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("name", "target"),
    [("2.0.18.172.in-addr.arpa", "db.app."), ("3.0.19.172.in-addr.arpa", "web.net.")],
)
def test_an_address_leads_to_its_name_on_any_network(book: Book, name: str, target: str) -> None:
    assert texts(ask(book, name, "PTR")) == [f"{name}. 10 IN PTR {target}"]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("name", ["9.0.18.172.in-addr.arpa", "9.9.19.172.in-addr.arpa"])
def test_an_address_of_ours_that_nobody_has_does_not_exist(book: Book, name: str) -> None:
    reply = ask(book, name, "PTR")
    assert reply.rcode() == dns.rcode.NXDOMAIN
    (soa,) = reply.authority
    assert soa.name.to_text() == name.partition(".")[2].partition(".")[2] + "."
    assert soa.ttl == 30


@pytest.mark.usefixtures("known")
def test_between_a_zone_and_its_names_there_is_no_data(book: Book) -> None:
    assert ask(book, "0.18.172.in-addr.arpa", "PTR").rcode() == dns.rcode.NOERROR


@pytest.mark.usefixtures("known")
def test_addresses_that_are_not_ours_are_passed_on(book: Book) -> None:
    assert passed_on(book, "4.3.2.1.in-addr.arpa", "PTR")
    assert passed_on(book, "2.0.20.172.in-addr.arpa", "PTR")


def test_two_networks_may_have_a_zone_for_the_same_reverse_names(book: Book, claim: Claim) -> None:
    """Two /25 of one /24: what the first zone lacks, the second may have."""
    apex = "0.0.10.in-addr.arpa"
    for scope in SCOPES:
        claim(scope, apex, Type.SOA, soa_rdata(from_text(apex), 30))
    claim(NET, f"200.{apex}", Type.PTR, from_text("web.net"))
    assert texts(ask(book, f"200.{apex}", "PTR")) == [f"200.{apex}. 10 IN PTR web.net."]
    assert ask(book, f"201.{apex}", "PTR").rcode() == dns.rcode.NXDOMAIN


def test_a_zone_is_seen_through_the_networks_name(book: Book, claim: Claim) -> None:
    """The SOA of a negative answer has to stand above the name that was asked for."""
    claim(APP, "lab", Type.SOA, soa_rdata(from_text("lab"), 30), 20)
    reply = ask(book, "nobody.lab.app")
    assert reply.rcode() == dns.rcode.NXDOMAIN
    assert [(soa.name.to_text(), soa.ttl) for soa in reply.authority] == [("lab.app.", 20)]


# Aliases


def test_an_alias_is_followed_within_the_view(book: Book, claim: Claim) -> None:
    claim(APP, "www", Type.CNAME, from_text("front"))
    claim(APP, "front", Type.CNAME, b"\x03Web\x03NET\x00")
    claim(NET, "web", Type.A, b"\x0a\x00\x00\x05")
    assert texts(ask(book, "www.app")) == [
        "www.app. 10 IN CNAME front.",
        "front. 10 IN CNAME Web.NET.",
        "Web.NET. 10 IN A 10.0.0.5",
    ]


def test_an_alias_that_is_asked_for_is_not_followed(book: Book, claim: Claim) -> None:
    claim(APP, "www", Type.CNAME, from_text("front"))
    for rtype in ("CNAME", "ANY"):
        assert texts(ask(book, "www", rtype)) == ["www. 10 IN CNAME front."]


def test_what_an_alias_leads_to_decides_the_rcode(book: Book, claim: Claim) -> None:
    claim(APP, "lab", Type.SOA, soa_rdata(from_text("lab"), 30))
    claim(APP, "www", Type.CNAME, from_text("gone.lab"))
    reply = ask(book, "www")
    assert (reply.rcode(), len(reply.answer), len(reply.authority)) == (dns.rcode.NXDOMAIN, 1, 1)


def test_an_alias_that_leads_out_of_the_view_is_all_there_is(book: Book, claim: Claim) -> None:
    claim(APP, "www", Type.CNAME, from_text("example.com"))
    assert texts(ask(book, "www")) == ["www. 10 IN CNAME example.com."]


def test_aliases_in_a_circle_are_a_failure_with_a_reason(book: Book, claim: Claim) -> None:
    claim(APP, "a", Type.CNAME, from_text("b"))
    claim(APP, "b", Type.CNAME, from_text("a"))
    reply = ask(book, "a")
    assert reply.rcode() == dns.rcode.SERVFAIL
    assert "8 aliases in a row from a." in reply.options[0].to_text()


# Special-use names


@pytest.mark.parametrize("name", ["localhost", "db.localhost", "a.b.localhost"])
def test_localhost_is_here(book: Book, name: str) -> None:
    assert texts(ask(book, name)) == [f"{name}. 10800 IN A 127.0.0.1"]
    assert texts(ask(book, name, "AAAA")) == [f"{name}. 10800 IN AAAA ::1"]
    assert ask(book, name, "MX").rcode() == dns.rcode.NOERROR
    assert len(ask(book, name, "ANY").answer) == 3


def test_no_container_is_localhost(book: Book, claim: Claim) -> None:
    claim(APP, "localhost", Type.A, b"\x0a\x00\x00\x01")
    assert texts(ask(book, "localhost")) == ["localhost. 10800 IN A 127.0.0.1"]


@pytest.mark.parametrize(
    "name",
    [
        "1.0.0.127.in-addr.arpa",
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
    ],
)
def test_loopback_addresses_lead_to_localhost(book: Book, name: str) -> None:
    assert texts(ask(book, name, "PTR")) == [f"{name}. 10800 IN PTR localhost."]


@pytest.mark.parametrize("name", ["a.invalid", "x.onion", "11.0.0.127.in-addr.arpa"])
def test_names_that_never_exist_do_not_leave_the_machine(book: Book, name: str) -> None:
    assert ask(book, name).rcode() == dns.rcode.NXDOMAIN


@pytest.mark.parametrize("name", ["resolver.arpa", "_dns.resolver.arpa"])
def test_upstreams_are_not_discovered_past_us(book: Book, name: str) -> None:
    """Who went to them directly would lose every local name (RFC 9462, section 6.1)."""
    reply = ask(book, name, "SVCB")
    assert (reply.answer, reply.authority[0].name.to_text()) == ([], "resolver.arpa.")


@pytest.mark.parametrize("name", ["host", "alocalhost", "localhost.example", "."])
def test_names_that_look_special_are_not(book: Book, name: str) -> None:
    assert passed_on(book, name)


# What an answer depends on


@pytest.mark.usefixtures("known")
def test_an_answer_depends_on_every_place_that_was_looked_at(book: Book) -> None:
    answer = Names(book).resolve(SCOPES, from_text("db.net"), Type.A).outcome
    assert isinstance(answer, Answer)
    assert answer.depends == (
        (APP.scope, from_text("db.net")),
        (NET.scope, from_text("db.net")),
        (NET.scope, from_text("db")),
    )


def test_nothing_is_kept_of_a_name_that_is_passed_on(book: Book) -> None:
    assert Names(book).resolve(SCOPES, from_text("example.com"), Type.A).outcome is NEXT
