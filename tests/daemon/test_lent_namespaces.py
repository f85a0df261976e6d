"""Namespaces that others make and lend: joined by path or by process, and noticed when they go."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mooring.linux import netns
from mooring.linux.syscall import CLONE_NEWNET, unshare
from mooring.testing.asking import answers
from mooring.testing.daemon import Daemon
from mooring.testing.eventually import eventually


@pytest.fixture
def lent(tmp_path: Path) -> Iterator[str]:
    path = str(tmp_path / "lent")
    netns.create(path, {})
    yield path
    netns.remove(path)


def join(daemon: Daemon, name: str, namespace: str = "") -> None:
    body: dict[str, object] = {
        "Name": name,
        "Netns": namespace,
        "NetworkingConfig": {"EndpointsConfig": {"app": {}}},
    }
    daemon.client.post("/sandboxes/create", body)


def names(daemon: Daemon) -> set[str]:
    return {sandbox["Name"] for sandbox in daemon.client.get("/sandboxes")}


@pytest.fixture
def watcher(daemon: Daemon) -> str:
    daemon.client.post("/networks/create", {"Name": "app"})
    join(daemon, "watcher")
    return str(daemon.client.get("/sandboxes/watcher")["Netns"])


def test_a_lent_namespace_has_a_network_an_address_and_a_name(
    daemon: Daemon, watcher: str, lent: str
) -> None:
    join(daemon, "guest", lent)
    assert answers(watcher, "guest") == ["172.17.0.3"]
    assert answers(lent, "watcher") == ["172.17.0.2"]


def test_when_its_owner_takes_it_away_the_name_goes_with_it(
    daemon: Daemon, watcher: str, lent: str
) -> None:
    join(daemon, "guest", lent)
    netns.remove(lent)
    eventually(lambda: answers(watcher, "guest") == [])
    eventually(lambda: names(daemon) == {"watcher"})


def test_another_namespace_at_the_same_path_is_not_taken_for_it(
    daemon: Daemon, watcher: str, lent: str
) -> None:
    join(daemon, "guest", lent)
    netns.remove(lent)
    netns.create(lent, {})
    eventually(lambda: names(daemon) == {"watcher"})
    join(daemon, "guest", lent)
    eventually(lambda: len(answers(watcher, "guest")) == 1)


def test_a_namespace_of_a_process_ends_with_the_process(daemon: Daemon, watcher: str) -> None:
    with subprocess.Popen(["sleep", "1000"], preexec_fn=lambda: unshare(CLONE_NEWNET)) as process:
        join(daemon, "guest", f"/proc/{process.pid}/ns/net")
        assert answers(watcher, "guest") == ["172.17.0.3"]
        process.kill()
    eventually(lambda: answers(watcher, "guest") == [])
    eventually(lambda: names(daemon) == {"watcher"})


def test_it_is_adopted_again_after_a_crash_and_dropped_if_it_went_meanwhile(
    daemon: Daemon, watcher: str, lent: str
) -> None:
    join(daemon, "guest", lent)
    daemon.kill()
    daemon.start()
    assert answers(watcher, "guest") == ["172.17.0.3"]
    assert answers(lent, "watcher") == ["172.17.0.2"]
    daemon.kill()
    netns.remove(lent)
    daemon.start()
    assert answers(watcher, "guest") == []
    assert names(daemon) == {"watcher"}
