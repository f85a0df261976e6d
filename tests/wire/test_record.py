"""Records: rendered behind a question, and skipped."""

import dns.message
import dns.name
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.wire.constant import Type
from mooring.wire.name import ROOT, from_text, to_text
from mooring.wire.record import RecordSyntaxError, compress, render, skip_name, skip_record

labels = st.binary(min_size=1, max_size=9).filter(lambda label: label == label.lower())
names = st.lists(labels, max_size=6).map(
    lambda parts: b"".join(bytes([len(part)]) + part for part in parts) + ROOT
)


def read_back(question_name: bytes, compressed: bytes) -> bytes:
    """What dnspython takes a compressed name for that stands behind a question."""
    message = bytes(12) + question_name + b"\x00\x01\x00\x01" + compressed
    name, _length = dns.name.from_wire(message, 12 + len(question_name) + 4)
    return bytes(name.to_wire() or b"")


def test_the_questions_own_name_is_two_octets() -> None:
    assert compress(from_text("db.app"), from_text("db.app")) == b"\xc0\x0c"
    assert compress(b"\x02DB\x00", b"\x02db\x00") == b"\xc0\x0c"


def test_a_name_above_the_question_points_into_it() -> None:
    assert compress(from_text("app"), from_text("db.app")) == b"\xc0\x0f"


def test_a_name_beside_the_question_shares_its_end() -> None:
    assert compress(from_text("web.app"), from_text("db.app")) == b"\x03web\xc0\x0f"


def test_a_name_with_nothing_in_common_is_written_out() -> None:
    assert compress(from_text("db.net"), from_text("db.app")) == from_text("db.net")
    assert compress(ROOT, from_text("db.app")) == ROOT
    assert compress(ROOT, ROOT) == ROOT


@given(names, names, names)
def test_a_compressed_name_reads_as_the_name_it_was(head: bytes, end: bytes, other: bytes) -> None:
    name, question = (head[:-1] + end), (other[:-1] + end)
    assert read_back(question, compress(name, question)).lower() == name


def test_a_ttl_beyond_31_bits_is_brought_down_and_a_negative_one_up() -> None:
    name = from_text("db")
    assert render(name, Type.A, 1 << 40, [b"1234"], name)[0][6:10] == b"\x7f\xff\xff\xff"
    assert render(name, Type.A, -5, [b"1234"], name)[0][6:10] == bytes(4)


def test_records_are_what_dnspython_says_they_are() -> None:
    name = from_text("db.app")
    records = render(name, Type.A, 10, [bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])], name)
    message = dns.message.from_wire(
        bytes.fromhex("000080000001000200000000") + name + b"\x00\x01\x00\x01" + b"".join(records)
    )
    assert message.answer == [
        dns.rrset.from_text(to_text(name), 10, "IN", "A", "10.0.0.1", "10.0.0.2")
    ]


@given(names, names, st.lists(st.binary(max_size=20), min_size=1, max_size=4))
def test_what_is_rendered_can_be_skipped(
    owner: bytes, question: bytes, rdatas: list[bytes]
) -> None:
    rendered = render(owner, 65280, 5, rdatas, question)
    body = b"".join(rendered)
    at = 0
    for record in rendered:
        at = skip_record(body, at)
        assert body[:at].endswith(record)
    assert at == len(body)


@given(st.binary(max_size=60), st.integers(0, 70))
def test_any_bytes_are_skipped_or_refused(message: bytes, at: int) -> None:
    for skip in (skip_name, skip_record):
        try:
            end = skip(message, at)
        except RecordSyntaxError:
            continue
        assert at < end <= len(message)


@pytest.mark.parametrize("octet", [0x40, 0x80, 0xBF])
def test_label_types_that_nobody_uses_are_refused(octet: int) -> None:
    with pytest.raises(RecordSyntaxError, match="RFC 6891"):
        skip_name(bytes([octet]) + bytes(100), 0)
