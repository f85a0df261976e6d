"""Which names the C library asks for, and what a resolv.conf comes to."""

import pytest

from mooring.dns.lookups.search_list import habits, names_asked
from mooring.linux.resolv_conf import parse

LIST = ("a.example", "b.example.")


@pytest.mark.parametrize(
    ("name", "search", "ndots", "asked"),
    [
        ("db", (), 0, "db."),
        ("db", LIST, 0, "db. db.a.example. db.b.example."),
        ("db", LIST, 1, "db.a.example. db.b.example. db."),
        ("www.example", LIST, 1, "www.example. www.example.a.example. www.example.b.example."),
        ("www.example", LIST, 5, "www.example.a.example. www.example.b.example. www.example."),
        ("www.example.", LIST, 5, "www.example."),
        ("db", (".",), 1, "db."),
        ("db", ("a", "a"), 1, "db.a. db."),
    ],
)
def test_names_are_asked_for_in_the_order_of_ndots(
    name: str, search: tuple[str, ...], ndots: int, asked: str
) -> None:
    assert " ".join(names_asked(name, search, ndots)) == asked


def test_defaults_are_those_of_glibc() -> None:
    found = habits(parse(""), "box.corp.example")
    assert found.servers == ("127.0.0.1",)
    assert found.search == ("corp.example",)
    assert (found.ndots, found.timeout, found.attempts) == (1, 5, 2)


def test_what_the_file_says_counts_up_to_glibc_s_limits() -> None:
    text = "nameserver 127.0.0.11\nsearch x.example\noptions ndots:0 timeout:99 attempts:x ndots:99"
    found = habits(parse(text), "box.corp.example")
    assert found.servers == ("127.0.0.11",)
    assert found.search == ("x.example",)
    assert (found.ndots, found.timeout, found.attempts) == (15, 30, 2)
