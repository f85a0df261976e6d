"""How the name book grows: resident memory for each name, and time for each change.

Each row is measured in a process of its own. A name is an endpoint's as Docker would call it, one
A record claimed by one claimant with a 64-digit id; the last rows put every claim on one name.
"""

import argparse
import json
import multiprocessing
import os
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from mooring.book.book import Book
from mooring.book.claim import Put, Record, Withdraw
from mooring.wire.constant import Type
from mooring.wire.name import from_text

SCOPE = "b2ff27a97b6e"
CHANGES = 10_000
SIZES = (1_000, 10_000, 100_000, 1_000_000)
CROWD = 5_000
PAGE = os.sysconf("SC_PAGE_SIZE")

Row = dict[str, float | str]


def own_name(number: int) -> bytes:
    """Every claim at a name of its own."""
    return from_text(f"endpoint-{number:07}")


def one_name(number: int) -> bytes:
    """Every claim at the same name."""
    return from_text("endpoints")


def claim(name: Callable[[int], bytes], number: int, generation: int) -> Put:
    address = (10 << 24 | generation << 20 | number).to_bytes(4, "big")
    return Put(f"{number:064x}", (Record(SCOPE, name(number), Type.A, 5, address),))


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def measure(title: str, name: Callable[[int], bytes], claims: int) -> Row:
    """Fill a book, then replace, withdraw and put back claims at random."""
    book = Book()
    before = resident()
    began = time.perf_counter()
    for number in range(claims):
        book.apply([claim(name, number, 0)])
    filled = time.perf_counter() - began
    memory = (resident() - before) / claims
    chance = random.Random(claims)
    microseconds = []
    for change in range(CHANGES):
        put = claim(name, chance.randrange(claims), 1 + change % 3)
        for step in (put, Withdraw(put.claimant), put):
            began = time.perf_counter()
            book.apply([step])
            microseconds.append((time.perf_counter() - began) * 1e6)
    microseconds.sort()
    return {
        "book": title,
        "claims": claims,
        "bytes": round(memory),
        "beyond": round(memory - len(name(0)) - 4),
        "fill": round(filled / claims * 1e6, 1),
        "change": round(statistics.median(microseconds), 1),
        "p99": round(microseconds[len(microseconds) * 99 // 100], 1),
    }


COLUMNS = {
    "book": "claims at",
    "claims": "claims",
    "bytes": "B/claim",
    "beyond": "B beyond name and rdata",
    "fill": "µs/claim, filling",
    "change": "µs/change, median",
    "p99": "µs/change, p99",
}


def print_table(rows: list[Row]) -> None:
    print("| " + " | ".join(COLUMNS.values()) + " |")
    print("|" + "---|" * len(COLUMNS))
    for row in rows:
        print("| " + " | ".join(f"{row[column]}" for column in COLUMNS) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="how many names"
    )
    arguments = parser.parse_args()
    jobs = [("a name each", own_name, size) for size in arguments.sizes]
    jobs.append(("one name", one_name, CROWD))
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        rows = [pool.apply(measure, job) for job in jobs]
    print_table(rows)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
