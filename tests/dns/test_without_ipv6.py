"""AAAA questions for outside names of a sandbox without IPv6: answered at once, nobody is asked."""

import os
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import pytest
from msgspec.structs import replace

from mooring.book.book import Book
from mooring.book.claim import Put, Record
from mooring.dns.resolver import Resolver
from mooring.linux.ipv6_addresses import Ipv6Addresses
from mooring.model.aaaa import Aaaa
from mooring.model.view import NameScope, View
from mooring.testing.loopback import LoopbackClient, loopback_sockets, question
from mooring.testing.scripted_upstreams import ScriptedUpstreams
from mooring.wire.constant import Type
from mooring.wire.name import from_text

APP = NameScope("id-of-app", "app")
LOOPBACK = "00000000000000000000000000000001 01 80 10 80       lo\n"
LINK = "fe8000000000000000000000000000aa 02 40 20 80     eth0\n"
GLOBAL = "fd0000000000000000000000000000aa 02 40 00 80     eth0\n"


class Sandbox:
    """One that the resolver answers; ``addresses`` is what the kernel would say it has."""

    def __init__(self, resolver: Resolver, addresses: Path, rule: Aaaa) -> None:
        self.view = View(sandbox="one", scopes=(APP,), aaaa=rule)
        self.addresses = addresses
        addresses.write_text(LOOPBACK + LINK)
        sockets = loopback_sockets(Ipv6Addresses(os.open(addresses, os.O_RDONLY)))
        self.resolver = resolver
        resolver.open("one", sockets, self.view)
        self.client = LoopbackClient(sockets.ports[0])

    def change(self, rule: Aaaa) -> None:
        self.resolver.change("one", replace(self.view, aaaa=rule))


@pytest.fixture
async def auto(resolver: Resolver, tmp_path: Path) -> Sandbox:
    return Sandbox(resolver, tmp_path / "if_inet6", Aaaa.AUTO)


def is_filtered(reply: dns.message.Message) -> bool:
    """An answer without addresses, that may be kept for as long as its SOA says."""
    return (
        reply.rcode() == dns.rcode.NOERROR
        and not reply.answer
        and [rrset.rdtype.name for rrset in reply.authority] == ["SOA"]
    )


async def test_nobody_is_asked_for_addresses_that_could_not_be_used(
    auto: Sandbox, upstreams: ScriptedUpstreams
) -> None:
    for _ in range(2):
        reply = await auto.client.ask("Example.com", "AAAA", edns=1232)
        assert is_filtered(reply)
        assert "--dns-aaaa auto" in reply.options[0].to_text()
    assert is_filtered(await auto.client.ask_tcp("example.com", "AAAA"))
    assert upstreams.asked == []


@pytest.mark.parametrize("rtype", ["A", "MX", "HTTPS", "ANY"])
async def test_every_other_question_is_asked(
    auto: Sandbox, upstreams: ScriptedUpstreams, rtype: str
) -> None:
    await auto.client.ask("example.com", rtype)
    assert upstreams.asked == ["example.com."]


async def test_local_names_keep_their_addresses_whatever_the_setting(
    auto: Sandbox, book: Book
) -> None:
    record = Record(APP.scope, from_text("six"), Type.AAAA, 5, bytes([0xFD, *[0] * 14, 9]))
    book.apply([Put("six", (record,))])
    for rule in Aaaa:
        auto.change(rule)
        assert str((await auto.client.ask("six", "AAAA")).answer[0][0]) == "fd00::9"
        assert str((await auto.client.ask("localhost", "AAAA")).answer[0][0]) == "::1"


async def test_an_address_that_comes_or_goes_counts_from_the_next_question(
    auto: Sandbox, upstreams: ScriptedUpstreams
) -> None:
    await auto.client.ask("example.com", "AAAA")
    auto.addresses.write_text(LOOPBACK + LINK + GLOBAL)
    await auto.client.ask("example.com", "AAAA")
    assert upstreams.asked == ["example.com."]
    auto.addresses.write_text(LOOPBACK + LINK)
    assert is_filtered(await auto.client.ask("example.com", "AAAA"))
    assert upstreams.asked == ["example.com."]


async def test_a_change_of_the_view_counts_from_the_next_question(
    auto: Sandbox, upstreams: ScriptedUpstreams
) -> None:
    for rule, asked in ((Aaaa.AUTO, 0), (Aaaa.PASS, 1), (Aaaa.FILTER, 1), (Aaaa.PASS, 2)):
        auto.change(rule)
        await auto.client.ask("example.com", "AAAA")
        assert len(upstreams.asked) == asked, rule


async def test_filter_does_so_even_with_ipv6(auto: Sandbox, upstreams: ScriptedUpstreams) -> None:
    auto.addresses.write_text(GLOBAL)
    auto.change(Aaaa.FILTER)
    assert is_filtered(await auto.client.ask("example.com", "AAAA"))
    assert upstreams.asked == []


@pytest.mark.parametrize("flag", ["DO", "CD"])
async def test_whoever_verifies_signatures_gets_the_truth_unless_told_otherwise(
    auto: Sandbox, upstreams: ScriptedUpstreams, flag: str
) -> None:
    query = question("example.com", "AAAA", edns=1232)
    if flag == "DO":
        query.want_dnssec()
    else:
        query.flags |= dns.flags.CD
    await auto.client.exchange(query.to_wire(), replies=1)
    assert upstreams.asked == ["example.com."]
    auto.change(Aaaa.FILTER)
    await auto.client.exchange(query.to_wire(), replies=1)
    assert upstreams.asked == ["example.com."]


async def test_the_trace_shows_which_setting_answered(
    auto: Sandbox, upstreams: ScriptedUpstreams
) -> None:
    trace = await auto.resolver.trace(auto.view, "example.com", "AAAA")
    last = trace.steps[-1]
    assert (last.stage, last.subject) == ("aaaa", "auto")
    assert "no IPv6 address" in trace.explanation
    assert upstreams.asked == []
    auto.addresses.write_text(GLOBAL)
    trace = await auto.resolver.trace(auto.view, "example.com", "AAAA")
    assert trace.steps[-1].stage == "upstream"
