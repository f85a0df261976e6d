"""The law of the book: it is the sum of the live claims, whatever came before.

Two judges: a fresh book that is told the final claims only, and ``expected``, which reads the
definition of each answer off the list of claims without any of the book's structures.
"""

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mooring.book.book import Book, Delta
from mooring.book.claim import Put, Record, Step, Withdraw
from mooring.book.lookup import NOT_OURS, Answer, Lookup, NoData, NxDomain, RRset
from mooring.wire.constant import Type
from mooring.wire.name import ancestors, from_text, is_below

SCOPES = ("left", "right")
NAMES = tuple(
    from_text(text) for text in (".", "a", "b", "a.a", "b.a", "a.a.a", "b.a.a", "a.b.a", "aa.a")
)
TYPES = (Type.A, Type.AAAA, Type.CNAME, Type.SOA)
CLAIMANTS = ("one", "two", "three", "four", "five")

records = st.builds(
    Record,
    scope=st.sampled_from(SCOPES),
    name=st.sampled_from(NAMES),
    type=st.sampled_from(TYPES),
    ttl=st.integers(0, 2),
    rdata=st.binary(min_size=1, max_size=1),
)
crowded = st.builds(
    Record,
    scope=st.just("left"),
    name=st.sampled_from(NAMES[1:3]),
    type=st.sampled_from((Type.A, Type.SOA)),
    ttl=st.integers(0, 2),
    rdata=st.sampled_from([b"1", b"2", b"3"]),
)


def steps(record: st.SearchStrategy[Record]) -> st.SearchStrategy[Step]:
    claimant = st.sampled_from(CLAIMANTS)
    put = st.builds(Put, claimant=claimant, records=st.lists(record, max_size=6).map(tuple))
    return put | put | st.builds(Withdraw, claimant=claimant)


histories = st.lists(
    st.lists(steps(records), min_size=1, max_size=4) | st.lists(steps(crowded), max_size=4),
    max_size=12,
)


def live(history: list[list[Step]]) -> dict[str, tuple[Record, ...]]:
    """What each claimant claims in the end."""
    claims: dict[str, tuple[Record, ...]] = {}
    for batch in history:
        for step in batch:
            claims.pop(step.claimant, None)
            if isinstance(step, Put) and step.records:
                claims[step.claimant] = step.records
    return claims


def expected(claims: set[Record], scope: str, name: bytes, rtype: int) -> Lookup:
    """The look-up by its definition."""
    seen = [each for each in claims if each.scope == scope]

    def rrset(owner: bytes, wanted: int) -> RRset | None:
        found = [each for each in seen if each.name == owner and each.type == wanted]
        if not found:
            return None
        rdatas = tuple(sorted({each.rdata for each in found}))
        return RRset(owner, wanted, min(each.ttl for each in found), rdatas)

    answer = rrset(name, rtype) or rrset(name, Type.CNAME)
    if answer:
        return Answer(answer)
    zones = [rrset(apex, Type.SOA) for apex in ancestors(name)]
    soa = next((zone for zone in zones if zone), None)
    if any(each.name == name for each in seen):
        return NoData(soa)
    if soa is None:
        return NOT_OURS
    return NoData(soa) if any(is_below(each.name, name) for each in seen) else NxDomain(soa)


Said = dict[tuple[str, bytes, int], Lookup]


def all_that(book: Book) -> Said:
    return {asked: book.lookup(*asked) for asked in product(SCOPES, NAMES, TYPES)}


def names_with_records(book: Book) -> set[tuple[str, bytes]]:
    return {(scope, name) for scope in SCOPES for name in book.names(scope)}


@pytest.fixture(params=[2, 8], ids=["crowds from three claims", "crowds from nine claims"])
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small crowds, so that short histories make and unmake them."""
    monkeypatch.setattr("mooring.book.held.FEW", request.param)


same_few_for_every_example = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@same_few_for_every_example
@given(history=histories)
def test_any_history_says_what_its_live_claims_add_up_to(
    few: None, history: list[list[Step]]
) -> None:
    book = Book()
    for batch in history:
        book.apply(batch)
    claims = live(history)
    records = {record for each in claims.values() for record in each}
    said = all_that(book)
    assert said == {asked: expected(records, *asked) for asked in said}


@same_few_for_every_example
@given(history=histories)
def test_any_history_leaves_the_book_a_fresh_one_would_be(
    few: None, history: list[list[Step]]
) -> None:
    book, fresh = Book(), Book()
    for batch in history:
        book.apply(batch)
    claims = live(history)
    fresh.apply([Put(claimant, records) for claimant, records in claims.items()])
    assert all_that(book) == all_that(fresh)
    assert len(book) == len(fresh)
    assert set(book.claimants()) == set(fresh.claimants()) == set(claims)
    for claimant in CLAIMANTS:
        assert book.claims(claimant) == fresh.claims(claimant)
    for scope in SCOPES:
        assert set(book.names(scope)) == set(fresh.names(scope))
        for name in NAMES:
            assert book.holders(scope, name) == fresh.holders(scope, name)


@same_few_for_every_example
@given(history=histories)
def test_a_delta_names_every_answer_that_changed_and_nothing_else(
    few: None, history: list[list[Step]]
) -> None:
    book = Book()
    told: list[Delta] = []
    book.subscribe(told.append)
    before = all_that(book)
    for batch in history:
        version, had_records = book.version, names_with_records(book)
        delta = book.apply(batch)
        after = all_that(book)
        changed = {
            (scope, name)
            for scope, name, rtype in after
            if before[scope, name, rtype] != after[scope, name, rtype]
        }
        for scope, name in changed - delta.names:
            assert any(zone == scope and is_below(name, apex) for zone, apex in delta.zones)
        assert not (delta.names - changed) & (had_records | names_with_records(book))
        if changed:
            assert delta.version == book.version == version + 1
            assert told.pop() == delta
        else:
            assert delta == Delta(version, frozenset(), frozenset())
            assert book.version == version
        assert not told
        before = after


@same_few_for_every_example
@given(history=histories)
def test_withdrawing_every_claimant_leaves_nothing(few: None, history: list[list[Step]]) -> None:
    book = Book()
    for batch in history:
        book.apply(batch)
    book.apply([Withdraw(claimant) for claimant in CLAIMANTS])
    assert len(book) == 0
    assert list(book.claimants()) == []
    assert set(all_that(book).values()) == {NOT_OURS}
