"""Compiled answers are true: none is repeated once the book says otherwise."""

import random

import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.book.book import Book
from mooring.book.claim import Put, Record, Step, Withdraw
from mooring.dns.chain import Waiting
from mooring.dns.dependents import Dependents
from mooring.dns.names import Names
from mooring.dns.query import Answer, Query, Transport
from mooring.dns.soa import soa_rdata
from mooring.model.view import NameScope, View
from mooring.testing.desk import CLIENT, Desk
from mooring.wire.constant import CLASS_IN, Type
from mooring.wire.name import from_text, parent
from mooring.wire.question import Question, parse
from mooring.wire.reply import finish, udp_limit
from mooring.wire.rotation import Rotation

SCOPES = tuple(NameScope(f"id-{name}", name) for name in ("app", "net", "lab"))
VIEW = View(sandbox="one", scopes=SCOPES[:2])
LARGE = 16 << 20


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


def test_an_answer_is_gone_when_apply_returns(book: Book) -> None:
    book.apply([address(1)])
    desk = Desk(book, VIEW)
    assert desk.answer(query("db.app")).answer
    book.apply([Withdraw("db-1")])
    assert isinstance(desk.ask(query("db.app")), Waiting)
    book.apply([address(2)])
    assert desk.answer(query("db.app")).answer[0][0].to_text() == "0.0.0.2"


def test_a_name_that_appears_on_an_earlier_network_takes_over(book: Book) -> None:
    book.apply([address(1, scope=SCOPES[1].scope)])
    desk = Desk(book, VIEW)
    assert desk.answer(query("db")).answer[0][0].to_text() == "0.0.0.1"
    book.apply([address(2, scope=SCOPES[0].scope)])
    assert desk.answer(query("db")).answer[0][0].to_text() == "0.0.0.2"


def test_a_zone_that_comes_and_goes_takes_what_is_below_it_along(book: Book) -> None:
    scope, apex = SCOPES[0].scope, from_text("lab")
    desk = Desk(book, VIEW)
    book.apply([address(1, "web.lab")])
    assert desk.answer(query("web.lab", "AAAA")).authority[0].name.to_text() == "web.lab."
    book.apply([Put("zone", (Record(scope, apex, Type.SOA, 5, soa_rdata(apex, 5)),))])
    assert desk.answer(query("web.lab", "AAAA")).authority[0].name.to_text() == "lab."
    assert desk.answer(query("nobody.lab")).rcode() == dns.rcode.NXDOMAIN
    book.apply([Withdraw("zone")])
    assert isinstance(desk.ask(query("nobody.lab")), Waiting)


def test_a_change_drops_nothing_but_what_it_concerns(book: Book) -> None:
    book.apply([address(n, f"host{n}") for n in range(10)])
    desk = Desk(book, VIEW)
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
    desk, names = Desk(book, VIEW, budget), Names(book)
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
    desk = Desk(book, VIEW, chance.choice((LARGE, 20_000)))
    for _ in range(20):
        book.apply(batches(chance))
        for _ in range(5):
            desk.ask(datagrams(chance))
    book.apply([Withdraw(claimant) for claimant in tuple(book.claimants())])
    while desk.compiled.shed(7):
        pass
    assert (desk.compiled.replies, len(desk.compiled), desk.compiled.cost) == ({}, 0, 0)
    assert len(desk.dependents) == 0


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
