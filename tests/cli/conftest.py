"""The command line in this process, against the real server with a fake backend in a thread."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mooring.testing.backend import FakeBackend
from mooring.testing.command import Moor
from mooring.testing.served import Served


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where the daemon is, for every command of the test."""
    address = f"unix://{tmp_path}/moor.sock"
    monkeypatch.setenv("MOORING_HOST", address)
    return address


@pytest.fixture
def moor(address: str) -> Moor:
    return Moor()


@pytest.fixture
def daemon(tmp_path: Path, address: str) -> Iterator[Served[FakeBackend]]:
    served = Served(FakeBackend(tmp_path, netns="/proc/self/ns/net"), address)
    yield served
    served.close()
