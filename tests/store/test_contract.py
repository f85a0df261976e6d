"""What every store does, asked of each of them."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mooring.store.keyvalue import KeyValue
from mooring.store.memory import MemoryStore
from mooring.store.sqlite import SqliteStore

MAKERS: dict[str, Callable[[Path], KeyValue]] = {
    "memory": lambda directory: MemoryStore(),
    "sqlite": lambda directory: SqliteStore(directory / "mooring.db"),
}


@pytest.fixture(params=sorted(MAKERS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyValue]:
    opened = MAKERS[request.param](tmp_path)
    yield opened
    opened.close()


def test_a_new_store_is_empty(store: KeyValue) -> None:
    assert store.get("network/1") is None
    assert list(store.list("")) == []


def test_what_is_put_is_got_back(store: KeyValue) -> None:
    store.write({"network/1": b"app", "network/2": b""})
    assert store.get("network/1") == b"app"
    assert store.get("network/2") == b""


def test_any_bytes_and_any_text_are_kept(store: KeyValue) -> None:
    value = bytes(range(256))
    store.write({"naïve/\N{GRINNING FACE}": value, "": b"the empty key"})
    assert store.get("naïve/\N{GRINNING FACE}") == value
    assert store.get("") == b"the empty key"


def test_a_second_put_replaces_the_first(store: KeyValue) -> None:
    store.write({"network/1": b"app"})
    store.write({"network/1": b"web"})
    assert list(store.list("")) == [("network/1", b"web")]


def test_what_is_deleted_is_gone_and_deleting_nothing_is_no_error(store: KeyValue) -> None:
    store.write({"network/1": b"app"})
    store.write({}, ["network/1", "network/2"])
    assert store.get("network/1") is None


def test_a_key_both_deleted_and_put_in_one_batch_is_put(store: KeyValue) -> None:
    store.write({"network/1": b"app"})
    store.write({"network/1": b"web"}, ["network/1"])
    assert store.get("network/1") == b"web"


def test_a_durable_batch_is_a_batch_like_any_other(store: KeyValue) -> None:
    store.write({"network/1": b"app"})
    store.write({"network/2": b"web"}, ["network/1"], durable=True)
    store.write({"network/3": b"db"})
    assert [key for key, _ in store.list("")] == ["network/2", "network/3"]


def test_deletes_may_come_from_a_generator(store: KeyValue) -> None:
    store.write({"a": b"1", "b": b"2"})
    store.write({}, (key for key in ("a", "b")))
    assert list(store.list("")) == []


def test_a_listing_holds_the_keys_with_the_prefix_in_order(store: KeyValue) -> None:
    keys = ["network/2", "network/10", "network", "networks", "network/", "run/1"]
    store.write({key: key.encode() for key in keys})
    assert list(store.list("network/")) == [
        ("network/", b"network/"),
        ("network/10", b"network/10"),
        ("network/2", b"network/2"),
    ]


def test_a_prefix_is_text_and_not_a_pattern(store: KeyValue) -> None:
    store.write({"run_1": b"", "runs1": b"", "run%1": b""})
    assert [key for key, _ in store.list("run_")] == ["run_1"]
    assert [key for key, _ in store.list("run%")] == ["run%1"]


def test_a_listing_shows_the_store_as_it_was_when_asked(store: KeyValue) -> None:
    store.write({f"network/{number}": b"" for number in range(5)})
    listing = store.list("network/")
    first = next(listing)
    store.write({"network/9": b""}, ["network/3"])
    assert [first, *listing] == [(f"network/{number}", b"") for number in range(5)]


def test_an_empty_batch_does_nothing(store: KeyValue) -> None:
    store.write({"network/1": b"app"})
    store.write({})
    store.write({}, [], durable=True)
    assert list(store.list("")) == [("network/1", b"app")]


def test_another_thread_may_write_while_this_one_reads(store: KeyValue) -> None:
    def write() -> None:
        for number in range(200):
            store.write({"left": b"%d" % number, "right": b"%d" % number})

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        values = {value for _, value in store.list("")}
        assert len(values) <= 1
    writer.join()
    assert store.get("left") == b"199"


def test_closing_twice_is_closing_once(store: KeyValue) -> None:
    store.close()
    store.close()


def test_a_start_with_ten_thousand_values_is_far_below_a_second(tmp_path: Path) -> None:
    path = tmp_path / "mooring.db"
    store = SqliteStore(path)
    value = b"x" * 800
    store.write({f"endpoint/{number:05}": value for number in range(10_000)})
    store.close()
    began = time.perf_counter()
    store = SqliteStore(path)
    held = list(store.list("endpoint/"))
    took = time.perf_counter() - began
    store.close()
    assert len(held) == 10_000
    assert took < 0.5


def test_the_memory_store_counts_batches_and_durable_ones() -> None:
    store = MemoryStore()
    store.write({"a": b"1"})
    store.write({"b": b"2"}, durable=True)
    store.write({})
    assert (store.writes, store.durable_writes) == (2, 1)
