"""The store on disk: one SQLite file, written ahead, used by one daemon."""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from mooring.model.error import MachineError
from mooring.store.damage import DamagedError, set_aside
from mooring.store.database import open_database
from mooring.store.exclusive import Exclusive

_PAST_UTF8: Final = b"\xff"
"""Sorts behind every UTF-8 text, so ``prefix`` and this bound the keys that start with it."""


class SqliteStore:
    """Satisfies ``KeyValue``. Keys are kept as UTF-8, which sorts as code points do.

    ``notice`` says what was wrong with the file when it was opened; it is empty if nothing was.
    """

    def __init__(self, path: Path) -> None:
        """Open ``path``, or make it, readable by its owner only.

        ConflictError if another process uses it, if another program's data is in it, or if it is
        of another version; MachineError if the disk refuses. A damaged file is set aside under a
        name that ``notice`` tells, and an empty store takes its place.
        """
        self.path = path
        self.notice = ""
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._exclusive = Exclusive(path)
        except OSError as error:
            raise _refusal("open", path, error) from error
        try:
            self._connection = self._open()
        except (OSError, sqlite3.Error) as error:
            self._exclusive.release()
            raise _refusal("open", path, error) from error
        except BaseException:
            self._exclusive.release()
            raise

    def get(self, key: str) -> bytes | None:
        rows = self._read("SELECT value FROM item WHERE key = ?", key.encode())
        return rows[0][0] if rows else None

    def list(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        start = prefix.encode()
        query = "SELECT key, value FROM item WHERE key >= ? AND key < ? ORDER BY key"
        rows = self._read(query, start, start + _PAST_UTF8)
        return ((key.decode(), value) for key, value in rows)

    def write(
        self,
        puts: Mapping[str, bytes],
        deletes: Iterable[str] = (),
        *,
        durable: bool = False,
    ) -> None:
        gone = [(key.encode(),) for key in deletes]
        kept = [(key.encode(), value) for key, value in puts.items()]
        if not kept and not gone:
            return
        with self._lock:
            try:
                _commit(self._connection, kept, gone, durable)
            except sqlite3.Error as error:
                raise _refusal("write to", self.path, error) from error

    def close(self) -> None:
        with self._lock:
            self._connection.close()
            self._exclusive.release()

    def _open(self) -> sqlite3.Connection:
        try:
            return open_database(self.path)
        except DamagedError as error:
            aside = set_aside(self.path)
            self.notice = (
                f"the store {self.path} was damaged ({error}); "
                f"it is kept as {aside}, and an empty one took its place"
            )
            return open_database(self.path)

    def _read(self, query: str, *values: bytes) -> Sequence[tuple[bytes, ...]]:
        with self._lock:
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise _refusal("read", self.path, error) from error


def _commit(
    connection: sqlite3.Connection,
    kept: Sequence[tuple[bytes, bytes]],
    gone: Sequence[tuple[bytes]],
    durable: bool,
) -> None:
    """One transaction. FULL makes SQLite sync its log at the commit; NORMAL leaves that to later.

    The level cannot change inside a transaction, so it is set around it.
    """
    if durable:
        connection.execute("PRAGMA synchronous = FULL")
    try:
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            connection.executemany("DELETE FROM item WHERE key = ?", gone)
            connection.executemany("REPLACE INTO item VALUES (?, ?)", kept)
    finally:
        if durable:
            connection.execute("PRAGMA synchronous = NORMAL")


def _refusal(verb: str, path: Path, error: Exception) -> MachineError:
    """What a person is told when the disk, not the request, is the trouble."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return MachineError(
        f"cannot {verb} the store {path}: {reason}",
        "see that its directory is writable and its disk has room, then start the daemon again",
    )
