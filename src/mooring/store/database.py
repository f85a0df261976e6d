"""The database in the file: made when there is none, and known as ours, whole and readable."""

import sqlite3
from pathlib import Path
from typing import Final

from mooring.model.error import ConflictError
from mooring.store.damage import DamagedError, is_damage

SCHEMA: Final = 1
"""What ``user_version`` says of a file that this code reads and writes."""
APPLICATION: Final = 0x4D6F6F72
"""``Moor``, in SQLite's ``application_id``: what tells our file from another program's."""

_CREATE: Final = f"""
BEGIN;
CREATE TABLE item (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID, STRICT;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {SCHEMA};
COMMIT;
"""


def open_database(path: Path) -> sqlite3.Connection:
    """A connection to a whole database of our schema, in autocommit mode.

    It may be used from any thread, by one at a time. DamagedError if what the file holds is broken;
    ConflictError if it is not ours, or of another version; OSError and other errors of SQLite if
    the disk refuses.
    """
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        _check(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error as error:
        connection.close()
        if is_damage(error):
            raise DamagedError(str(error)) from error
        raise
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    tables = _number(connection, "SELECT count(*) FROM sqlite_schema")
    application = _number(connection, "PRAGMA application_id")
    version = _number(connection, "PRAGMA user_version")
    if not (tables or application or version):
        connection.executescript(_CREATE)
        return
    if application != APPLICATION:
        raise ConflictError(
            f"{path} is a database of another program",
            "give Mooring a state directory of its own",
        )
    if version != SCHEMA:
        writer = "a newer" if version > SCHEMA else "an older"
        raise ConflictError(
            f"{path} was written by {writer} Mooring (format {version}; this one reads {SCHEMA})",
            "start the Mooring that wrote it, or move the file away to begin anew",
        )
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise DamagedError(verdict)


def _number(connection: sqlite3.Connection, query: str) -> int:
    (number,) = connection.execute(query).fetchone()
    return int(number)
