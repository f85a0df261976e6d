"""A daemon that a test can stop, kill and start again."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mooring.testing.daemon import Daemon


@pytest.fixture
def daemon(unstarted: Daemon) -> Daemon:
    """A daemon that answers, without a default bridge."""
    unstarted.start()
    return unstarted


@pytest.fixture
def unstarted() -> Iterator[Daemon]:
    """A daemon to be started by the test; everything of it is gone at the end."""
    # A socket's path is short by law, and pytest's own folders are not.
    root = Path(tempfile.mkdtemp(prefix="moor-"))
    made = Daemon(root)
    (root / "resolv.conf").write_text("")
    yield made
    made.kill()
    made.flags = {"bridge": "none"}
    made.options.write_text("")
    made.start()
    clear(made)
    shutil.rmtree(root)


@pytest.fixture
def start(unstarted: Daemon) -> Callable[..., Daemon]:
    """Starts the daemon with a default bridge and these flags, and returns it."""

    def begin(**flags: object) -> Daemon:
        unstarted.flags = {"bridge": "", **flags}
        unstarted.start()
        return unstarted

    return begin


def clear(daemon: Daemon) -> None:
    """Remove every run, sandbox and network, and stop the daemon: nothing is left then."""
    client = daemon.client
    for run in client.get("/containers/json", all=True):
        client.delete(f"/containers/{run['Id']}", force=True)
    for sandbox in client.get("/sandboxes"):
        client.delete(f"/sandboxes/{sandbox['Id']}")
    for network in client.get("/networks"):
        if network["Driver"] == "bridge" and network["Name"] != "bridge":
            client.delete(f"/networks/{network['Id']}")
    daemon.stop()
