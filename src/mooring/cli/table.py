"""Rows of text in columns, padded as Docker pads them. Pure."""

from collections.abc import Sequence
from typing import Final

_GAP: Final = 3
_NARROWEST: Final = 10
"""Characters of a column with its gap; the last column has neither."""


def layout(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines. What a terminal could take for a command is written as an escape."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths: list[int] = []
    for row in cells:
        for column, cell in enumerate(row[:-1]):
            if column == len(widths):
                widths.append(_NARROWEST)
            widths[column] = max(widths[column], len(cell) + _GAP)
    return [
        "".join(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False))
        + (row[-1] if row else "")
        for row in cells
    ]


def printable(text: str) -> str:
    """``text`` with control characters as escapes, such as ``\\x1b``."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
