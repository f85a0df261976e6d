"""A large book: small for each name, and as quick to change as an empty one."""

import statistics
import time
import tracemalloc

from mooring.book.book import Book
from mooring.book.claim import Put, Record, Withdraw
from mooring.wire.constant import Type
from mooring.wire.name import from_text

LIMIT_BYTES = 600
LIMIT_SECONDS = 100e-6


def put(name: str, number: int, generation: int = 0) -> Put:
    rdata = bytes([10, generation, number // 256, number % 256])
    return Put(f"{number:064x}", (Record("app", from_text(name), Type.A, 5, rdata),))


def test_a_name_takes_less_than_600_bytes_beyond_its_owner_and_rdata() -> None:
    book, count = Book(), 20_000
    tracemalloc.start()
    for number in range(count):
        book.apply([put(f"endpoint-{number:05}", number)])
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held / count - len(from_text("endpoint-00000")) - 4 < LIMIT_BYTES


def test_one_of_5000_claims_at_a_name_changes_in_less_than_100_microseconds() -> None:
    book = Book()
    for number in range(5_000):
        book.apply([put("web", number)])
    took = []
    for number in range(0, 5_000, 5):
        again = put("web", number, 1)
        for step in (again, Withdraw(again.claimant), again):
            began = time.perf_counter()
            delta = book.apply([step])
            took.append(time.perf_counter() - began)
            assert delta.names
    assert statistics.median(took) < LIMIT_SECONDS
