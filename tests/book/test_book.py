"""What the book says, feature by feature."""

from itertools import permutations

import pytest

from mooring.book.book import Book, Delta
from mooring.book.claim import Put, Record, Withdraw
from mooring.book.lookup import NOT_OURS, Answer, NoData, NxDomain, RRset
from mooring.wire.constant import Type
from mooring.wire.name import ROOT, from_text

SCOPE = "1f2e3d4c5b6a"
SOA = b"the rdata of an SOA record"
FIRST, SECOND, THIRD = (bytes([172, 18, 0, host]) for host in (2, 3, 4))


def record(
    name: str, rdata: bytes = FIRST, *, rtype: int = Type.A, ttl: int = 5, scope: str = SCOPE
) -> Record:
    return Record(scope, from_text(name), rtype, ttl, rdata)


def soa(apex: str, rdata: bytes = SOA) -> Record:
    return record(apex, rdata, rtype=Type.SOA)


def book_of(*records: Record) -> Book:
    """A book with one claimant for each record."""
    book = Book()
    book.apply([Put(f"claimant {number}", (each,)) for number, each in enumerate(records)])
    return book


def names_of(delta: Delta) -> set[str]:
    return {name.decode("latin1")[1:].replace("\x00", "") for _, name in delta.names}


# What a look-up says


def test_a_claimed_record_is_answered() -> None:
    book = book_of(record("db"))
    assert book.lookup(SCOPE, from_text("db"), Type.A) == Answer(
        RRset(from_text("db"), Type.A, 5, (FIRST,))
    )


def test_another_type_of_a_claimed_name_is_no_data_and_without_a_zone_has_no_soa() -> None:
    book = book_of(record("db"))
    assert book.lookup(SCOPE, from_text("db"), Type.AAAA) == NoData(None)


def test_no_data_in_a_zone_carries_its_soa() -> None:
    book = book_of(soa("zone"), record("db.zone"))
    said = book.lookup(SCOPE, from_text("db.zone"), Type.AAAA)
    assert said == NoData(RRset(from_text("zone"), Type.SOA, 5, (SOA,)))


def test_an_unknown_name_in_a_zone_does_not_exist() -> None:
    book = book_of(soa("zone"), record("db.zone"))
    said = book.lookup(SCOPE, from_text("web.zone"), Type.A)
    assert said == NxDomain(RRset(from_text("zone"), Type.SOA, 5, (SOA,)))


def test_an_unknown_name_outside_every_zone_is_not_ours() -> None:
    book = book_of(soa("zone"), record("db.zone"))
    assert book.lookup(SCOPE, from_text("example.com"), Type.A) is NOT_OURS
    assert book.lookup(SCOPE, from_text("azone"), Type.A) is NOT_OURS


def test_an_unknown_scope_is_not_ours() -> None:
    assert book_of(record("db")).lookup("another", from_text("db"), Type.A) is NOT_OURS


def test_a_scope_does_not_see_the_names_of_another() -> None:
    book = book_of(record("db", FIRST, scope="left"), record("db", SECOND, scope="right"))
    left = book.lookup("left", from_text("db"), Type.A)
    assert left == Answer(RRset(from_text("db"), Type.A, 5, (FIRST,)))


def test_the_innermost_zone_answers_for_its_names() -> None:
    book = book_of(soa("zone", b"outer"), soa("sub.zone", b"inner"))
    said = book.lookup(SCOPE, from_text("x.sub.zone"), Type.A)
    assert said == NxDomain(RRset(from_text("sub.zone"), Type.SOA, 5, (b"inner",)))


def test_a_zone_at_the_root_owns_every_name() -> None:
    book = book_of(soa("."))
    said = book.lookup(SCOPE, from_text("example.com"), Type.A)
    assert said == NxDomain(RRset(ROOT, Type.SOA, 5, (SOA,)))
    assert isinstance(book.lookup(SCOPE, ROOT, Type.A), NoData)


def test_a_cname_stands_in_for_every_type_but_those_that_are_there() -> None:
    book = book_of(
        record("www", from_text("web"), rtype=Type.CNAME), record("www", b"\x01x", rtype=Type.TXT)
    )
    alias = Answer(RRset(from_text("www"), Type.CNAME, 5, (from_text("web"),)))
    assert book.lookup(SCOPE, from_text("www"), Type.A) == alias
    assert book.lookup(SCOPE, from_text("www"), Type.CNAME) == alias
    assert book.lookup(SCOPE, from_text("www"), Type.TXT) == Answer(
        RRset(from_text("www"), Type.TXT, 5, (b"\x01x",))
    )


# Empty non-terminals (RFC 8020)


def test_a_name_with_others_below_it_exists_within_a_zone() -> None:
    book = book_of(soa("zone"), record("a.b.c.zone"))
    for name in ("b.c.zone", "c.zone"):
        assert isinstance(book.lookup(SCOPE, from_text(name), Type.A), NoData)
    assert isinstance(book.lookup(SCOPE, from_text("x.c.zone"), Type.A), NxDomain)
    assert isinstance(book.lookup(SCOPE, from_text("x.a.b.c.zone"), Type.A), NxDomain)


def test_a_name_with_others_below_it_is_nobodys_outside_a_zone() -> None:
    book = book_of(record("db.app"))
    assert book.lookup(SCOPE, from_text("app"), Type.A) is NOT_OURS


def test_an_empty_non_terminal_lasts_until_the_last_name_below_it_goes() -> None:
    book = book_of(soa("zone"), record("a.c.zone"), record("b.c.zone"))
    name = from_text("c.zone")
    assert (SCOPE, name) not in book.apply([Withdraw("claimant 1")]).names
    assert isinstance(book.lookup(SCOPE, name, Type.A), NoData)
    assert (SCOPE, name) in book.apply([Withdraw("claimant 2")]).names
    assert isinstance(book.lookup(SCOPE, name, Type.A), NxDomain)


def test_two_records_at_one_name_count_once_for_the_names_above_it() -> None:
    book = book_of(soa("zone"), record("a.c.zone", FIRST), record("a.c.zone", SECOND))
    book.apply([Withdraw("claimant 1")])
    assert isinstance(book.lookup(SCOPE, from_text("c.zone"), Type.A), NoData)
    book.apply([Withdraw("claimant 2")])
    assert isinstance(book.lookup(SCOPE, from_text("c.zone"), Type.A), NxDomain)


# What several claims add up to


def test_records_of_one_type_are_one_rrset_in_a_fixed_order() -> None:
    said = {
        book_of(*order).lookup(SCOPE, from_text("web"), Type.A)
        for order in permutations(record("web", rdata) for rdata in (THIRD, FIRST, SECOND))
    }
    assert said == {Answer(RRset(from_text("web"), Type.A, 5, (FIRST, SECOND, THIRD)))}


def test_the_lowest_ttl_of_the_claims_is_the_rrsets() -> None:
    book = book_of(record("web", FIRST, ttl=60), record("web", SECOND, ttl=7))
    said = book.lookup(SCOPE, from_text("web"), Type.A)
    assert said == Answer(RRset(from_text("web"), Type.A, 7, (FIRST, SECOND)))
    book.apply([Withdraw("claimant 1")])
    said = book.lookup(SCOPE, from_text("web"), Type.A)
    assert said == Answer(RRset(from_text("web"), Type.A, 60, (FIRST,)))


def test_one_record_of_two_claimants_is_answered_once_and_goes_with_the_last() -> None:
    book = book_of(record("web"), record("web"))
    once = Answer(RRset(from_text("web"), Type.A, 5, (FIRST,)))
    assert book.lookup(SCOPE, from_text("web"), Type.A) == once
    assert not book.apply([Withdraw("claimant 0")]).names
    assert book.lookup(SCOPE, from_text("web"), Type.A) == once
    assert book.apply([Withdraw("claimant 1")]).names
    assert book.lookup(SCOPE, from_text("web"), Type.A) is NOT_OURS


def test_a_record_put_twice_by_one_claimant_is_one_claim() -> None:
    book = Book()
    book.apply([Put("db", (record("db"), record("db")))])
    assert len(book.holders(SCOPE, from_text("db"))) == 1


# Claimants


def test_a_put_replaces_all_that_the_claimant_claimed() -> None:
    book = Book()
    book.apply([Put("db", (record("db"), record("postgres")))])
    delta = book.apply([Put("db", (record("db"), record("mysql")))])
    assert names_of(delta) == {"postgres", "mysql"}
    assert book.lookup(SCOPE, from_text("postgres"), Type.A) is NOT_OURS


def test_a_put_of_nothing_is_a_withdrawal() -> None:
    book = book_of(record("db"))
    book.apply([Put("claimant 0", ())])
    assert list(book.claimants()) == []
    assert len(book) == 0


def test_withdrawing_a_stranger_changes_nothing() -> None:
    book = book_of(record("db"))
    assert book.apply([Withdraw("nobody")]) == Delta(1, frozenset(), frozenset())


def test_of_two_steps_of_one_claimant_in_a_batch_the_later_counts() -> None:
    book = Book()
    book.apply([Put("db", (record("db"),)), Withdraw("db"), Put("db", (record("web"),))])
    assert [*book.names(SCOPE)] == [from_text("web")]


def test_holders_tell_who_claims_a_name() -> None:
    book = book_of(record("web", SECOND), record("web", FIRST), record("db"))
    held = [(claim.claimant, claim.record.rdata) for claim in book.holders(SCOPE, from_text("web"))]
    assert held == [("claimant 0", SECOND), ("claimant 1", FIRST)]
    assert book.holders(SCOPE, from_text("nothing")) == ()
    assert book.holders("another", from_text("web")) == ()


def test_claims_tell_what_a_claimant_claims() -> None:
    book = Book()
    book.apply([Put("db", (record("postgres"), record("db")))])
    assert [claim.record for claim in book.claims("db")] == [record("db"), record("postgres")]
    assert book.claims("nobody") == ()


def test_names_and_length_count_names_and_not_records() -> None:
    book = book_of(record("web", FIRST), record("web", SECOND), record("web", scope="another"))
    assert [*book.names(SCOPE)] == [from_text("web")]
    assert [*book.names("none")] == []
    assert len(book) == 2


# Deltas and versions


def test_a_delta_names_what_changed_and_the_new_version() -> None:
    book = book_of(record("db"))
    delta = book.apply([Put("web", (record("web"),))])
    assert delta == Delta(2, frozenset({(SCOPE, from_text("web"))}), frozenset())
    assert book.version == 2


def test_the_same_again_keeps_the_version_and_tells_nobody() -> None:
    book = book_of(record("db"))
    told: list[Delta] = []
    book.subscribe(told.append)
    delta = book.apply([Put("claimant 0", (record("db"),))])
    assert delta == Delta(1, frozenset(), frozenset())
    assert told == []


def test_a_claim_that_changes_no_answer_keeps_the_version() -> None:
    book = book_of(record("web", ttl=5))
    assert book.apply([Put("another", (record("web", ttl=60),))]).version == 1
    assert len(book.holders(SCOPE, from_text("web"))) == 2


def test_a_record_handed_from_one_claimant_to_another_in_one_batch_changes_nothing() -> None:
    book = book_of(soa("zone"), record("a.b.zone"))
    delta = book.apply([Withdraw("claimant 1"), Put("heir", (record("a.b.zone"),))])
    assert delta == Delta(1, frozenset(), frozenset())
    assert [claim.claimant for claim in book.holders(SCOPE, from_text("a.b.zone"))] == ["heir"]


def test_a_name_that_turns_from_a_record_into_an_empty_non_terminal_changed() -> None:
    book = book_of(soa("zone"), record("b.zone"))
    delta = book.apply([Withdraw("claimant 1"), Put("heir", (record("a.b.zone"),))])
    assert delta.names == {(SCOPE, from_text("b.zone")), (SCOPE, from_text("a.b.zone"))}
    assert isinstance(book.lookup(SCOPE, from_text("b.zone"), Type.A), NoData)


def test_a_zone_that_comes_goes_or_changes_is_named_by_its_apex() -> None:
    book = book_of(record("db.zone"))
    apex = (SCOPE, from_text("zone"))
    assert book.apply([Put("zone", (soa("zone"),))]).zones == {apex}
    assert book.apply([Put("zone", (soa("zone", b"new serial"),))]).zones == {apex}
    assert book.apply([Put("zone", (soa("zone", b"new serial"), record("zone")))]).zones == set()
    assert book.apply([Withdraw("zone")]).zones == {apex}
    assert book.lookup(SCOPE, from_text("x.zone"), Type.A) is NOT_OURS


def test_one_of_two_claims_of_a_zone_keeps_the_zone() -> None:
    book = book_of(soa("zone"), soa("zone"))
    assert book.apply([Withdraw("claimant 0")]).zones == set()
    assert isinstance(book.lookup(SCOPE, from_text("x.zone"), Type.A), NxDomain)


# Subscribers


def test_subscribers_are_told_in_order_before_apply_returns_and_can_read_the_new_book() -> None:
    book = Book()
    told: list[tuple[str, int, bool]] = []

    def tell(who: str) -> None:
        book.subscribe(
            lambda delta: told.append(
                (who, delta.version, isinstance(book.lookup(SCOPE, from_text("db"), 1), Answer))
            )
        )

    tell("first")
    tell("second")
    book.apply([Put("db", (record("db"),))])
    assert told == [("first", 1, True), ("second", 1, True)]


def test_an_ended_subscription_is_told_nothing_and_ends_no_other() -> None:
    book = Book()
    told: list[Delta] = []
    end = book.subscribe(told.append)
    book.subscribe(told.append)
    end()
    end()
    book.apply([Put("db", (record("db"),))])
    assert len(told) == 1


def test_a_subscriber_may_end_itself_while_it_is_told() -> None:
    book = Book()
    told: list[str] = []

    def once(delta: Delta) -> None:
        told.append("once")
        end()

    end = book.subscribe(once)
    book.subscribe(lambda delta: told.append("always"))
    book.apply([Put("db", (record("db"),))])
    book.apply([Withdraw("db")])
    assert told == ["once", "always", "always"]


# A name with many claims


@pytest.mark.parametrize("count", [8, 9, 100])
def test_a_crowded_name_answers_like_any_other(count: int) -> None:
    rdatas = [bytes([10, 0, host // 256, host % 256]) for host in range(count)]
    book = book_of(*(record("web", rdata, ttl=100 + number) for number, rdata in enumerate(rdatas)))
    assert book.lookup(SCOPE, from_text("web"), Type.A) == Answer(
        RRset(from_text("web"), Type.A, 100, tuple(rdatas))
    )
    assert book.lookup(SCOPE, from_text("web"), Type.AAAA) == NoData(None)
    for number in range(count - 1):
        book.apply([Withdraw(f"claimant {number}")])
        assert book.lookup(SCOPE, from_text("web"), Type.A) == Answer(
            RRset(from_text("web"), Type.A, 101 + number, tuple(rdatas[number + 1 :]))
        )
    book.apply([Withdraw(f"claimant {count - 1}")])
    assert book.lookup(SCOPE, from_text("web"), Type.A) is NOT_OURS
