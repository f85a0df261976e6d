"""Writing the files of a sandbox, which its programs may edit as well."""

import os
from contextlib import suppress
from typing import Final

from mooring.model.error import MachineError

_LIMIT: Final = 1 << 20
"""Octets of a file that are read, lest a program in a sandbox fill the memory of the daemon."""


def write_in_place(path: str, text: str) -> None:
    """Give a file a new text. It stays the same file, since a sandbox has it bind-mounted.

    Whoever reads at that very moment may see a part of it; there is no way round that but a rename,
    which the sandbox would never see.
    """
    data = text.encode(errors="surrogateescape")
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        at = 0
        while at < len(data):
            at += os.pwrite(opened, data[at:], at)
        os.ftruncate(opened, len(data))
    finally:
        os.close(opened)


def write_keeping_edits(path: str, text: str, *, unless_edited: bool = False) -> None:
    """Write a file in place with what its users changed since it was last written so kept.

    Beside it lies ``<path>.written``, the text of last time, against which changes show. With
    ``unless_edited`` nothing is written where there are any.
    """
    written, actual = _read(f"{path}.written"), _read(path)
    if unless_edited and actual not in ("", written):
        return
    merged = text if actual in ("", written) else merge(written, actual, text)
    if merged != actual:
        write_in_place(path, merged)
    if text != written:
        write_in_place(f"{path}.written", text)


def merge(written: str, actual: str, text: str) -> str:
    """The next text of a file written as ``written``, edited to ``actual``, and now to be ``text``.

    Lines that were ours and are not any more go; lines that are new come at the end; all others
    stay as they are, in the order in which they are.
    """
    before, after = written.splitlines(), text.splitlines()
    gone = set(before) - set(after)
    kept = [line for line in actual.splitlines() if line not in gone]
    present = {*before, *kept}
    added = [line for line in after if line not in present]
    return "".join(f"{line}\n" for line in (*kept, *added))


def _read(path: str) -> str:
    """The text of a file, nothing if there is none; raises MachineError for one beyond reason."""
    with suppress(FileNotFoundError), open(path, "rb") as file:
        data = file.read(_LIMIT + 1)
        if len(data) > _LIMIT:
            raise MachineError(f"{path} has more than {_LIMIT} octets", "shorten it")
        return data.decode(errors="surrogateescape")
    return ""
