"""``--dns-aaaa`` in the whole system: outside names, networks with and without IPv6."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mooring.testing.asking import answers, ask
from mooring.testing.daemon import Daemon
from mooring.testing.eventually import eventually
from mooring.testing.upstream import FakeUpstream

ZONE = """
out.example. 300 A 192.0.2.80
out.example. 300 AAAA 2001:db8::80
"""
SIX = ["2001:db8::80"]


@pytest.fixture
async def upstream(daemon: Daemon) -> AsyncIterator[FakeUpstream]:
    """The host's name server; there is a network ``four`` and another, ``six``, with IPv6."""

    def prepare() -> None:
        (Path(daemon.root) / "resolv.conf").write_text("nameserver 127.0.0.53\n")
        daemon.client.post("/networks/create", {"Name": "four"})
        daemon.client.post("/networks/create", {"Name": "six", "EnableIPv6": True})
        question = {"name": "out.example", "type": "A", "network": "four"}
        eventually(lambda: daemon.client.get("/resolve", **question)["Records"])

    async with FakeUpstream(ZONE, address="127.0.0.53", port=53) as server:
        await asyncio.to_thread(prepare)
        server.asked.clear()
        yield server


def create(daemon: Daemon, network: str, rule: str = "") -> str:
    """A sandbox ``a``; its namespace."""
    body = {
        "Name": "a",
        "Dns": {"Aaaa": rule},
        "NetworkingConfig": {"EndpointsConfig": {network: {}}},
    }
    daemon.client.post("/sandboxes/create", body)
    return str(daemon.client.get("/sandboxes/a")["Netns"])


@pytest.mark.parametrize(
    ("network", "rule", "found"),
    [
        ("four", "auto", []),
        ("six", "auto", SIX),
        ("four", "pass", SIX),
        ("six", "pass", SIX),
        ("four", "filter", []),
        ("six", "filter", []),
    ],
)
async def test_outside_names_have_ipv6_addresses_where_they_could_be_reached(
    daemon: Daemon, upstream: FakeUpstream, network: str, rule: str, found: list[str]
) -> None:
    def look() -> None:
        inside = create(daemon, network, rule)
        assert answers(inside, "out.example", "AAAA") == found
        assert answers(inside, "out.example", "A") == ["192.0.2.80"]
        local = answers(inside, "a", "AAAA")
        assert bool(local) == (network == "six")

    await asyncio.to_thread(look)
    assert ("AAAA" in {asked.type for asked in upstream.asked}) == bool(found)


async def test_joining_and_leaving_a_network_with_ipv6_counts_at_once(
    daemon: Daemon, upstream: FakeUpstream
) -> None:
    def look() -> None:
        inside = create(daemon, "four")
        for _ in range(2):
            assert answers(inside, "out.example", "AAAA") == []
            daemon.client.post("/networks/six/connect", {"Container": "a"})
            assert answers(inside, "out.example", "AAAA") == SIX
            daemon.client.post("/networks/six/disconnect", {"Container": "a"})
        assert answers(inside, "out.example", "AAAA") == []

    await asyncio.to_thread(look)


async def test_an_address_that_a_program_gives_itself_is_never_kept_from_its_use(
    daemon: Daemon, upstream: FakeUpstream
) -> None:
    def look() -> None:
        inside = create(daemon, "four")
        enter = ["nsenter", f"--net={inside}", "ip"]
        for command in ("link add vpn0 up type bridge", "address add fd00:99::1/64 dev vpn0"):
            subprocess.run([*enter, *command.split()], check=True)
        assert answers(inside, "out.example", "AAAA") == SIX

    await asyncio.to_thread(look)


async def test_the_setting_outlives_the_daemon(daemon: Daemon, upstream: FakeUpstream) -> None:
    def look() -> None:
        inside = create(daemon, "six", "filter")
        daemon.kill()
        daemon.start()
        assert daemon.client.get("/sandboxes/a")["Dns"]["Aaaa"] == "filter"
        reply = ask(inside, "out.example", "AAAA")
        assert not reply.answer
        assert reply.authority

    await asyncio.to_thread(look)
    assert "AAAA" not in {asked.type for asked in upstream.asked}
