"""Compiled answers: repeated as bytes, never once the book says otherwise, never without bound.

A ``Desk`` answers datagrams as a listener does, without a socket.
"""

import random
from collections import Counter
from collections.abc import Iterator

import dns.edns
import dns.flags
import dns.message
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.book.book import Book
from mooring.book.claim import Put, Record, Step, Withdraw
from mooring.dns.admission import admit
from mooring.dns.chain import Chain, Waiting
from mooring.dns.compiled import REPLY_LIMIT, Budget, Compiled
from mooring.dns.counters import Counters
from mooring.dns.dependents import Dependents
from mooring.dns.names import Names
from mooring.dns.query import Answer, Handler, Query, Transport
from mooring.dns.responder import Responder
from mooring.dns.soa import soa_rdata
from mooring.dns.upstream import Forward
from mooring.model.view import NameScope, View
from mooring.testing.scripted_upstreams import ScriptedUpstreams
from mooring.wire.constant import CLASS_IN, Type
from mooring.wire.name import from_text, parent
from mooring.wire.question import Question, parse
from mooring.wire.reply import finish, udp_limit
from mooring.wire.rotation import Rotation

SCOPES = tuple(NameScope(f"id-{name}", name) for name in ("app", "net", "lab"))
VIEW = View(sandbox="one", scopes=SCOPES[:2])
CLIENT = ("127.0.0.1", 5353)
LARGE = 16 << 20


class Desk:
    """A responder with compiled answers over one book, asked as a UDP listener asks it."""

    def __init__(self, book: Book, budget: int = LARGE, view: View = VIEW) -> None:
        self.counters = Counters()
        self.dependents = Dependents()
        book.subscribe(self.dependents.update)
        self.compiled = Compiled(self.dependents, Budget(budget, 0))
        handlers: tuple[Handler, ...] = (admit, Names(book), Forward(ScriptedUpstreams()))
        chain = Chain(handlers, self.counters)
        self.responder = Responder(view, self.compiled, chain, self.counters)

    def ask(self, datagram: bytes) -> bytes | Waiting | None:
        form = self.compiled.replies.get(datagram[2:])
        if form is None:
            return self.responder.respond(datagram, CLIENT, Transport.UDP)
        self.counters.hits += 1
        return datagram[:2] + (form if isinstance(form, bytes) else next(form))

    def answer(self, datagram: bytes) -> dns.message.Message:
        reply = self.ask(datagram)
        assert isinstance(reply, bytes)
        return dns.message.from_wire(reply, one_rr_per_rrset=True)


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
    desk = Desk(book)
    for identity in (1, 2, 3):
        datagram = identity.to_bytes(2, "big") + query("db.app")[2:]
        assert desk.answer(datagram).id == identity
    assert (desk.counters.answered, desk.counters.hits) == (1, 2)


def test_another_spelling_is_answered_from_the_same_rendered_records(book: Book) -> None:
    book.apply([address(1)])
    desk = Desk(book)
    spelled = [desk.answer(query(name)).answer[0].name.to_text() for name in ("db.app", "Db.APP")]
    assert spelled == ["db.app.", "Db.APP."]
    assert (desk.counters.answered, desk.counters.compiled) == (1, 1)


def test_every_form_of_a_question_gets_the_reply_for_that_form(book: Book) -> None:
    book.apply([address(1)])
    desk = Desk(book)
    for _ in range(2):
        assert desk.answer(query("db")).edns == -1
        assert desk.answer(query("db", size=1400)).edns == 0
        assert not desk.answer(query("db", flags=0)).flags & dns.flags.RD
        assert desk.answer(query("db", flags=dns.flags.CD)).flags & dns.flags.CD
    assert (desk.counters.answered, desk.counters.compiled, desk.counters.hits) == (1, 3, 4)


def test_absence_is_compiled_like_presence(book: Book) -> None:
    book.apply([address(1)])
    desk = Desk(book)
    for _ in range(2):
        assert desk.answer(query("db", "AAAA")).answer == []
    assert desk.counters.hits == 1


def test_only_answers_of_the_book_are_compiled(book: Book) -> None:
    desk = Desk(book)
    for datagram in (query("example.com"), query("db", "AXFR"), b"garbage", query("db")[:-1]):
        desk.ask(datagram)
    assert len(desk.compiled.replies) == len(desk.compiled) == 0


def test_another_class_is_not_answered_from_class_in(book: Book) -> None:
    book.apply([address(1)])
    desk = Desk(book)
    desk.ask(query("db"))
    chaos = dns.message.make_query("db", "A", rdclass="CH")
    assert desk.answer(chaos.to_wire()).rcode() == dns.rcode.REFUSED


# Rotation


@pytest.mark.parametrize("count", [2, 3, 8, 9, 20])
def test_every_record_comes_first_equally_often(book: Book, count: int) -> None:
    book.apply([address(number) for number in range(count)])
    desk = Desk(book)
    firsts = Counter(
        desk.answer(query("db", size=1232)).answer[0][0].to_text() for _ in range(count * 10)
    )
    assert set(firsts.values()) == {10}
    assert len(firsts) == count
    assert desk.counters.hits == count * 10 - 1


def test_other_forms_and_later_versions_do_not_begin_with_the_same_record(book: Book) -> None:
    """Each client sends one query of a form of its own: the load is spread all the same."""
    book.apply([address(number) for number in range(4)])
    desk = Desk(book)
    firsts = Counter(
        desk.answer(query("db", size=512 + form)).answer[0][0].to_text() for form in range(400)
    )
    assert set(firsts.values()) == {100}


def test_every_record_of_an_answer_too_long_for_its_client_arrives_at_some_time(
    book: Book,
) -> None:
    book.apply([address(number) for number in range(60)])
    desk = Desk(book)
    seen = set()
    for _ in range(60):
        reply = desk.answer(query("db"))
        assert reply.flags & dns.flags.TC
        seen |= {rrset[0].to_text() for rrset in reply.answer}
    assert len(seen) == 60


# Truth


def test_an_answer_is_gone_when_apply_returns(book: Book) -> None:
    book.apply([address(1)])
    desk = Desk(book)
    assert desk.answer(query("db.app")).answer
    book.apply([Withdraw("db-1")])
    assert isinstance(desk.ask(query("db.app")), Waiting)
    book.apply([address(2)])
    assert desk.answer(query("db.app")).answer[0][0].to_text() == "0.0.0.2"


def test_a_name_that_appears_on_an_earlier_network_takes_over(book: Book) -> None:
    book.apply([address(1, scope=SCOPES[1].scope)])
    desk = Desk(book)
    assert desk.answer(query("db")).answer[0][0].to_text() == "0.0.0.1"
    book.apply([address(2, scope=SCOPES[0].scope)])
    assert desk.answer(query("db")).answer[0][0].to_text() == "0.0.0.2"


def test_a_zone_that_comes_and_goes_takes_what_is_below_it_along(book: Book) -> None:
    scope, apex = SCOPES[0].scope, from_text("lab")
    desk = Desk(book)
    book.apply([address(1, "web.lab")])
    assert desk.answer(query("web.lab", "AAAA")).authority[0].name.to_text() == "web.lab."
    book.apply([Put("zone", (Record(scope, apex, Type.SOA, 5, soa_rdata(apex, 5)),))])
    assert desk.answer(query("web.lab", "AAAA")).authority[0].name.to_text() == "lab."
    assert desk.answer(query("nobody.lab")).rcode() == dns.rcode.NXDOMAIN
    book.apply([Withdraw("zone")])
    assert isinstance(desk.ask(query("nobody.lab")), Waiting)


def test_a_change_drops_nothing_but_what_it_concerns(book: Book) -> None:
    book.apply([address(n, f"host{n}") for n in range(10)])
    desk = Desk(book)
    for _ in range(2):
        for number in range(10):
            desk.ask(query(f"host{number}"))
    book.apply([Withdraw("host3-3")])
    before = desk.counters.hits
    for number in set(range(10)) - {3}:
        desk.ask(query(f"host{number}"))
    assert desk.counters.hits == before + 9


NAMES = ("db", "web", "a.b", "b", "x.lab", "db.app", "3.2.10.in-addr.arpa", "10.in-addr.arpa")
APEXES = ("lab", "in-addr.arpa", "2.10.in-addr.arpa", "app")
TYPES = (Type.A, Type.AAAA, Type.PTR, Type.TXT, Type.CNAME, Type.SOA, Type.ANY)
QUESTIONS = (
    *NAMES,
    *(f"{name}.{suffix}" for name in NAMES[:5] for suffix in ("app", "NET", "lab")),
    *(f"nobody.{apex}" for apex in APEXES),
    *APEXES,
    "localhost",
    "example.com",
)


def batches(chance: random.Random) -> list[Step]:
    """Some claimants come, change or go: addresses, aliases, reverse names, zones."""
    steps: list[Step] = []
    for _ in range(chance.randint(1, 3)):
        claimant = f"c{chance.randrange(12)}"
        if chance.random() < 0.4:
            steps.append(Withdraw(claimant))
            continue
        records = []
        for _ in range(chance.randint(1, 4)):
            scope = chance.choice(SCOPES).scope
            name, rtype = from_text(chance.choice(NAMES)), chance.choice(TYPES[:5])
            rdata = bytes([chance.randrange(3)] * 4)
            if rtype in (Type.CNAME, Type.PTR):
                rdata = from_text(chance.choice(NAMES))
            if chance.random() < 0.15:
                name, rtype = from_text(chance.choice(APEXES)), Type.SOA
                rdata = soa_rdata(name, chance.randint(1, 3))
            records.append(Record(scope, name, rtype, chance.randint(1, 3), rdata))
        steps.append(Put(claimant, tuple(records)))
    return steps


def datagrams(chance: random.Random) -> bytes:
    """A question in one of a few forms, so that some repeat; with an id of its own."""
    name = from_text(chance.choice(QUESTIONS))
    if chance.random() < 0.2:
        name = bytes(o ^ 0x20 if 0x61 <= o <= 0x7A and chance.random() < 0.5 else o for o in name)
    flags = chance.choice((0x0100, 0x0100, 0x0110, 0x0000))
    opt = chance.choice((b"", b"", b"\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00\x00"))
    return (
        chance.randbytes(2)
        + flags.to_bytes(2, "big")
        + bytes([0, 1, 0, 0, 0, 0, 0, 1 if opt else 0])
        + name
        + chance.choice(TYPES).to_bytes(2, "big")
        + CLASS_IN.to_bytes(2, "big")
        + opt
    )


def true_replies(names: Names, question: Question) -> set[bytes]:
    """Every reply that an evaluation from nothing allows, one for each turn; none: ask upstream."""
    outcome = names(Query(VIEW, question, CLIENT, Transport.UDP))
    if not isinstance(outcome, Answer):
        return set()
    rotation = Rotation(outcome.reply)
    turns = range(rotation.turns)
    return {finish(rotation.reply(turn), question, udp_limit(question)) for turn in turns}


@pytest.mark.parametrize(
    ("seed", "budget"), [(1, LARGE), (2, LARGE), (3, 40_000), (4, 12_000)], ids=str
)
def test_of_10000_questions_among_changes_none_is_answered_untruly(
    book: Book, seed: int, budget: int
) -> None:
    chance = random.Random(seed)
    desk, names = Desk(book, budget), Names(book)
    asked: list[bytes] = []
    for _ in range(250):
        book.apply(batches(chance))
        for _ in range(10):
            again = asked and chance.random() < 0.5
            datagram = chance.choice(asked) if again else datagrams(chance)
            asked = [*asked, datagram][-8:]
            question = parse(datagram)
            assert isinstance(question, Question)
            reply = desk.ask(datagram)
            if isinstance(reply, Waiting):
                assert not true_replies(names, question)
            else:
                assert reply in true_replies(names, question)
    assert min(desk.counters.hits, desk.counters.compiled, desk.counters.answered) > 20


@given(st.randoms(use_true_random=False))
def test_nothing_is_left_of_answers_that_were_dropped(chance: random.Random) -> None:
    book = Book()
    desk = Desk(book, chance.choice((LARGE, 20_000)))
    for _ in range(20):
        book.apply(batches(chance))
        for _ in range(5):
            desk.ask(datagrams(chance))
    book.apply([Withdraw(claimant) for claimant in tuple(book.claimants())])
    desk.compiled.clear()
    assert (desk.compiled.replies, len(desk.compiled), desk.compiled.cost) == ({}, 0, 0)
    assert len(desk.dependents) == 0


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
    desk = Desk(book, 200_000)
    for _, datagram in zip(range(3000), flood(), strict=False):
        desk.ask(datagram)
        assert desk.compiled.cost <= 200_000
    assert len(desk.compiled) < 250
    assert desk.compiled.cost > 100_000


def test_ever_new_forms_of_one_name_push_out_only_each_other(book: Book) -> None:
    book.apply([address(1), address(2, "web")])
    desk = Desk(book)
    desk.ask(query("web"))
    for form in range(500):
        desk.ask(query("db", size=512 + form))
    assert len(desk.compiled.replies) < 20
    desk.ask(query("web"))
    assert desk.counters.hits == 1


def test_what_was_compiled_first_makes_room(book: Book) -> None:
    book.apply([address(n, f"host{n}") for n in range(100)])
    desk = Desk(book, 50_000)
    for number in range(100):
        desk.ask(query(f"host{number}"))
    desk.ask(query("host99"))
    assert desk.counters.hits == 1
    desk.ask(query("host0"))
    assert desk.counters.answered == 101


def test_the_estimate_of_memory_is_not_far_off(book: Book) -> None:
    import tracemalloc

    book.apply([address(n, f"host{n:04}") for n in range(2000)])
    desk = Desk(book)
    asked = [query(f"host{n:04}.app") for n in range(2000)]
    tracemalloc.start()
    for datagram in asked:
        desk.ask(datagram)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken * 0.7 < desk.compiled.cost < taken * 1.5


def test_an_answer_out_of_all_proportion_is_given_and_not_kept(book: Book) -> None:
    book.apply([address(number) for number in range(2000)])
    desk = Desk(book, 100_000)
    assert len(desk.answer(query("db", size=65000)).answer) == 2000
    assert len(desk.compiled) == 0


def test_a_reply_longer_than_its_place_in_a_batch_is_not_kept_as_bytes(book: Book) -> None:
    book.apply([address(number) for number in range(1000)])
    desk = Desk(book)
    for _ in range(2):
        assert len(desk.answer(query("db", size=65000)).answer) == 1000
        assert desk.answer(query("db", size=1232)).flags & dns.flags.TC
    assert desk.counters.hits == 1
    assert all(
        len(next(form)) <= REPLY_LIMIT - 2
        for form in desk.compiled.replies.values()
        if not isinstance(form, bytes)
    )


def test_a_share_shrinks_as_more_come(book: Book) -> None:
    budget = Budget(1000, 300)
    shares = []
    for budget.holders in range(5):
        shares.append(budget.share)
    assert shares == [1000, 1000, 500, 333, 300]


def test_dependents_are_found_below_an_apex_and_nowhere_else() -> None:
    class Noted:
        def __init__(self, name: bytes) -> None:
            self.depends = (("s", name), ("s", parent(name)))
            self.dropped = 0

        def drop(self) -> None:
            self.dropped += 1
            dependents.remove(self) if self.dropped == 1 else None

    book, dependents = Book(), Dependents()
    book.subscribe(dependents.update)
    noted = {text: Noted(from_text(text)) for text in ("a.lab", "b.a.lab", "xlab.net", "c.net")}
    for one in noted.values():
        dependents.add(one)
    apex = from_text("lab")
    book.apply([Put("z", (Record("s", apex, Type.SOA, 5, soa_rdata(apex, 5)),))])
    assert [text for text, one in noted.items() if one.dropped] == ["a.lab", "b.a.lab"]
    assert len(dependents) == 3
