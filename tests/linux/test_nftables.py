"""nftables in this process, and in processes that are unlike the one it was made for."""

import multiprocessing
import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mooring.linux import netns, nftables

TABLE = "table ip mooring-test\n"
SELECT_LIMIT = 1024
"""FD_SETSIZE: what select(2) knows."""


@pytest.fixture
def namespace(tmp_path: Path) -> Iterator[str]:
    """The path of a namespace, which is gone at the end."""
    path = str(tmp_path / "ns")
    netns.create(path, {})
    yield path
    netns.remove(path)


def load(namespace: str) -> None:
    nftables.run(TABLE, namespace)


def in_a_fork(work: Callable[[], None]) -> int | None:
    """The exit code of a child that does some work."""
    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join()
    return child.exitcode


def test_rules_are_loaded_into_the_namespace_that_is_named(namespace: str) -> None:
    load(namespace)
    assert "mooring-test" in nftables.run("list tables", namespace)
    assert "mooring-test" not in nftables.run("list tables")


def test_rules_are_loaded_however_many_files_are_open(namespace: str) -> None:
    def work() -> None:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        while os.open("/dev/null", os.O_RDONLY) < SELECT_LIMIT:
            pass
        load(namespace)

    assert in_a_fork(work) == 0
    assert "mooring-test" in nftables.run("list tables", namespace)


def test_a_fork_of_a_process_that_has_loaded_rules_loads_rules(namespace: str) -> None:
    nftables.run("list tables")
    assert in_a_fork(lambda: load(namespace)) == 0
    assert "mooring-test" in nftables.run("list tables", namespace)


def test_files_that_are_opened_stay_open_when_rules_are_loaded(tmp_path: Path) -> None:
    with open(tmp_path / "file", "w") as opened:
        nftables.run("list tables")
        opened.write("still here")
    assert (tmp_path / "file").read_text() == "still here"


def test_a_refusal_is_told_in_the_words_of_nft(namespace: str) -> None:
    with pytest.raises(nftables.NftablesError, match="syntax error"):
        nftables.run("add mistake", namespace)
