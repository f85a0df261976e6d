"""``moor doctor --from``: look-ups measured in real sandboxes, and what it says of each trouble."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from mooring.testing.daemon import Daemon
from mooring.testing.eventually import eventually
from mooring.testing.upstream import Conduct, FakeUpstream

ZONE = "www.example. 300 A 192.0.2.80"
SERVER = "127.0.0.53"


class Doctor:
    """``moor`` against the daemon of a test; what the doctor found, by check."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.findings: dict[str, dict[str, str]] = {}

    def moor(self, *arguments: str, exits: int = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mooring.cli", "--host", self.daemon.address, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == exits, (done.stdout, done.stderr)
        return done

    def run(self, *options: str, command: str = "exec sleep 100") -> None:
        """A run called web."""
        self.moor("run", "-d", "--name", "web", *options, "--", "sh", "-c", command)

    def examine(self, sandbox: str = "web", exits: int = 0) -> Any:
        """Look www.example up in it."""
        done = self.moor("doctor", "--from", sandbox, "--json", "www.example", exits=exits)
        answer = json.loads(done.stdout)
        self.findings = {finding["Check"]: finding for finding in answer["Findings"]}
        return answer

    def __getitem__(self, check: str) -> tuple[str, str]:
        found = self.findings[check]
        return found["Severity"], found["Message"]

    @property
    def bad(self) -> set[str]:
        return {check for check, found in self.findings.items() if found["Severity"] != "ok"}


@pytest.fixture
async def upstream(daemon: Daemon) -> AsyncIterator[FakeUpstream]:
    """The host's name server; there is a network ``app``."""

    def prepare() -> None:
        Path(daemon.root, "resolv.conf").write_text(f"nameserver {SERVER}\n")
        daemon.client.post("/networks/create", {"Name": "app"})
        question = {"name": "www.example", "type": "A", "network": "app"}
        eventually(lambda: daemon.client.get("/resolve", **question)["Records"])

    async with FakeUpstream(ZONE, address=SERVER, port=53) as server:
        await asyncio.to_thread(prepare)
        yield server


@pytest.fixture
def doctor(daemon: Daemon) -> Doctor:
    return Doctor(daemon)


async def inside(work: Callable[[], None]) -> None:
    await asyncio.to_thread(work)


async def test_a_healthy_run_has_nothing_wrong(upstream: FakeUpstream, doctor: Doctor) -> None:
    def look() -> None:
        doctor.run("--network", "app")
        answer = doctor.examine()
        assert doctor.bad == set()
        measured = answer["Measurements"]
        assert measured["local"]["name"] == "web.app"
        assert measured["plain"]["addresses"] == ["192.0.2.80"]
        assert [each["way"] for each in measured["exchanges"]] == [
            "together",
            "serially",
            "reopened",
        ]
        assert measured["burst"] == {"pairs": 100, "lost": 0}
        printed = doctor.moor("doctor", "--from", "web", "www.example").stdout
        assert "ok       local-name: web.app took" in printed

    await inside(look)
    assert "AAAA" not in {asked.type for asked in upstream.asked if "mooring-" in asked.name}


async def test_a_sandbox_without_a_run_is_seen_as_a_run_would_see_it(
    upstream: FakeUpstream, doctor: Doctor
) -> None:
    def look() -> None:
        doctor.moor("sandbox", "create", "--name", "box", "--hostname", "boxed", "--network", "app")
        measured = doctor.examine("box")["Measurements"]
        assert doctor.bad == set()
        assert measured["hostname"] == "boxed"
        assert "nameserver 127.0.0.11" in measured["files"]["resolv_conf"]
        assert "boxed" in measured["files"]["hosts"]

    await inside(look)


async def test_a_slow_upstream_is_named_with_its_time(
    upstream: FakeUpstream, doctor: Doctor
) -> None:
    upstream.conduct = Conduct(delay=0.7)

    def look() -> None:
        doctor.run("--network", "app")
        doctor.examine()
        assert doctor.bad == {"upstream"}
        severity, message = doctor["upstream"]
        assert severity == "warning"
        assert f"{SERVER} took 7" in message

    await inside(look)


async def test_a_silent_upstream_is_an_error_that_names_it(
    upstream: FakeUpstream, doctor: Doctor
) -> None:
    upstream.conduct = Conduct(silent=True)

    def look() -> None:
        doctor.run("--network", "app")
        doctor.examine(exits=1)
        assert doctor["upstream"][0] == "error"
        assert SERVER in doctor["upstream"][1]
        assert doctor["local-name"][0] == "ok"
        assert doctor["lost-replies"][0] == "ok"

    await inside(look)


async def test_a_resolv_conf_that_somebody_wrote_inside_is_an_error(
    upstream: FakeUpstream, doctor: Doctor
) -> None:
    def look() -> None:
        command = f"echo nameserver {SERVER} > /etc/resolv.conf; exec sleep 100"
        doctor.run("--network", "app", command=command)
        eventually(lambda: doctor.examine(exits=1))
        assert f"ask {SERVER} and not" in doctor["resolv.conf"][1]
        assert doctor["lost-replies"][0] == "ok"

    await inside(look)


async def test_a_resolver_that_is_cut_off_is_an_error_and_does_not_hold_the_doctor_up(
    upstream: FakeUpstream, doctor: Doctor
) -> None:
    def look() -> None:
        doctor.run("--network", "app")
        doctor.moor("exec", "web", "--", "nft", "delete", "table", "ip", "mooring")
        doctor.examine(exits=1)
        assert doctor["one-socket"][1] == "no question got a reply in any way"
        assert doctor["lost-replies"][0] == "error"
        assert doctor["local-name"][0] == "error"

    await inside(look)


async def test_search_lists_work_arounds_and_aaaa_without_ipv6_are_warned_of(
    upstream: FakeUpstream, doctor: Doctor
) -> None:
    def look() -> None:
        options = ("--dns-option", "ndots:3", "--dns-option", "single-request")
        search = ("--dns-search", "a.example", "--dns-search", "b.example")
        doctor.run("--network", "app", "--dns-aaaa", "pass", *search, *options)
        doctor.examine()
        assert doctor.bad == {"search", "options", "aaaa"}
        assert "4 questions before the one that counts" in doctor["search"][1]
        assert "single-request" in doctor["options"][1]
        assert "no IPv6" in doctor["aaaa"][1]

    await inside(look)


async def test_on_the_host_s_network_there_is_no_resolver_of_ours(
    upstream: FakeUpstream, doctor: Doctor
) -> None:
    def look() -> None:
        doctor.run("--network", "host")
        doctor.examine()
        assert "resolv.conf" in doctor.bad
        assert not {"local-name", "one-socket", "upstream"} & doctor.findings.keys()

    await inside(look)


async def test_what_cannot_be_examined_is_refused_with_a_sentence(
    daemon: Daemon, doctor: Doctor
) -> None:
    def look() -> None:
        assert "--from" in doctor.moor("doctor", "www.example", exits=125).stderr
        assert "nobody" in doctor.moor("doctor", "--from", "nobody", exits=1).stderr
        doctor.moor("sandbox", "create", "--name", "box")
        bad = doctor.moor("doctor", "--from", "box", "a..b", exits=1).stderr
        assert "cannot look up 'a..b'" in bad
        long = doctor.moor("doctor", "--from", "box", ".".join(["a" * 60] * 4), exits=1).stderr
        assert "no label can be put before it" in long

    await inside(look)
