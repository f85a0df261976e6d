"""``kill -9`` between any two steps: a new start leaks nothing and never lies."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mooring.cli.client import Client
from mooring.model.error import MooringError, UnavailableError
from mooring.testing.daemon import Daemon

Step = tuple[str, Callable[[Any], Any]]


def endpoint(network: str, **settings: object) -> dict[str, object]:
    return {"NetworkingConfig": {"EndpointsConfig": {network: settings}}}


PORTS = {"PortBindings": {"80/tcp": [{"HostPort": "8080"}], "53/udp": [{"HostPort": "8053"}]}}

LIFE: list[Step] = [
    ("create a network", lambda c: c.post("/networks/create", {"Name": "app", "EnableIPv6": True})),
    ("create another", lambda c: c.post("/networks/create", {"Name": "lan", "Internal": True})),
    (
        "create a sandbox with a port",
        lambda c: c.post("/sandboxes/create", {"Name": "a", **PORTS, **endpoint("app")}),
    ),
    ("create a second", lambda c: c.post("/sandboxes/create", {"Name": "b", **endpoint("lan")})),
    ("connect", lambda c: c.post("/networks/lan/connect", {"Container": "a"})),
    ("disconnect", lambda c: c.post("/networks/app/disconnect", {"Container": "a"})),
    ("delete the sandbox", lambda c: c.delete("/sandboxes/a")),
    ("delete the network", lambda c: c.delete("/networks/app")),
]


def live(daemon: Daemon, life: list[Step], effects: int) -> bool:
    """Lead the life of a daemon that dies after so many effects; whether it lived to the end."""
    daemon.start(effects)
    for _, step in life:
        try:
            step(daemon.client)
        except MooringError:
            daemon.kill()
            return False
    return daemon.is_alive()


def lines(*command: str) -> list[str]:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def links() -> set[str]:
    """Links that bear our marks."""
    names = (line.split()[0].partition("@")[0] for line in lines("ip", "-brief", "link"))
    return {name for name in names if name.startswith("mo")}


def names_in(directory: Path) -> set[str]:
    return {entry.name for entry in directory.iterdir()} if directory.exists() else set()


def agrees(daemon: Daemon) -> None:
    """The machine has what the daemon says it has, and nothing else; and names tell the truth."""
    client = daemon.client
    networks = [n for n in client.get("/networks") if n["Driver"] == "bridge"]
    sandboxes = client.get("/sandboxes")
    ids = {sandbox["Id"] for sandbox in sandboxes}
    bridges = {f"mo-{network['Id'][:12]}" for network in networks}
    veths = {f"mov{e['EndpointID'][:10]}" for s in sandboxes for e in s["Networks"].values()}
    assert links() == bridges | veths
    assert names_in(daemon.run_root / "netns") == {identity[:12] for identity in ids}
    assert names_in(daemon.run_root / "sandboxes") == ids
    mounts = {line for line in Path("/proc/self/mounts").read_text().split() if "/netns/" in line}
    assert len([mount for mount in mounts if str(daemon.root) in mount]) == len(ids)
    rules = "\n".join(lines("nft", "list", "set", "inet", "mooring", "bridges"))
    assert {bridge for bridge in bridges if bridge in rules} == bridges
    assert rules.count('"mo-') == len(bridges)
    for network in networks:
        attached = {member["Name"] for member in network_members(client, network["Id"])}
        for name in ("a", "b"):
            found = client.get("/resolve", name=name, type="A", network=network["Name"])
            assert bool(found["Records"]) == (name in attached), (network["Name"], name, found)
    for sandbox in sandboxes:
        addresses = lines("nsenter", f"--net={sandbox['Netns']}", "ip", "-brief", "address")
        for attached_ in sandbox["Networks"].values():
            assert any(attached_["IPAddress"] in line for line in addresses)
        rules = "\n".join(lines("nsenter", f"--net={sandbox['Netns']}", "nft", "list", "ruleset"))
        assert "127.0.0.11" in rules
    assert led() == {place for s in sandboxes for place in published(s["Ports"])}
    assert held(daemon) == {(p, a, n) for p, a, n, _ in led()}
    for finding in client.get("/system/doctor")["Findings"]:
        assert finding["Severity"] == "ok" or finding["Check"] == "upstreams", finding


def published(ports: dict[str, Any]) -> set[tuple[str, str, int, int]]:
    """Protocol, address and port of the host, and port of the sandbox."""
    found = set()
    for name, bindings in ports.items():
        port, protocol = name.split("/")
        for binding in bindings:
            found.add((protocol, binding["HostIp"], int(binding["HostPort"]), int(port)))
    return found


def led() -> set[tuple[str, str, int, int]]:
    """The same as the firewall has it; each of them once."""
    found = []
    for name, address in (("everywhere4", "0.0.0.0"), ("everywhere6", "::")):
        listed = lines("nft", "-j", "list", "map", "inet", "mooring", name)
        (held_map,) = (i["map"] for i in json.loads(listed[0])["nftables"] if "map" in i)
        for key, target in held_map.get("elem", []):
            protocol, port = key["concat"]
            found.append((protocol, address, port, target["concat"][1]))
    assert len(found) == len(set(found))
    return set(found)


def held(daemon: Daemon) -> set[tuple[str, str, int]]:
    """The ports that sockets of the daemon are bound to."""
    listed = lines("ss", "-H", "-n", "-l", "-t", "-u", "-p")
    found = set()
    for line in listed:
        protocol, _, _, _, local, *_ = line.split()
        address, _, port = local.rpartition(":")
        if f"pid={daemon.pid}," in line and port in ("8080", "8053"):
            found.add((protocol, address.strip("[]"), int(port)))
    return found


def network_members(client: Any, identity: str) -> list[dict[str, str]]:
    return list(client.get(f"/networks/{identity}")["Containers"].values())


def clear(daemon: Daemon) -> None:
    """Delete all that is left, which must be possible."""
    client = daemon.client
    for sandbox in client.get("/sandboxes"):
        client.delete(f"/sandboxes/{sandbox['Id']}")
    for network in client.get("/networks"):
        if network["Driver"] == "bridge":
            client.delete(f"/networks/{network['Id']}")
    assert links() == set()
    assert names_in(daemon.run_root / "netns") == set()
    assert led() == set()
    assert held(daemon) == set()


@pytest.mark.timeout(600)
def test_after_kill_9_at_any_point_a_new_start_adopts_what_lives_and_clears_the_rest(
    daemon: Daemon,
) -> None:
    daemon.stop()
    effects = 1
    while not live(daemon, LIFE, effects):
        daemon.start()
        agrees(daemon)
        clear(daemon)
        daemon.stop()
        effects += 1
    assert effects > len(LIFE) * 5, "the daemon was hardly ever killed"
    agrees(daemon)


def run_detached(client: Client) -> None:
    """``moor run -d``, which undoes the run itself if the daemon dies on it."""
    command = ["run", "-d", "--name", "a", "--network", "app", "-p", "8080:80"]
    command += ["--", "sleep", "1000"]
    done = subprocess.run(
        [sys.executable, "-m", "mooring.cli", "-H", client.address, *command],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise UnavailableError(done.stderr.decode())


RUN: list[Step] = [
    ("create a network", lambda c: c.post("/networks/create", {"Name": "app"})),
    ("run", run_detached),
    ("stop", lambda c: c.post("/containers/a/stop", t=0)),
    ("remove", lambda c: c.delete("/containers/a")),
]


def sleepers(daemon: Daemon) -> list[str]:
    """Supervisors of this daemon's runs."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            mounts = (process / "mountinfo").read_text()
            if f"{daemon.root.name}/run/sandboxes/" in mounts:
                found.append(process.name)
    return found


@pytest.mark.timeout(600)
def test_a_run_is_as_safe_and_no_process_of_it_is_left_that_the_daemon_does_not_know(
    daemon: Daemon,
) -> None:
    daemon.stop()
    effects = 1
    while not live(daemon, RUN, effects):
        daemon.start()
        runs = daemon.client.get("/containers/json", all=True)
        living = {sandbox["Id"] for sandbox in daemon.client.get("/sandboxes")}
        assert living <= {run["Id"] for run in runs}, "no sandbox outlives its run's intent"
        for run in runs:
            known = daemon.client.get(f"/containers/{run['Id']}/json")["State"]
            assert known["Status"] in ("running", "exited")
            assert (known["Pid"] > 0) == known["Running"]
            daemon.client.delete(f"/containers/{run['Id']}", force=True)
        agrees(daemon)
        assert sleepers(daemon) == []
        clear(daemon)
        daemon.stop()
        effects += 1
    assert effects > 20
    agrees(daemon)


@pytest.mark.timeout(300)
def test_a_start_that_is_killed_itself_is_no_worse_than_any_other(daemon: Daemon) -> None:
    for _, step in LIFE[:5]:
        step(daemon.client)
    daemon.kill()
    effects = 1
    while True:
        daemon.start(effects)
        if daemon.is_alive():
            break
        daemon.kill()
        effects += 1
    assert effects > 10
    agrees(daemon)
    assert {sandbox["Name"] for sandbox in daemon.client.get("/sandboxes")} == {"a", "b"}
