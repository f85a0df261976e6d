"""The log of a run: all of it, in order, and never more than its share of the disk."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mooring.linux.run_log import LogReader, LogWriter
from mooring.linux.syscall import MNT_DETACH, umount2

LIMIT = 1000


def put(log: LogWriter, data: bytes) -> None:
    os.write(log.sink, data)
    log.pump()


def everything(reader: LogReader) -> bytes:
    return b"".join(iter(reader.read, b""))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], check=True)
    yield disk
    umount2(str(disk), MNT_DETACH)


def test_what_is_written_can_be_read_as_it_comes(tmp_path: Path) -> None:
    with closing(LogWriter(str(tmp_path))) as log, closing(LogReader(str(tmp_path))) as reader:
        assert reader.read() == b""
        put(log, b"one\n")
        assert reader.read() == b"one\n"
        assert reader.read() == b""
        put(log, b"\xff\x00two")
        assert reader.read() == b"\xff\x00two"


def test_there_is_nothing_to_read_before_there_is_a_log(tmp_path: Path) -> None:
    with closing(LogReader(str(tmp_path / "nowhere"))) as reader:
        assert reader.read() == b""


def test_the_newest_output_is_kept_when_there_is_too_much(tmp_path: Path) -> None:
    written = b"".join(b"%09d\n" % number for number in range(1000))
    with closing(LogWriter(str(tmp_path), LIMIT)) as log:
        for start in range(0, len(written), 70):
            put(log, written[start : start + 70])
        assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == {
            "output.log": LIMIT,
            "output.log.1": LIMIT,
        }
    with closing(LogReader(str(tmp_path))) as reader:
        assert everything(reader) == written[-2 * LIMIT :]


def test_a_reader_that_follows_misses_nothing_of_a_rotation(tmp_path: Path) -> None:
    written = b"".join(b"%09d\n" % number for number in range(1000))
    with (
        closing(LogWriter(str(tmp_path), LIMIT)) as log,
        closing(LogReader(str(tmp_path))) as reader,
    ):
        read = b""
        for start in range(0, len(written), 330):
            put(log, written[start : start + 330])
            read += everything(reader)
    assert read == written


def test_a_reader_that_falls_behind_goes_on_with_the_oldest_there_is(tmp_path: Path) -> None:
    with (
        closing(LogWriter(str(tmp_path), LIMIT)) as log,
        closing(LogReader(str(tmp_path))) as reader,
    ):
        put(log, b"a" * LIMIT)
        assert reader.read(10) == b"a" * 10
        for letter in (b"b", b"c", b"d"):
            put(log, letter * LIMIT)
        assert everything(reader) == b"a" * (LIMIT - 10) + b"c" * LIMIT + b"d" * LIMIT


def test_a_log_goes_on_where_an_earlier_one_ended(tmp_path: Path) -> None:
    for text in (b"a" * 600, b"b" * 600):
        with closing(LogWriter(str(tmp_path), LIMIT)) as log:
            put(log, text)
    assert (tmp_path / "output.log.1").read_bytes() == b"a" * 600 + b"b" * 400
    assert (tmp_path / "output.log").read_bytes() == b"b" * 200


def test_the_end_of_the_output_does_not_wait_for_who_still_holds_the_pipe(tmp_path: Path) -> None:
    with closing(LogWriter(str(tmp_path))) as log:
        os.write(log.sink, b"before the end\n")
        log.drain()
        log.drain()
        assert (tmp_path / "output.log").read_bytes() == b"before the end\n"


def test_nobody_left_to_write_is_noticed(tmp_path: Path) -> None:
    with closing(LogWriter(str(tmp_path))) as log:
        assert log.pump()
        log.started()
        assert not log.pump()


def test_a_full_disk_loses_output_and_the_log_says_how_much(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(40_000))
    with closing(LogWriter(str(small_disk))) as log:
        for _ in range(10):
            put(log, b"x" * 4096)
        kept = (small_disk / "output.log").stat().st_size
        ballast.unlink()
        put(log, b"room again\n")
    lost = 10 * 4096 - kept
    assert lost > 0
    assert (small_disk / "output.log").read_bytes() == (
        b"x" * kept + b"[mooring: %d bytes of output could not be kept]\n" % lost + b"room again\n"
    )
    assert (small_disk / "output.log").stat().st_mode & 0o777 == 0o600
