"""Compiled answers are repeated as bytes, by turns where there are several, and within bounds."""

import tracemalloc
from collections import Counter
from collections.abc import Iterator

import dns.edns
import dns.flags
import dns.message
import dns.rdatatype
import pytest

from mooring.book.book import Book
from mooring.book.claim import Put, Record
from mooring.dns.compiled import REPLY_LIMIT, Budget
from mooring.model.view import NameScope, View
from mooring.testing.desk import Desk
from mooring.wire.constant import Type
from mooring.wire.name import from_text

SCOPES = tuple(NameScope(f"id-{name}", name) for name in ("app", "net", "lab"))
VIEW = View(sandbox="one", scopes=SCOPES[:2])


def query(name: str, rtype: str = "A", *, size: int = 0, flags: int = dns.flags.RD) -> bytes:
    message = dns.message.make_query(name, rtype, flags=flags)
    if size:
        message.use_edns(0, payload=size)
    return message.to_wire()


def address(number: int, name: str = "db", scope: str = SCOPES[0].scope) -> Put:
    rdata = number.to_bytes(4, "big")
    return Put(f"{name}-{number}", (Record(scope, from_text(name), Type.A, 10, rdata),))


@pytest.fixture
def book() -> Book:
    return Book()


# Repetition


def test_the_same_datagram_is_answered_without_reading_it(book: Book) -> None:
    book.apply([address(1)])
    desk = Desk(book, VIEW)
    for identity in (1, 2, 3):
        datagram = identity.to_bytes(2, "big") + query("db.app")[2:]
        assert desk.answer(datagram).id == identity
    assert (desk.counters.answered, desk.counters.hits) == (1, 2)


def test_another_spelling_is_answered_from_the_same_rendered_records(book: Book) -> None:
    book.apply([address(1)])
    desk = Desk(book, VIEW)
    spelled = [desk.answer(query(name)).answer[0].name.to_text() for name in ("db.app", "Db.APP")]
    assert spelled == ["db.app.", "Db.APP."]
    assert (desk.counters.answered, desk.counters.compiled) == (1, 1)


def test_every_form_of_a_question_gets_the_reply_for_that_form(book: Book) -> None:
    book.apply([address(1)])
    desk = Desk(book, VIEW)
    for _ in range(2):
        assert desk.answer(query("db")).edns == -1
        assert desk.answer(query("db", size=1400)).edns == 0
        assert not desk.answer(query("db", flags=0)).flags & dns.flags.RD
        assert desk.answer(query("db", flags=dns.flags.CD)).flags & dns.flags.CD
    assert (desk.counters.answered, desk.counters.compiled, desk.counters.hits) == (1, 3, 4)


def test_absence_is_compiled_like_presence(book: Book) -> None:
    book.apply([address(1)])
    desk = Desk(book, VIEW)
    for _ in range(2):
        assert desk.answer(query("db", "AAAA")).answer == []
    assert desk.counters.hits == 1


def test_only_answers_of_the_book_are_compiled(book: Book) -> None:
    desk = Desk(book, VIEW)
    for datagram in (query("example.com"), query("db", "AXFR"), b"garbage", query("db")[:-1]):
        desk.ask(datagram)
    assert len(desk.compiled.replies) == len(desk.compiled) == 0


def test_another_class_is_not_answered_from_class_in(book: Book) -> None:
    book.apply([address(1)])
    desk = Desk(book, VIEW)
    desk.ask(query("db"))
    chaos = dns.message.make_query("db", "A", rdclass="CH")
    assert desk.answer(chaos.to_wire()).rcode() == dns.rcode.REFUSED


# Rotation


@pytest.mark.parametrize("count", [2, 3, 8, 9, 20])
def test_every_record_comes_first_equally_often(book: Book, count: int) -> None:
    book.apply([address(number) for number in range(count)])
    desk = Desk(book, VIEW)
    firsts = Counter(
        desk.answer(query("db", size=1232)).answer[0][0].to_text() for _ in range(count * 10)
    )
    assert set(firsts.values()) == {10}
    assert len(firsts) == count
    assert desk.counters.hits == count * 10 - 1


def test_other_forms_and_later_versions_do_not_begin_with_the_same_record(book: Book) -> None:
    """Each client sends one query of a form of its own: the load is spread all the same."""
    book.apply([address(number) for number in range(4)])
    desk = Desk(book, VIEW)
    firsts = Counter(
        desk.answer(query("db", size=512 + form)).answer[0][0].to_text() for form in range(400)
    )
    assert set(firsts.values()) == {100}


def test_every_record_of_an_answer_too_long_for_its_client_arrives_at_some_time(
    book: Book,
) -> None:
    book.apply([address(number) for number in range(60)])
    desk = Desk(book, VIEW)
    seen = set()
    for _ in range(60):
        reply = desk.answer(query("db"))
        assert reply.flags & dns.flags.TC
        seen |= {rrset[0].to_text() for rrset in reply.answer}
    assert len(seen) == 60


# Bounds


def flood() -> Iterator[bytes]:
    """Ever new forms and types of one name."""
    number = 0
    while True:
        number += 1
        rtype = dns.rdatatype.RdataType.make(1 + number % 60000)
        message = dns.message.make_query("db", rtype)
        message.use_edns(0, payload=512 + number % 700)
        yield message.to_wire()


def test_a_flood_of_ever_new_datagrams_stays_within_its_budget(book: Book) -> None:
    book.apply([address(number) for number in range(3)])
    desk = Desk(book, VIEW, 200_000)
    for _, datagram in zip(range(3000), flood(), strict=False):
        desk.ask(datagram)
        assert desk.compiled.cost <= 200_000
    assert len(desk.compiled) < 250
    assert desk.compiled.cost > 100_000


def test_ever_new_forms_of_one_name_push_out_only_each_other(book: Book) -> None:
    book.apply([address(1), address(2, "web")])
    desk = Desk(book, VIEW)
    desk.ask(query("web"))
    for form in range(500):
        desk.ask(query("db", size=512 + form))
    assert len(desk.compiled.replies) < 20
    desk.ask(query("web"))
    assert desk.counters.hits == 1


def test_what_was_compiled_first_makes_room(book: Book) -> None:
    book.apply([address(n, f"host{n}") for n in range(100)])
    desk = Desk(book, VIEW, 50_000)
    for number in range(100):
        desk.ask(query(f"host{number}"))
    desk.ask(query("host99"))
    assert desk.counters.hits == 1
    desk.ask(query("host0"))
    assert desk.counters.answered == 101


def test_the_estimate_of_memory_is_not_far_off(book: Book) -> None:
    book.apply([address(n, f"host{n:04}") for n in range(2000)])
    desk = Desk(book, VIEW)
    asked = [query(f"host{n:04}.app") for n in range(2000)]
    tracemalloc.start()
    for datagram in asked:
        desk.ask(datagram)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken * 0.7 < desk.compiled.cost < taken * 1.5


def test_an_answer_out_of_all_proportion_is_given_and_not_kept(book: Book) -> None:
    book.apply([address(number) for number in range(2000)])
    desk = Desk(book, VIEW, 100_000)
    assert len(desk.answer(query("db", size=65000)).answer) == 2000
    assert len(desk.compiled) == 0


def test_a_reply_longer_than_its_place_in_a_batch_is_not_kept_as_bytes(book: Book) -> None:
    book.apply([address(number) for number in range(1000)])
    desk = Desk(book, VIEW)
    for _ in range(2):
        assert len(desk.answer(query("db", size=65000)).answer) == 1000
        assert desk.answer(query("db", size=1232)).flags & dns.flags.TC
    assert desk.counters.hits == 1
    assert all(
        len(next(form)) <= REPLY_LIMIT - 2
        for form in desk.compiled.replies.values()
        if not isinstance(form, bytes)
    )


def test_a_share_that_shrinks_is_enforced_little_by_little(book: Book) -> None:
    book.apply([address(n, f"host{n}") for n in range(300)])
    desk = Desk(book, VIEW, 1 << 20)
    for number in range(200):
        desk.ask(query(f"host{number}"))
    full, desk.budget.holders = desk.compiled.cost, 10
    costs = []
    for number in range(200, 300):
        desk.ask(query(f"host{number}"))
        costs.append(desk.compiled.cost)
    assert full > costs[0] > full - 50_000
    assert costs[-1] <= desk.budget.share


def test_a_share_shrinks_as_more_come(book: Book) -> None:
    budget = Budget(1000, 300)
    shares = []
    for budget.holders in range(5):
        shares.append(budget.share)
    assert shares == [1000, 1000, 500, 333, 300]
