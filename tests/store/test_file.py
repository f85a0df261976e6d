"""The file of a store: whose it is, which version, and what becomes of a damaged one."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mooring.model.error import ConflictError, MachineError
from mooring.store.damage import set_aside
from mooring.store.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store that was used and closed."""
    path = tmp_path / "mooring.db"
    store = SqliteStore(path)
    store.write({f"network/{number}": b"x" * 500 for number in range(100)})
    store.close()
    return path


def execute(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def damaged(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.glob("mooring.db.damaged-*"))


def test_a_store_is_readable_by_its_owner_only(path: Path) -> None:
    store = SqliteStore(path)
    store.write({"run/1": b"SECRET=1"})
    modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    store.close()
    assert "mooring.db-wal" in modes
    assert set(modes.values()) == {0o600}


def test_missing_directories_are_made(tmp_path: Path) -> None:
    path = tmp_path / "var" / "lib" / "mooring.db"
    SqliteStore(path).close()
    assert path.exists()


def test_a_second_process_is_refused_with_the_file_and_the_first_ones_number(path: Path) -> None:
    store = SqliteStore(path)
    program = (
        "import sys; from pathlib import Path; from mooring.store.sqlite import SqliteStore\n"
        "try: SqliteStore(Path(sys.argv[1]))\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    ).stdout
    store.close()
    assert said.startswith(f"ConflictError the store {path} is in use by process {os.getpid()}")


def test_a_second_store_in_the_same_process_is_refused_until_the_first_is_closed(
    path: Path,
) -> None:
    store = SqliteStore(path)
    with pytest.raises(ConflictError, match="in use"):
        SqliteStore(path)
    store.write({"network/x": b"still ours"})
    store.close()
    store = SqliteStore(path)
    assert store.get("network/x") == b"still ours"
    store.close()


def test_a_person_may_read_the_file_while_the_store_is_open(path: Path) -> None:
    store = SqliteStore(path)
    store.write({"network/x": b"new"})
    reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    ((count,),) = reader.execute("SELECT count(*) FROM item").fetchall()
    reader.close()
    store.close()
    assert count == 101


def test_a_newer_store_is_refused_and_left_as_it_is(path: Path) -> None:
    execute(path, "PRAGMA user_version = 7")
    before = path.read_bytes()
    with pytest.raises(ConflictError, match=r"newer Mooring \(format 7; this one reads 1\)"):
        SqliteStore(path)
    assert path.read_bytes() == before
    assert damaged(path) == []


def test_an_older_store_is_refused_and_left_as_it_is(path: Path) -> None:
    execute(path, "PRAGMA user_version = 0")
    with pytest.raises(ConflictError, match=r"older Mooring \(format 0"):
        SqliteStore(path)


def test_a_refused_store_can_be_opened_once_the_reason_is_gone(path: Path) -> None:
    execute(path, "PRAGMA user_version = 7")
    with pytest.raises(ConflictError):
        SqliteStore(path)
    execute(path, "PRAGMA user_version = 1")
    SqliteStore(path).close()


def test_another_programs_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mooring.db"
    execute(path, "CREATE TABLE theirs (value)")
    with pytest.raises(ConflictError, match="of another program"):
        SqliteStore(path)
    assert damaged(path) == []


def test_an_empty_file_is_a_new_store(tmp_path: Path) -> None:
    path = tmp_path / "mooring.db"
    path.touch()
    store = SqliteStore(path)
    store.close()
    assert store.notice == ""


@pytest.mark.parametrize(
    "break_it",
    [
        pytest.param(lambda content: b"not a database" * 100, id="overwritten"),
        pytest.param(lambda content: content[: len(content) // 2 + 100], id="cut short"),
        pytest.param(lambda content: content[:4096] + b"\xff" * (len(content) - 4096), id="pages"),
        pytest.param(lambda content: content[:100] + b"\xee" * 3996 + content[4096:], id="schema"),
    ],
)
def test_a_damaged_file_is_set_aside_and_an_empty_store_opened(
    path: Path, break_it: Callable[[bytes], bytes]
) -> None:
    content = break_it(path.read_bytes())
    path.write_bytes(content)
    store = SqliteStore(path)
    assert list(store.list("")) == []
    store.write({"network/1": b"again"})
    store.close()
    (aside,) = damaged(path)
    assert (path.parent / aside).read_bytes() == content
    assert str(path) in store.notice
    assert aside in store.notice


def test_a_new_store_reads_nothing_of_the_log_a_damaged_one_left(path: Path) -> None:
    store = SqliteStore(path)
    store.write({"network/1": b"in the log only"})
    left = path.with_name("left")
    left.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(path.with_name(path.name + suffix), left)
    store.close()
    content = (left / path.name).read_bytes()
    (left / path.name).write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    store = SqliteStore(left / path.name)
    assert "damaged" in store.notice
    assert list(store.list("")) == []
    store.close()
    store = SqliteStore(left / path.name)
    assert (store.notice, list(store.list(""))) == ("", [])
    store.close()


def test_what_stands_beside_a_damaged_file_goes_with_it(tmp_path: Path) -> None:
    path = tmp_path / "mooring.db"
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).write_text(suffix)
    aside = set_aside(path)
    kept = {each.name: each.read_text() for each in tmp_path.iterdir()}
    assert kept == {aside.name + suffix: suffix for suffix in ("", "-wal", "-shm")}


def test_two_damages_in_one_second_keep_both_files(path: Path) -> None:
    for number in (1, 2):
        path.write_bytes(b"broken %d" % number * 100)
        SqliteStore(path).close()
    assert len(damaged(path)) == 2


def test_a_damage_keeps_a_second_daemon_out_as_well(path: Path) -> None:
    path.write_bytes(b"not a database" * 100)
    store = SqliteStore(path)
    with pytest.raises(ConflictError, match="in use"):
        SqliteStore(path)
    store.close()
    assert len(damaged(path)) == 1


def test_a_directory_in_the_files_place_is_a_refusal_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "mooring.db"
    path.mkdir()
    with pytest.raises(MachineError, match=f"cannot open the store {path}"):
        SqliteStore(path)


def test_a_full_disk_refuses_the_batch_and_keeps_what_was_there(path: Path) -> None:
    store = SqliteStore(path)
    store._connection.execute("PRAGMA max_page_count = 20")
    with pytest.raises(MachineError, match="disk is full"):
        store.write({"network/1": b"new", "big": b"x" * 1_000_000})
    assert store.get("network/1") == b"x" * 500
    store.write({"network/1": b"new"})
    assert store.get("network/1") == b"new"
    store.close()


def test_a_durable_batch_reaches_the_disk_before_it_returns(path: Path) -> None:
    """SQLite syncs its log at a commit just when the level is FULL (its PRAGMA synchronous)."""
    levels: list[str] = []
    store = SqliteStore(path)
    store._connection.set_trace_callback(levels.append)
    store.write({"network/1": b"new"}, durable=True)
    store.write({"network/2": b"new"})
    store.close()
    said = [line for line in levels if line.startswith(("PRAGMA", "BEGIN", "COMMIT"))]
    assert said == [
        "PRAGMA synchronous = FULL",
        "BEGIN IMMEDIATE",
        "COMMIT",
        "PRAGMA synchronous = NORMAL",
        "BEGIN IMMEDIATE",
        "COMMIT",
    ]
