"""Files in a sandbox: written in place, and left alone once a user has changed them."""

import os
from pathlib import Path

import pytest

from mooring.linux.edits import hash_path, was_edited, write_with_digest
from mooring.linux.files import write_in_place


@pytest.mark.parametrize("text", ["", "short\n", "longer than it was before, by far\n" * 200])
def test_a_file_gets_a_new_text_and_stays_the_same_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text("nameserver 10.0.0.1\n")
    with path.open() as bound:
        write_in_place(str(path), text)
        assert os.fstat(bound.fileno()).st_ino == path.stat().st_ino
        assert bound.read() == path.read_text() == text


def test_a_file_written_with_its_digest_is_unedited(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    write_with_digest(str(path), "nameserver 127.0.0.11\n")
    assert Path(hash_path(str(path))).read_text().startswith("sha256:")
    assert not was_edited(str(path))


def test_a_file_changed_since_is_edited(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    write_with_digest(str(path), "nameserver 127.0.0.11\n")
    path.write_bytes(b"nameserver 10.0.0.1 # \xff\n")
    assert was_edited(str(path))
    write_with_digest(str(path), "nameserver 127.0.0.11\n")
    assert not was_edited(str(path))


def test_a_file_without_digest_is_unedited_whatever_it_says(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    write_in_place(str(path), "nameserver 127.0.0.11\n")
    path.write_text("nameserver 10.0.0.1\n")
    assert not was_edited(str(path))
