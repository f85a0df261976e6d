"""``moor resolve``, ``events``, ``doctor``, ``info``, ``version`` and ``system prune``."""

import io
import json
import threading
from collections.abc import AsyncIterator

import pytest

from mooring import __version__
from mooring.cli.progress import progress
from mooring.cli.table import layout
from mooring.model.endpoint import EndpointRequest
from mooring.model.event import Event
from mooring.model.finding import Finding, Severity
from mooring.model.network import NetworkRequest
from mooring.model.run import RunRequest
from mooring.model.sandbox import SandboxRequest
from mooring.testing.backend import FakeBackend
from mooring.testing.command import Moor
from mooring.testing.served import Served

Daemon = Served[FakeBackend]


@pytest.fixture
def db(daemon: Daemon) -> None:
    """A sandbox db on networks app and back."""
    for name in ("app", "back"):
        daemon.do(daemon.backend.create_network(NetworkRequest(name=name)))
    endpoints = tuple(EndpointRequest(network=name) for name in ("app", "back"))
    daemon.do(daemon.backend.create_sandbox(SandboxRequest(name="db", endpoints=endpoints)))


def test_resolve_prints_records(moor: Moor, daemon: Daemon, db: None) -> None:
    assert moor("resolve", "db", "--network", "back") == "db. 5 IN A 172.19.0.2\n"
    assert moor("resolve", "--from", "db", "db") == "db. 5 IN A 172.18.0.2\n"
    assert json.loads(moor("resolve", "db", "--from", "db", "--json"))["Rcode"] == "NOERROR"


def test_resolve_traces_the_path_of_the_question(moor: Moor, daemon: Daemon, db: None) -> None:
    assert moor("resolve", "db", "--from", "db", "--trace") == (
        "STAGE     SUBJECT   OUTCOME       TIME\n"
        "scope     app       1 addresses   0.00 ms\n"
        "answer    db        NOERROR       0.00 ms\n"
        "db. 5 IN A 172.18.0.2\n"
    )


def test_resolve_exits_with_1_when_there_is_nothing(moor: Moor, daemon: Daemon, db: None) -> None:
    moor("resolve", "zz", "--from", "db", "--trace", exits=1)
    assert moor.out.count("does not know it") == 2
    assert moor.err == ("moor: zz A: NXDOMAIN; no network that is seen from there knows the name\n")
    moor("resolve", "zz", "--from", "db", "--json", exits=1)
    assert json.loads(moor.out)["Rcode"] == "NXDOMAIN"


def events_of(daemon: Daemon, monkeypatch: pytest.MonkeyPatch, *events: Event) -> None:
    """Let the daemon tell just these."""

    async def told() -> AsyncIterator[Event]:
        for event in events:
            yield event

    monkeypatch.setattr(daemon.backend, "events", told)


def test_events_are_printed_as_they_come(
    moor: Moor, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    attributes = {"type": "bridge", "name": "app\x1b"}
    event = Event(
        kind="network", action="create", id="1234", attributes=attributes, time=1_500_000_007
    )
    events_of(daemon, monkeypatch, event)
    events = ("events", "--until", "9999999999")
    assert moor(*events) == (
        "1970-01-01T00:00:01.500000007Z network create 1234 (name=app\\x1b, type=bridge)\n"
    )
    assert moor(*events, "--format", "{{.Type}}/{{.Action}} {{.Actor.ID}}") == (
        "network/create 1234\n"
    )
    assert json.loads(moor(*events, "--json"))["timeNano"] == 1_500_000_007
    assert moor(*events, "--filter", "type=container") == ""


def test_events_that_the_daemon_ends_are_a_failure(
    moor: Moor, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    events_of(daemon, monkeypatch)
    moor("events", exits=1)
    assert moor.err == "moor: the daemon ended the stream; begin again when it is back\n"


def test_events_that_are_lost_are_told(
    moor: Moor, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = Event(kind="network", action="create", id="1")
    events_of(daemon, monkeypatch, *[event] * 2000)
    moor("events", exits=1)
    assert len(moor.out.splitlines()) == 1024
    assert moor.err.startswith("moor: cut off: this reader fell more than 1024 events behind")


@pytest.mark.parametrize("command", [["doctor"], ["system", "doctor"]])
def test_doctor_fails_when_something_is_an_error(
    moor: Moor, daemon: Daemon, command: list[str]
) -> None:
    fine = Finding(check="kernel", severity=Severity.OK, message="all is there")
    odd = Finding(check="lo", severity=Severity.WARNING, message="lo is down", remedy="raise it")
    daemon.backend.findings = [fine, odd]
    assert moor(*command) == (
        "ok       kernel: all is there\nwarning  lo: lo is down\n         → raise it\n"
    )
    daemon.backend.findings = [
        Finding(check="nft", severity=Severity.ERROR, message="no nft", remedy="install nftables")
    ]
    assert moor(*command, exits=1) == "error    nft: no nft\n         → install nftables\n"
    assert json.loads(moor(*command, "--json", exits=1))["Findings"][0]["Check"] == "nft"


def test_info_counts_what_there_is(moor: Moor, daemon: Daemon, db: None, address: str) -> None:
    out = moor("info")
    assert "Networks: 4\nSandboxes: 1\nEndpoints: 2\n" in out
    assert out.endswith(f"Address: {address}\n")
    assert moor("info", "-f", "{{.Networks}}") == "4\n"
    assert json.loads(moor("system", "info", "--json"))["Endpoints"] == 2


def test_version_is_of_both(moor: Moor, daemon: Daemon) -> None:
    assert moor("version") == f"Client: {__version__}\nDaemon: {__version__} (API 1.43)\n"
    assert moor("version", "-f", "{{.Server.ApiVersion}}") == "1.43\n"


def test_version_is_of_the_client_alone_without_a_daemon(moor: Moor) -> None:
    assert moor("version", exits=1) == f"Client: {__version__}\n"
    assert "start it with `moor daemon`" in moor.err


def test_prune_removes_what_nobody_uses(moor: Moor, daemon: Daemon) -> None:
    daemon.do(daemon.backend.create_network(NetworkRequest(name="idle")))
    request = RunRequest(command=("true",), sandbox=SandboxRequest(name="old"))
    daemon.do(daemon.backend.create_run(request, None))
    daemon.do(daemon.backend.exit_run("old", 0))
    moor("system", "prune", types="n\n", exits=130)
    assert moor("system", "prune", "-f") == "Deleted runs:\nold\n\nDeleted networks:\nidle\n\n"
    assert moor("system", "prune", "-f") == ""


class Terminal(io.StringIO):
    """A stream that is a terminal, and tells when something is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        count = super().write(text)
        self.written.set()
        return count


def test_on_a_terminal_what_takes_longer_than_a_second_says_so() -> None:
    terminal = Terminal()
    with progress("stopping db", terminal):
        assert terminal.written.wait(5)
    assert terminal.getvalue() == "\r\x1b[Kstopping db … 1 s\r\x1b[K"
    assert not [thread for thread in threading.enumerate() if thread.name == "progress"]


def test_what_is_quick_or_not_on_a_terminal_says_nothing() -> None:
    quick, pipe = Terminal(), io.StringIO()
    with progress("stopping db", quick), progress("stopping db", pipe):
        pass
    assert quick.getvalue() == pipe.getvalue() == ""


def test_columns_are_padded_and_control_characters_are_shown() -> None:
    assert layout([("A", "LONG HEADING", "C"), ("much longer", "x", "tail\x1b"), ()]) == [
        "A             LONG HEADING   C",
        "much longer   x              tail\\x1b",
        "",
    ]
