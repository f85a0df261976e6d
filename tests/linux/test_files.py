"""Files that a sandbox has bind-mounted, and may edit."""

import os
from pathlib import Path

import pytest

from mooring.linux.files import merge, write_in_place, write_keeping_edits
from mooring.model.error import MachineError


def test_a_file_written_in_place_is_the_same_file_and_has_nothing_of_the_old_text(
    tmp_path: Path,
) -> None:
    path = tmp_path / "hosts"
    write_in_place(str(path), "a much longer text\n" * 100)
    inode = path.stat().st_ino
    write_in_place(str(path), "short\n")
    assert path.read_text() == "short\n"
    assert path.stat().st_ino == inode


def test_what_users_added_and_removed_stays_so_when_our_lines_change(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    write_keeping_edits(str(path), "127.0.0.1 localhost\n::1 localhost\n10.0.0.2 db\n")
    path.write_text("127.0.0.1 localhost\n10.0.0.2 db\n192.0.2.7 theirs\n")
    write_keeping_edits(str(path), "127.0.0.1 localhost\n::1 localhost\n10.1.0.2 db\n")
    assert path.read_text() == "127.0.0.1 localhost\n192.0.2.7 theirs\n10.1.0.2 db\n"
    write_keeping_edits(str(path), "127.0.0.1 localhost\n::1 localhost\n")
    assert path.read_text() == "127.0.0.1 localhost\n192.0.2.7 theirs\n"


def test_a_file_nobody_edited_says_just_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    for text in ("nameserver 192.0.2.1\n", "search b a\nnameserver 192.0.2.2\n", "# none\n"):
        write_keeping_edits(str(path), text)
        assert path.read_text() == text


def test_bytes_that_are_no_text_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    write_keeping_edits(str(path), "192.0.2.1 b\u00fccher\n")
    path.write_bytes(path.read_bytes() + b"192.0.2.2 \xff\n")
    write_keeping_edits(str(path), "192.0.2.1 b\u00fccher\n192.0.2.3 c\n")
    assert path.read_bytes() == b"192.0.2.1 b\xc3\xbccher\n192.0.2.2 \xff\n192.0.2.3 c\n"


def test_a_file_that_a_program_filled_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    write_keeping_edits(str(path), "127.0.0.1 localhost\n")
    os.truncate(path, 1 << 24)
    with pytest.raises(MachineError, match="hosts has more than 1048576 octets"):
        write_keeping_edits(str(path), "127.0.0.1 localhost\n10.0.0.2 db\n")


@pytest.mark.parametrize(
    ("written", "actual", "text", "merged"),
    [
        ("a\nb\n", "a\nb\n", "a\nc\n", "a\nc\n"),
        ("a\nb\n", "b\na\nx\n", "a\nb\nc\n", "b\na\nx\nc\n"),
        ("a\n", "", "a\nb\n", "b\n"),
        ("", "x\n", "a\n", "x\na\n"),
        ("a\n", "x\n", "a\n", "x\n"),
        ("2.2.2.2 a\n", "# mine\n2.2.2.2 a b\n2.2.2.2 a\n", "", "# mine\n2.2.2.2 a b\n"),
    ],
)
def test_merging_line_by_line(written: str, actual: str, text: str, merged: str) -> None:
    assert merge(written, actual, text) == merged


def test_a_file_that_is_to_follow_until_it_is_edited_does_so(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    write_keeping_edits(str(path), "one\n", unless_edited=True)
    write_keeping_edits(str(path), "two\n", unless_edited=True)
    assert path.read_text() == "two\n"
    path.write_text("two\nmine\n")
    write_keeping_edits(str(path), "three\n", unless_edited=True)
    assert path.read_text() == "two\nmine\n"
    write_keeping_edits(str(path), "three\n")
    assert path.read_text() == "mine\nthree\n"
