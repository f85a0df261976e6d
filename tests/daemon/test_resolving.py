"""What a sandbox's resolver says of names that are not its own, in the whole system."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from mooring.linux import netns
from mooring.testing.asking import answers, ask, verdict
from mooring.testing.daemon import Daemon
from mooring.testing.eventually import eventually
from mooring.testing.upstream import Conduct, FakeUpstream

ZONE = """
out.example. 300 A 192.0.2.80
db. 300 A 192.0.2.66
9.0.17.172.in-addr.arpa. 300 PTR wrong.example.
1.0.31.172.in-addr.arpa. 300 PTR far.example.
"""


def create(daemon: Daemon, name: str, network: str, **settings: Any) -> str:
    """A sandbox on a network; its namespace."""
    body = {
        "Name": name,
        "NetworkingConfig": {"EndpointsConfig": {network: {}}},
        **settings,
    }
    daemon.client.post("/sandboxes/create", body)
    return str(daemon.client.get(f"/sandboxes/{name}")["Netns"])


@pytest.fixture
async def upstream(daemon: Daemon) -> AsyncIterator[FakeUpstream]:
    """The host's name server, on a loopback address that only the host can reach."""
    async with FakeUpstream(ZONE, address="127.0.0.53", port=53) as server:
        point(daemon, "127.0.0.53")
        await until(lambda: resolves(daemon, "out.example"))
        server.asked.clear()
        yield server


def point(daemon: Daemon, *servers: str) -> None:
    """Let the host's resolv.conf name these servers."""
    text = "".join(f"nameserver {server}\n" for server in servers)
    Path(daemon.root, "resolv.conf").write_text(text)


def resolves(daemon: Daemon, name: str) -> bool:
    networks = {network["Name"] for network in daemon.client.get("/networks")}
    if "app" not in networks:
        daemon.client.post("/networks/create", {"Name": "app"})
    return bool(daemon.client.get("/resolve", name=name, type="A", network="app")["Records"])


async def until(condition: Callable[[], bool]) -> None:
    await asyncio.to_thread(eventually, condition)


async def test_outside_names_come_from_the_hosts_server_though_only_the_host_can_reach_it(
    daemon: Daemon, upstream: FakeUpstream
) -> None:
    inside = create(daemon, "a", "app")
    assert await asyncio.to_thread(answers, inside, "out.example") == ["192.0.2.80"]


async def test_a_known_name_is_answered_here_for_every_type_and_never_asked_elsewhere(
    daemon: Daemon, upstream: FakeUpstream
) -> None:
    inside = create(daemon, "db", "app")
    assert await asyncio.to_thread(answers, inside, "db") == ["172.17.0.2"]
    for rtype in ("AAAA", "MX", "TXT", "SRV", "HTTPS", "SOA", "CAA"):
        reply = await asyncio.to_thread(ask, inside, "db", rtype)
        assert not reply.answer
        assert reply.rcode() == 0
        assert reply.authority[0].rdtype.name == "SOA"
    assert upstream.asked == []


async def test_reverse_names_of_our_subnets_never_leave_the_machine_and_others_do(
    daemon: Daemon, upstream: FakeUpstream
) -> None:
    inside = create(daemon, "a", "app")
    assert (await asyncio.to_thread(verdict, inside, "9.0.17.172.in-addr.arpa", "PTR"))[0] == (
        "NXDOMAIN"
    )
    assert upstream.asked == []
    far = await asyncio.to_thread(answers, inside, "1.0.31.172.in-addr.arpa", "PTR")
    assert far == ["far.example."]


async def test_an_internal_network_asks_nobody_and_says_why(
    daemon: Daemon, upstream: FakeUpstream
) -> None:
    daemon.client.post("/networks/create", {"Name": "vault", "Internal": True})
    inside = create(daemon, "a", "vault")
    rcode, text = await asyncio.to_thread(verdict, inside, "out.example")
    assert rcode == "SERVFAIL"
    assert "internal" in text
    assert upstream.asked == []


async def test_connecting_to_a_network_that_leads_outside_opens_the_way_at_once(
    daemon: Daemon, upstream: FakeUpstream
) -> None:
    daemon.client.post("/networks/create", {"Name": "vault", "Internal": True})
    inside = create(daemon, "a", "vault")
    daemon.client.post("/networks/app/connect", {"Container": "a"})
    assert await asyncio.to_thread(answers, inside, "out.example") == ["192.0.2.80"]
    daemon.client.post("/networks/app/disconnect", {"Container": "a"})
    assert (await asyncio.to_thread(verdict, inside, "out.example"))[0] == "SERVFAIL"


async def test_without_any_server_the_answer_is_immediate_and_says_what_is_missing(
    daemon: Daemon,
) -> None:
    daemon.client.post("/networks/create", {"Name": "app"})
    inside = create(daemon, "a", "app")
    before = time.monotonic()
    rcode, text = await asyncio.to_thread(verdict, inside, "out.example")
    assert time.monotonic() - before < 1
    assert rcode == "SERVFAIL"
    assert "no upstream name server is configured" in text


async def test_a_change_of_the_hosts_servers_takes_effect_without_a_restart(
    daemon: Daemon, upstream: FakeUpstream
) -> None:
    inside = create(daemon, "a", "app")
    async with FakeUpstream("new.example. 300 A 192.0.2.81", address="127.0.0.54", port=53):
        point(daemon, "127.0.0.54")
        await until(lambda: answers(inside, "new.example") == ["192.0.2.81"])
        assert await asyncio.to_thread(answers, inside, "out.example") == []


async def test_a_sandboxs_own_servers_are_asked_from_inside_it_and_answer_nobody_else(
    daemon: Daemon, upstream: FakeUpstream
) -> None:
    server = create(daemon, "server", "app")

    def open_inside(family: int, kind: int) -> socket.socket:
        with netns.inside(server):
            return socket.socket(family, kind)

    zone = "private.example. 300 A 192.0.2.82"
    async with FakeUpstream(zone, address="172.17.0.2", port=53, open_socket=open_inside) as own:
        inside = create(daemon, "a", "app", Dns={"Servers": ["172.17.0.2"]})
        other = create(daemon, "b", "app")
        assert await asyncio.to_thread(answers, inside, "private.example") == ["192.0.2.82"]
        assert own.asked
        assert await asyncio.to_thread(answers, other, "private.example") == []
        assert upstream.count("private.example.") == 1


async def test_with_every_server_silent_there_is_an_explained_reply_in_time(
    daemon: Daemon, upstream: FakeUpstream
) -> None:
    upstream.conduct = Conduct(silent=True)
    inside = create(daemon, "a", "app")
    before = time.monotonic()
    rcode, text = await asyncio.to_thread(verdict, inside, "slow.example")
    assert time.monotonic() - before < 3.6
    assert rcode == "SERVFAIL"
    assert "127.0.0.53" in text


async def test_a_daemon_that_starts_while_upstreams_are_silent_answers_local_names_at_once(
    daemon: Daemon, upstream: FakeUpstream
) -> None:
    inside = create(daemon, "db", "app")
    upstream.conduct = Conduct(silent=True)
    await asyncio.to_thread(daemon.kill)
    await asyncio.to_thread(daemon.start)
    assert await asyncio.to_thread(answers, inside, "db") == ["172.17.0.2"]


async def test_the_trace_names_the_server_that_was_asked(
    daemon: Daemon, upstream: FakeUpstream
) -> None:
    create(daemon, "a", "app")
    question = {"name": "once.example", "type": "A", "sandbox": "a"}
    trace = await asyncio.to_thread(daemon.client.get, "/resolve", **question)
    stages = [(step["Stage"], step["Subject"]) for step in trace["Steps"]]
    assert ("scope", "app") in stages
    assert ("upstream", "127.0.0.53") in stages
    assert trace["Rcode"] == "NXDOMAIN"


async def test_the_trace_of_a_local_name_names_who_claims_it_and_for_how_long(
    daemon: Daemon,
) -> None:
    daemon.client.post("/networks/create", {"Name": "app"})
    create(daemon, "db", "app")
    question = {"name": "db", "type": "A", "network": "app"}
    trace = await asyncio.to_thread(daemon.client.get, "/resolve", **question)
    (endpoint,) = daemon.client.get("/sandboxes/db")["Networks"].values()
    claims = [step for step in trace["Steps"] if step["Stage"] == "claim"]
    holder = f"db (endpoint {endpoint['EndpointID'][:12]})"
    assert [(step["Subject"], step["Outcome"]) for step in claims] == [
        (holder, "A 172.17.0.2, TTL 5 s")
    ]
    assert trace["Records"] == ["db. 5 IN A 172.17.0.2"]
    assert trace["Milliseconds"] > 0
