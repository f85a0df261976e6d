"""Domain names as bytes: what they are made from, what they print as, and how they nest."""

import ipaddress

import dns.exception
import dns.name
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mooring.wire.name import (
    NAME_LIMIT,
    ROOT,
    NameSyntaxError,
    ancestors,
    from_text,
    is_below,
    labels_of,
    parent,
    reverse,
    to_text,
)

labels = st.lists(st.binary(min_size=1, max_size=63), max_size=8)
small_labels = st.lists(st.sampled_from([b"a", b"b", b"aa", b"\x01a", b"."]), max_size=5)


def wire(parts: list[bytes]) -> bytes:
    return b"".join(bytes([len(part)]) + part for part in parts) + ROOT


# From text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("db", b"\x02db\x00"),
        ("db.", b"\x02db\x00"),
        ("db.app", b"\x02db\x03app\x00"),
        ("", ROOT),
        (".", ROOT),
        ("DB.App", b"\x02db\x03app\x00"),
        ("_http._tcp", b"\x05_http\x04_tcp\x00"),
        ("*.app", b"\x01*\x03app\x00"),
        (r"a\.b.c", b"\x03a.b\x01c\x00"),
        (r"a\032b", b"\x03a b\x00"),
        (r"\065", b"\x01a\x00"),
        (r"a\\b", b"\x03a\\b\x00"),
        (r"a\.", b"\x02a.\x00"),
        (r"a\000.", b"\x02a\x00\x00"),
        ("bücher", b"\x07b\xc3\xbccher\x00"),
    ],
)
def test_text_becomes_a_folded_wire_name(text: str, name: bytes) -> None:
    assert from_text(text) == name


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("..", "empty label"),
        (".db", "empty label"),
        ("db..app", "empty label"),
        ("db..", "empty label"),
        (r"a\.b..c", "empty label"),
        ("a" * 64, "label of 64 octets"),
        ("é" * 32, "label of 64 octets"),
        (".".join(["a" * 63] * 4), "257 octets on the wire"),
        ("a\\", "ends in a backslash"),
        (r"a\256", "an escape that is not"),
        (r"a\12", "an escape that is not"),
        (r"a\1b2", "an escape that is not"),
        ("a\udc80", "UTF-8"),
    ],
)
def test_what_is_no_name_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(NameSyntaxError, match=why):
        from_text(text)


def test_the_longest_label_and_the_longest_name_are_taken() -> None:
    longest = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
    assert len(from_text(longest)) == NAME_LIMIT


@given(st.text(alphabet=st.sampled_from("aB1.\\0é "), max_size=12))
def test_text_is_read_as_dnspython_reads_it(text: str) -> None:
    try:
        theirs = dns.name.from_text(text.encode(), origin=dns.name.root).canonicalize().to_wire()
    except dns.exception.DNSException:
        with pytest.raises(NameSyntaxError):
            from_text(text)
    else:
        assert from_text(text) == theirs


@given(st.text())
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        name = from_text(text)
    except NameSyntaxError:
        return
    assert dns.name.from_wire(name, 0)[1] == len(name)


# To text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (ROOT, "."),
        (b"\x02db\x00", "db."),
        (b"\x03a.b\x01c\x00", r"a\.b.c."),
        (b"\x04a b\x00\x00", r"a\032b\000."),
        (b"\x02\xc3\xbc\x00", r"\195\188."),
    ],
)
def test_a_wire_name_prints_with_its_escapes(name: bytes, text: str) -> None:
    assert to_text(name) == text


@given(labels)
def test_any_name_prints_as_dnspython_prints_it_and_reads_back_folded(parts: list[bytes]) -> None:
    name = wire(parts)
    assume(len(name) <= NAME_LIMIT)
    assert to_text(name) == str(dns.name.from_wire(name, 0)[0])
    assert from_text(to_text(name)) == name.lower()


# How names nest


@given(labels)
def test_the_labels_of_a_name_are_those_it_was_made_of(parts: list[bytes]) -> None:
    assert labels_of(wire(parts)) == parts


def test_the_parent_lacks_the_leftmost_label_and_the_roots_is_the_root() -> None:
    assert parent(from_text("db.app")) == from_text("app")
    assert parent(from_text("app")) == ROOT
    assert parent(ROOT) == ROOT


def test_ancestors_go_from_the_name_to_the_root() -> None:
    assert ancestors(from_text("a.b")) == [from_text("a.b"), from_text("b"), ROOT]
    assert ancestors(ROOT) == [ROOT]


def test_a_name_is_below_itself_and_the_root() -> None:
    name = from_text("db.app")
    assert is_below(name, name)
    assert is_below(name, ROOT)
    assert is_below(ROOT, ROOT)
    assert not is_below(ROOT, name)


def test_the_end_of_a_label_is_not_a_name_above() -> None:
    assert not is_below(from_text("webapp"), from_text("app"))
    assert not is_below(b"\x05x\x03app\x00", from_text("app"))


@given(small_labels, small_labels)
def test_below_means_that_the_apex_is_an_ancestor(parts: list[bytes], apex: list[bytes]) -> None:
    assert is_below(wire(parts), wire(apex)) == (wire(apex) in ancestors(wire(parts)))


# Reverse names


@given(st.ip_addresses())
def test_the_reverse_name_of_an_address_is_the_one_of_the_rfcs(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    assert to_text(reverse(address.packed)) == address.reverse_pointer + "."
