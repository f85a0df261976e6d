"""Traces: where a question was looked for, who claims what was found, and who was asked."""

import pytest

from mooring.book.book import Book
from mooring.book.claim import Put, Record
from mooring.dns.resolver import Resolver
from mooring.dns.soa import soa_rdata
from mooring.model.error import InvalidArgumentError
from mooring.model.trace import Trace
from mooring.model.view import NameScope, View
from mooring.testing.scripted_upstreams import ScriptedUpstreams
from mooring.wire.constant import Type
from mooring.wire.name import from_text

APP, NET = NameScope("id-of-app", "app"), NameScope("id-of-net", "net")
VIEW = View(sandbox="one", scopes=(APP, NET))


def steps(trace: Trace) -> list[str]:
    return [f"{step.stage} {step.subject}: {step.outcome}" for step in trace.steps]


async def test_a_local_name_shows_its_scopes_and_its_claimants(
    resolver: Resolver, book: Book
) -> None:
    for number in (1, 2):
        record = Record(NET.scope, from_text("web"), Type.A, 5, bytes([10, 1, 0, number]))
        book.apply([Put(f"endpoint:{number}", (record,))])
    trace = await resolver.trace(VIEW, "Web.net", "a")
    assert steps(trace) == [
        "scope app: does not know web.net.",
        "scope net: does not know web.net.",
        "scope net: has 2 records of type A for web.",
        "claim endpoint:1: A 10.1.0.1, TTL 5 s",
        "claim endpoint:2: A 10.1.0.2, TTL 5 s",
    ]
    assert (trace.name, trace.type, trace.rcode) == ("web.net.", "A", "NOERROR")
    assert trace.records == ("web.net. 5 IN A 10.1.0.1", "web.net. 5 IN A 10.1.0.2")
    assert trace.milliseconds > 0


async def test_a_type_that_a_known_name_lacks_shows_what_it_has(resolver: Resolver) -> None:
    trace = await resolver.trace(VIEW, "db", "AAAA")
    assert steps(trace) == [
        "scope app: knows db., without a record of type AAAA",
        "claim db: A 10.0.0.0, TTL 10 s",
    ]
    assert (trace.rcode, len(trace.records)) == ("NOERROR", 1)


async def test_a_zone_shows_why_a_name_does_not_exist(resolver: Resolver, book: Book) -> None:
    apex = from_text("18.172.in-addr.arpa")
    book.apply([Put("app", (Record(APP.scope, apex, Type.SOA, 5, soa_rdata(apex, 5)),))])
    trace = await resolver.trace(VIEW, "9.0.18.172.in-addr.arpa", "PTR")
    assert steps(trace) == [
        "scope app: has a zone 18.172.in-addr.arpa. and no 9.0.18.172.in-addr.arpa. in it",
        "scope net: does not know 9.0.18.172.in-addr.arpa.",
    ]
    assert trace.rcode == "NXDOMAIN"


async def test_an_alias_shows_both_ends(resolver: Resolver, book: Book) -> None:
    record = Record(APP.scope, from_text("www"), Type.CNAME, 5, from_text("db"))
    book.apply([Put("alias", (record,))])
    assert steps(await resolver.trace(VIEW, "www", "A")) == [
        "scope app: has www. as an alias of db.",
        "claim alias: CNAME db., TTL 5 s",
        "scope app: has 1 record of type A for db.",
        "claim db: A 10.0.0.0, TTL 10 s",
    ]


async def test_aliases_in_a_circle_are_explained(resolver: Resolver, book: Book) -> None:
    record = Record(APP.scope, from_text("www"), Type.CNAME, 5, from_text("www"))
    book.apply([Put("alias", (record,))])
    trace = await resolver.trace(VIEW, "www", "A")
    assert (trace.rcode, trace.explanation) == (
        "SERVFAIL",
        "more than 8 aliases in a row from www.",
    )


async def test_an_unknown_name_shows_who_was_asked(
    resolver: Resolver, upstreams: ScriptedUpstreams
) -> None:
    trace = await resolver.trace(VIEW, "example.com", "A")
    assert steps(trace) == [
        "scope app: does not know example.com.",
        "scope net: does not know example.com.",
        "upstream script: NOERROR",
    ]
    assert trace.records == ("example.com. 60 IN A 192.0.2.1",)
    assert upstreams.asked == ["example.com."]


async def test_special_names_show_that_they_are(resolver: Resolver) -> None:
    trace = await resolver.trace(VIEW, "localhost", "A")
    assert steps(trace)[0] == "scope special-use: has 1 record of type A for localhost."


async def test_a_type_that_is_refused_is_looked_for_nowhere(
    resolver: Resolver, upstreams: ScriptedUpstreams
) -> None:
    trace = await resolver.trace(VIEW, "example.com", "AXFR")
    assert (trace.rcode, trace.steps, upstreams.asked) == ("REFUSED", (), [])


async def test_a_record_of_a_type_without_a_name_is_shown_as_octets(
    resolver: Resolver, book: Book
) -> None:
    book.apply([Put("odd", (Record(APP.scope, from_text("odd"), 65280, 5, b"\x01\x02"),))])
    trace = await resolver.trace(VIEW, "odd", "TYPE65280")
    assert trace.type == "TYPE65280"
    assert steps(trace)[1] == "claim odd: TYPE65280 \\# 2 0102, TTL 5 s"


async def test_a_malformed_record_is_shown_all_the_same(resolver: Resolver, book: Book) -> None:
    book.apply([Put("odd", (Record(APP.scope, from_text("odd"), Type.A, 5, b"\x01\x02"),))])
    trace = await resolver.trace(VIEW, "odd", "A")
    assert steps(trace)[1] == "claim odd: A \\# 2 0102, TTL 5 s"
    assert trace.records == ()


@pytest.mark.parametrize(
    ("name", "rtype", "reason"),
    [
        ("a..b", "A", "cannot resolve 'a..b': 'a..b' has an empty label"),
        ("a" * 64, "A", "cannot resolve"),
        ("db", "ADDRESS", "no record type is called 'ADDRESS'"),
        ("db", "TYPE65536", "no record type is called 'TYPE65536'"),
        ("db", "TYPE", "no record type is called 'TYPE'"),
    ],
)
async def test_what_is_no_name_or_type_is_refused_with_the_reason(
    resolver: Resolver, name: str, rtype: str, reason: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=reason):
        await resolver.trace(VIEW, name, rtype)


async def test_a_trace_does_not_fill_the_compiled_answers(resolver: Resolver) -> None:
    await resolver.trace(VIEW, "db", "A")
    assert resolver.compiled_answers == 0
