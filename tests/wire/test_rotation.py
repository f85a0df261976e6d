"""Rotation: every record of an answer comes first in its turn."""

from hypothesis import given
from hypothesis import strategies as st

from mooring.wire.constant import Rcode, Type
from mooring.wire.name import from_text
from mooring.wire.record import render
from mooring.wire.reply import Reply, compose
from mooring.wire.rotation import Rotation

NAME = from_text("db.app")
TARGET = from_text("web.app")


def addresses(count: int, owner: bytes = NAME) -> list[bytes]:
    return render(owner, Type.A, 10, [bytes([10, 0, 0, n]) for n in range(count)], NAME)


@given(st.integers(1, 20))
def test_each_record_is_first_once_in_as_many_turns(count: int) -> None:
    records = addresses(count)
    rotation = Rotation(compose(Rcode.NOERROR, records))
    assert rotation.turns == count
    for turn in range(2 * count):
        shift = turn % count
        expected = b"".join(records[shift:] + records[:shift])
        assert rotation.reply(turn) == Reply(Rcode.NOERROR, answers=count, body=expected)


def test_an_alias_stays_before_what_it_leads_to() -> None:
    alias = render(NAME, Type.CNAME, 10, [TARGET], NAME)
    records = addresses(2, TARGET)
    rotation = Rotation(compose(Rcode.NOERROR, alias + records))
    assert rotation.turns == 2
    assert rotation.reply(1).body == b"".join([*alias, records[1], records[0]])


def test_what_follows_the_answer_stays_where_it_is() -> None:
    records, rest = addresses(2), render(TARGET, Type.A, 10, [b"abcd"] * 3, NAME)
    rotation = Rotation(compose(Rcode.NOERROR, records, additionals=rest))
    assert rotation.turns == 2
    assert rotation.reply(1).body == b"".join([records[1], records[0], *rest])
    assert rotation.reply(1).additionals == 3


def test_a_reply_without_an_answer_has_one_turn() -> None:
    soa = render(NAME, Type.SOA, 10, [bytes(22)], NAME)
    rotation = Rotation(compose(Rcode.NXDOMAIN, authorities=soa))
    assert rotation.turns == 1
    assert rotation.reply(7) == compose(Rcode.NXDOMAIN, authorities=soa)
