"""What is remembered of answers: for how long, for whom, and what goes when room is short."""

import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.dns.forwarding.cache import AnswerCache, CacheKey
from mooring.dns.forwarding.forwarder import Forwarder
from mooring.model.view import View
from mooring.testing.clock import Clock
from mooring.testing.question import answers, make_question, read_reply
from mooring.testing.upstream import FakeUpstream
from mooring.wire.relay import Relayed
from mooring.wire.reply import Reply

ZONE = """
example.         60 SOA   ns.example. root.example. 1 2 3 4 30
www.example.     60 CNAME web.example.
web.example.     50 A     192.0.2.1
once.example.    0  A     192.0.2.3
bare.            60 TXT   alone
"""
WEB = make_question("web.example")


def key(name: bytes, rtype: int = 1) -> CacheKey:
    return 1, name, rtype, 1, 0


def entry(lifetime: int = 100, size: int = 100, *, whole_name: bool = False) -> Relayed:
    return Relayed(Reply(0, 1, body=b"x" * size), (), lifetime, whole_name)


# As clients see it


async def test_an_answer_is_repeated_with_less_time_left(
    timeless: Forwarder, view: View, clock: Clock
) -> None:
    async with FakeUpstream(ZONE) as upstream:
        timeless.set_host_servers((upstream.text,))
        question = make_question("www.example")
        await timeless.ask(view, question)
        for passed, expected in ((0.9, [60, 50]), (30.4, [30, 20]), (49.9, [11, 1])):
            clock.now = 1000.5 + passed
            reply = read_reply(await timeless.ask(view, question), question)
            assert [rrset.ttl for rrset in reply.answer] == expected
        assert upstream.count("www.example.") == 1
        clock.now = 1000.5 + 50
        await timeless.ask(view, question)
        assert upstream.count("www.example.") == 2


async def test_a_hit_needs_no_waiting(timeless: Forwarder, view: View) -> None:
    async with FakeUpstream(ZONE) as upstream:
        timeless.set_host_servers((upstream.text,))
        assert timeless.find(view, WEB) is None
        asked = await timeless.ask(view, WEB)
        assert timeless.find(view, WEB) == asked
        assert timeless.counters.hits == 1


async def test_a_hit_is_independent_of_spelling(timeless: Forwarder, view: View) -> None:
    async with FakeUpstream(ZONE) as upstream:
        timeless.set_host_servers((upstream.text,))
        await timeless.ask(view, make_question("WEB.example"))
        assert timeless.find(view, WEB) is not None


async def test_a_name_that_does_not_exist_has_no_other_type_either(
    timeless: Forwarder, view: View, clock: Clock
) -> None:
    async with FakeUpstream(ZONE) as upstream:
        timeless.set_host_servers((upstream.text,))
        await timeless.ask(view, make_question("gone.example", "A"))
        for rtype in ("AAAA", "TXT", "A"):
            question = make_question("gone.example", rtype)
            reply = read_reply(await timeless.ask(view, question), question)
            assert reply.rcode() == dns.rcode.NXDOMAIN
        assert upstream.count("gone.example.") == 1
        clock.advance(30)
        await timeless.ask(view, make_question("gone.example", "A"))
        assert upstream.count("gone.example.") == 2, "the SOA's minimum is over"


async def test_a_missing_type_says_nothing_of_other_types(timeless: Forwarder, view: View) -> None:
    async with FakeUpstream(ZONE) as upstream:
        timeless.set_host_servers((upstream.text,))
        await timeless.ask(view, make_question("web.example", "AAAA"))
        assert timeless.find(view, make_question("web.example", "AAAA")) is not None
        assert timeless.find(view, make_question("web.example", "A")) is None
        assert answers(await timeless.ask(view, WEB), WEB) == ["192.0.2.1"]


@pytest.mark.parametrize(("name", "rtype"), [("once.example", "A"), ("bare", "A")])
async def test_neither_a_ttl_of_zero_nor_a_denial_without_soa_is_kept(
    timeless: Forwarder, view: View, name: str, rtype: str
) -> None:
    async with FakeUpstream(ZONE) as upstream:
        timeless.set_host_servers((upstream.text,))
        for _ in range(2):
            await timeless.ask(view, make_question(name, rtype))
        assert upstream.count(f"{name}.") == 2
        assert timeless.cached_answers == 0


async def test_dnssec_and_checking_have_answers_of_their_own(
    timeless: Forwarder, view: View
) -> None:
    async with FakeUpstream(ZONE) as upstream:
        timeless.set_host_servers((upstream.text,))
        await timeless.ask(view, WEB)
        assert timeless.find(view, make_question("web.example", dnssec_ok=True)) is None
        assert timeless.find(view, make_question("web.example", checking_disabled=True)) is None


# The room it takes


def test_octets_are_bounded() -> None:
    cache = AnswerCache(100_000)
    for number in range(1000):
        cache.put(key(str(number).encode()), entry(), 0)
        assert cache.octets <= 100_000
    assert 50 < len(cache) < 100


def test_an_answer_out_of_all_proportion_is_not_kept() -> None:
    cache = AnswerCache(100_000)
    cache.put(key(b"a"), entry(size=65_000), 0)
    assert (len(cache), cache.octets) == (0, 0)


def test_a_flood_of_names_asked_once_drives_out_none_asked_twice() -> None:
    cache = AnswerCache(100_000)
    cache.put(key(b"dear"), entry(), 0)
    assert cache.find(key(b"dear"), 1)
    for number in range(1000):
        cache.put(key(str(number).encode()), entry(), 1)
    assert cache.find(key(b"dear"), 2)


def test_of_names_asked_twice_the_least_recently_asked_goes() -> None:
    cache = AnswerCache(100_000)
    names = [str(number).encode() for number in range(200)]
    for name in names:
        cache.put(key(name), entry(), 0)
        cache.find(key(name), 0)
        cache.find(key(names[0]), 0)
    assert cache.find(key(names[0]), 0)
    assert cache.find(key(names[-1]), 0)
    assert not cache.find(key(names[1]), 0)


def test_a_new_answer_replaces_the_old() -> None:
    cache = AnswerCache(100_000)
    cache.put(key(b"a"), entry(size=10), 0)
    cache.put(key(b"a"), entry(size=20), 0)
    found = cache.find(key(b"a"), 0)
    assert found is not None
    assert len(found[0].body) == 20
    assert len(cache) == 1


def test_an_answer_that_is_not_to_be_kept_drops_the_old() -> None:
    cache = AnswerCache(100_000)
    cache.put(key(b"a"), entry(), 0)
    cache.put(key(b"a"), entry(lifetime=0), 0)
    assert (len(cache), cache.octets) == (0, 0)


def test_an_old_answer_is_dropped_when_it_is_found() -> None:
    cache = AnswerCache(100_000)
    cache.put(key(b"a"), entry(lifetime=5), 0)
    assert cache.find(key(b"a"), 5) is None
    assert (len(cache), cache.octets) == (0, 0)


NAMES = st.sampled_from([b"a", b"b", b"c", b"d", b"e"])
STEPS = st.lists(
    st.tuples(NAMES, st.integers(0, 3), st.integers(0, 3000), st.booleans(), st.booleans())
)


@given(STEPS)
def test_what_is_found_was_put_last_and_the_octets_add_up(
    steps: list[tuple[bytes, int, int, bool, bool]],
) -> None:
    cache = AnswerCache(20_000)
    put: dict[CacheKey, tuple[int, int]] = {}
    for now, (name, lifetime, size, whole_name, is_put) in enumerate(steps):
        if is_put:
            cache.put(key(name), entry(lifetime, size, whole_name=whole_name), now)
            put[key(name)] = (size, now + lifetime)
        found = cache.find(key(name), now)
        if found is not None:
            size, expires = put[key(name)]
            assert len(found[0].body) == size
            assert found[1] == expires - now > 0
        assert 0 <= cache.octets <= 20_000
    for name in (b"a", b"b", b"c", b"d", b"e"):
        assert cache.find(key(name), 10**9) is None
    assert (len(cache), cache.octets) == (0, 0)
