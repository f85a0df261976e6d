"""Cases about replies of the embedded DNS: asked over a real socket, with real upstreams behind."""

import asyncio
from contextlib import AsyncExitStack
from typing import Final

import dns.message
import dns.rcode
import dns.rdatatype
import msgspec

from mooring.dns.forwarding.forwarder import Forwarder
from mooring.dns.resolver import Resolver
from mooring.model.error import InvalidArgumentError
from mooring.model.identity import check_domain_name
from mooring.model.view import NameScope, View
from mooring.testing.cases.case import Case
from mooring.testing.cases.claimants import Claimants
from mooring.testing.cases.outcome import Differs, Mismatch, NotApplicable, same
from mooring.testing.loopback import LoopbackClient, loopback_sockets
from mooring.testing.upstream import Conduct, FakeUpstream, LocalSockets

_NET: Final = "net1"
_FORWARDED: Final = "192.0.2.53"
"""What an upstream says, where a case tells only that it is asked."""
_LONG_LABEL: Final = "64-character label"
_KNOWN: Final = frozenset({"name1", "name1.net1"})
_TTL: Final = Differs("the TTL of a local answer is small, so that a restart is soon noticed")
_EVERY_TYPE: Final = Differs("a known name answers NODATA for every type that it has not")
_NO_SUCH_RECORD: Final = Differs("a name that no packet can carry never becomes a record")
_NEVER_BY_NDOTS: Final = Differs("what is forwarded never depends on an ndots option")


class _Asked(msgspec.Struct, frozen=True):
    """A reply, and how often any upstream was asked on the way."""

    reply: dns.message.Message
    queries: int

    @property
    def rcode(self) -> str:
        return dns.rcode.to_text(self.reply.rcode())


def answer(case: Case, _group: Case) -> Differs | None:
    """The reply to one question."""
    name, _, rtype = case["q"].rpartition(" ")
    if not case.get("expect", "forwarded").startswith("forwarded"):
        raise NotApplicable(f"nobody here tries whether it is so that: {case['expect']}")
    if not name or rtype not in dns.rdatatype.RdataType.__members__:
        raise NotApplicable(f"{case['q']!r} is not a name and a type")
    if "record" in case:
        _refuses_record(case["record"])
    asked = asyncio.run(_ask(name, rtype, case))
    if "expect" in case:
        return _forwarded(name, rtype, asked)
    rcode = case.get("rcode", "NOERROR")
    nothing = (rcode, case.get("answers")) == ("NOERROR", [])
    if case.get("ndots_option_present") and nothing and asked.queries:
        return _NEVER_BY_NDOTS
    same(asked.rcode, rcode, "the rcode")
    if "upstream_queries" in case:
        same(asked.queries, case["upstream_queries"], "how often upstreams are asked")
    if "record" in case:
        return _NO_SUCH_RECORD
    return _compared(asked.reply, case["answers"]) if "answers" in case else None


def _forwarded(name: str, rtype: str, asked: _Asked) -> Differs | None:
    if asked.queries:
        return None
    here = rtype == "ANY" or not asked.reply.answer
    if here and name.removesuffix(".") in _KNOWN and asked.rcode == "NOERROR":
        return _EVERY_TYPE
    raise Mismatch(f"{name} {rtype} is not forwarded: {asked.rcode}")


def _compared(reply: dns.message.Message, expected: list[str]) -> Differs | None:
    """Records are ``name TTL type rdata``, or the rdata alone."""
    found = sorted(" ".join(_record(rrset)) for rrset in reply.answer)
    whole = [record.split() for record in expected]
    if any(len(words) == 1 for words in whole):
        same(sorted(words.split()[-1] for words in found), sorted(expected), "the answer")
        return None
    same(found, sorted(" ".join([w[0], *w[2:]]) for w in whole), "the answer without TTLs")
    ttls = {str(rrset.ttl) for rrset in reply.answer}
    return _TTL if ttls - {words[1] for words in whole} else None


def _record(rrset: dns.rrset.RRset) -> list[str]:
    rdtype = dns.rdatatype.to_text(rrset.rdtype)
    return [rrset.name.to_text(), rdtype, rrset[0].to_text()]


def _refuses_record(record: str) -> None:
    """A name that no packet can carry must not get into the book."""
    if record != _LONG_LABEL:
        raise NotApplicable(f"nobody here knows the record {record!r}")
    try:
        check_domain_name("the name", "a" * 64)
    except InvalidArgumentError:
        return
    raise Mismatch("a label of 64 characters is taken for a name")


async def _ask(name: str, rtype: str, case: Case) -> _Asked:
    claimants = Claimants()
    if "upstream_queries" not in case:
        claimants.put("one", _NET, ["name1"], "192.168.0.1")
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(s) for s in _upstreams(name, rtype, case)]
        forwarder = Forwarder(LocalSockets())
        stack.push_async_callback(forwarder.aclose)
        texts = tuple(server.text for server in servers)
        internal = bool(case.get("internal_only_network"))
        own = any(text.startswith("--dns") for text in case.get("upstreams") or ())
        forwarder.set_host_servers(() if own else texts)
        resolver = Resolver(claimants.book, forwarder)
        stack.push_async_callback(resolver.aclose)
        sockets = loopback_sockets()
        view = View(
            sandbox="one",
            scopes=(NameScope(_NET, _NET),),
            servers=texts if own else (),
            internal=internal,
        )
        resolver.open("one", sockets, view)
        reply = await LoopbackClient(sockets.ports[0]).ask(name, rtype)
        return _Asked(reply, sum(len(server.asked) for server in servers))


def _upstreams(name: str, rtype: str, case: Case) -> list[FakeUpstream]:
    """A server for each that the case describes, or one where it says only that one is asked."""
    described, by_ndots = case.get("upstreams"), "ndots_option_present" in case
    if described is None:
        asked = by_ndots or "expect" in case
        return [FakeUpstream(f"{name} 60 A {_FORWARDED}")] if asked else []
    address = next((a for a in case.get("answers") or () if " " not in a), _FORWARDED)
    zone = f"{name} 60 {rtype} {address}" if rtype in ("A", "AAAA") else ""
    return [FakeUpstream(zone, conduct=_conduct(text)) for text in described]


def _conduct(description: str) -> Conduct:
    word = description.split()[-1] if description else ""
    if description.startswith("--dns") or word == "NOERROR":
        return Conduct()
    if word in ("timeout", "silent"):
        return Conduct(silent=True)
    try:
        return Conduct(rcode=dns.rcode.from_text(word))
    except dns.rcode.UnknownRcode:
        raise NotApplicable(f"nobody here knows the upstream {description!r}") from None
