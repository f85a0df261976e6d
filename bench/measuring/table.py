"""Figures as a table for people and as JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

Row: TypeAlias = Mapping[str, float | int | str | None]


def print_table(columns: Mapping[str, str], rows: Sequence[Row]) -> None:
    """The rows in Markdown; ``columns`` are keys of a row and their titles. None is a dash."""
    print("| " + " | ".join(columns.values()) + " |")
    print("|" + "---|" * len(columns))
    for row in rows:
        cells = ("-" if row[key] is None else str(row[key]) for key in columns)
        print("| " + " | ".join(cells) + " |")


def write_json(path: Path | None, figures: object) -> None:
    """Keep the figures in a file, if one was named."""
    if path is not None:
        path.write_text(json.dumps(figures, indent=2) + "\n")


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of all values lies: 0.5 is the median."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
