"""Damaged files: told from other troubles, and set aside where a person can look at them."""

import sqlite3
import time
from pathlib import Path
from typing import Final

_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY: Final = 0xFF
"""The low octet of an SQLite result code is its kind; the rest says which variety."""


class DamagedError(Exception):
    """What the file holds is not what SQLite left there."""


def is_damage(error: sqlite3.Error) -> bool:
    """Whether SQLite found the content wrong, and not the disk full or a right missing."""
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY in _DAMAGE


def set_aside(path: Path) -> Path:
    """Rename a database, with its log, to ``<path>.damaged-<UTC time>``, and say to what.

    The log goes along: a new database must not find it, and a recovery tool wants it.
    """
    stem = f"{path.name}.damaged-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
    aside = path.with_name(stem)
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{stem}-{number}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            companion.rename(aside.with_name(aside.name + suffix))
    return aside
