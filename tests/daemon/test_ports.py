"""Published ports in the whole system: typed, shown, and there again after the daemon's death."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from mooring.testing.daemon import Daemon
from mooring.testing.eventually import eventually
from mooring.testing.peers import seen_as

SERVE = (
    "import socket\n"
    "server = socket.create_server(('0.0.0.0', 80))\n"
    "while True:\n"
    "    client, peer = server.accept()\n"
    "    client.sendall(peer[0].encode())\n"
    "    client.close()\n"
)


def moor(daemon: Daemon, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mooring.cli", "-H", daemon.address, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture
def web(daemon: Daemon) -> Iterator[None]:
    """A run that serves port 80 of its own, published at 8080."""
    moor(daemon, "network", "create", "app")
    moor(
        daemon,
        *("run", "-d", "--name", "web", "--network", "app", "-p", "8080:80"),
        *("--", sys.executable, "-c", SERVE),
    )
    eventually(lambda: bool(seen_as("", "127.0.0.1", 8080)))
    yield
    moor(daemon, "rm", "-f", "web")


def doctor(daemon: Daemon) -> dict[str, str]:
    findings = daemon.client.get("/system/doctor")["Findings"]
    (found,) = [finding for finding in findings if finding["Check"] == "ports"]
    return dict(found)


def test_a_published_port_is_shown_and_reached(daemon: Daemon, web: None) -> None:
    assert moor(daemon, "port", "web") == "80/tcp -> 0.0.0.0:8080\n"
    assert "0.0.0.0:8080->80/tcp" in moor(daemon, "ps")
    refused = moor(daemon, "run", "--network", "app", "-p", "8080:80", "--", "true")
    assert "port is already allocated (tcp) to web" in refused
    assert doctor(daemon)["Severity"] == "ok"


def test_publish_all_takes_free_ports_for_what_is_exposed(daemon: Daemon) -> None:
    moor(daemon, "network", "create", "app")
    options = ("-P", "--expose", "80", "--expose", "8000-8001/udp", "--network", "app")
    moor(daemon, "run", "-d", "--name", "a", *options, "--", "sleep", "100")
    shown = json.loads(moor(daemon, "inspect", "--format", "{{json .NetworkSettings.Ports}}", "a"))
    assert set(shown) == {"80/tcp", "8000/udp", "8001/udp"}
    assert all(int(binding["HostPort"]) for (binding,) in shown.values())
    moor(daemon, "rm", "-f", "a")


def test_the_network_host_refuses_ports_and_says_why(daemon: Daemon) -> None:
    said = moor(daemon, "run", "--network", "host", "-p", "8080:80", "--", "true")
    assert "the network host has no addresses of its own; leave out -p" in said


def test_a_port_goes_with_its_run(daemon: Daemon, web: None) -> None:
    moor(daemon, "stop", "-t", "0", "web")
    assert moor(daemon, "port", "web") == ""
    socket.create_server(("0.0.0.0", 8080)).close()


def test_while_no_daemon_lives_ports_lead_on_and_the_next_one_holds_them_again(
    daemon: Daemon, web: None
) -> None:
    daemon.kill()
    assert seen_as("", "127.0.0.1", 8080)
    daemon.start()
    assert seen_as("", "127.0.0.1", 8080)
    with pytest.raises(OSError, match="in use"):
        socket.create_server(("0.0.0.0", 8080))
    assert doctor(daemon)["Severity"] == "ok"


def test_a_port_that_was_taken_meanwhile_still_leads_to_the_sandbox_and_the_doctor_says_who(
    daemon: Daemon, web: None
) -> None:
    daemon.kill()
    with socket.create_server(("0.0.0.0", 8080)):
        daemon.start()
        assert seen_as("", "127.0.0.1", 8080)
        found = doctor(daemon)
        assert found["Severity"] == "warning"
        assert "port 8080/tcp at 0.0.0.0 leads to web, and is bound by" in found["Message"]
        assert "(process " in found["Message"]
        assert "a published port of web cannot be held" in daemon.log.read_text()
    daemon.stop()
    daemon.start()
    assert doctor(daemon)["Severity"] == "ok"
