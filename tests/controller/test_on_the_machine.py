"""Sandboxes on the real machine: links, addresses, routes, packets."""

import asyncio
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from mooring.linux import conntrack, netns, nftables
from mooring.linux.machine import Machine
from mooring.linux.netlink import NETFILTER, Netlink
from mooring.model.endpoint import EndpointRequest
from mooring.model.error import ConflictError, ForbiddenError, InvalidArgumentError, MachineError
from mooring.model.network import AddressPool, NetworkRequest
from mooring.model.sandbox import Sandbox, SandboxRequest
from mooring.testing.bench import Bench
from mooring.testing.outside import neighbour


async def member(real: Bench, name: str, *networks: str) -> Sandbox:
    endpoints = tuple(EndpointRequest(network=network) for network in networks)
    return await real.controller.sandboxes.create(SandboxRequest(name=name, endpoints=endpoints))


def address(real: Bench, sandbox: Sandbox, network: str, version: int = 4) -> str:
    endpoint = real.ledger.find_endpoint(sandbox.id, real.ledger.network(network).id)
    assert endpoint is not None
    text = endpoint.ipv4 if version == 4 else endpoint.ipv6
    return text.partition("/")[0]


def inside(sandbox: Sandbox, *command: str) -> str:
    done = subprocess.run(
        ["nsenter", f"--net={sandbox.netns}", *command], capture_output=True, text=True, check=True
    )
    return done.stdout


@contextmanager
def listening(namespace: str, host: str, port: int = 7000) -> Iterator[None]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with netns.inside(namespace):
        listener = socket.create_server((host, port), family=family)
    with listener:
        yield


def reaches(namespace: str, host: str, port: int = 7000) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with netns.inside(namespace):
        client = socket.socket(family, socket.SOCK_STREAM)
    with client:
        client.settimeout(0.5)
        try:
            client.connect((host, port))
        except OSError:
            return False
        return True


async def test_sandboxes_of_one_network_reach_each_other_by_ipv4_and_ipv6_at_once(
    real: Bench,
) -> None:
    await real.controller.networks.create(NetworkRequest(name="app", enable_ipv6=True))
    first, second = await member(real, "a", "app"), await member(real, "b", "app")
    for version in (4, 6):
        target = address(real, second, "app", version)
        with listening(second.netns, target):
            assert reaches(first.netns, target)


async def test_networks_cannot_reach_each_other(real: Bench) -> None:
    for name in ("app", "lan"):
        await real.controller.networks.create(NetworkRequest(name=name))
    first, second = await member(real, "a", "app"), await member(real, "b", "lan")
    target = address(real, second, "lan")
    with listening(second.netns, target):
        assert not reaches(first.netns, target)


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[str]:
    """A namespace beyond a link of the machine, which knows no way back to any sandbox."""
    with neighbour(str(tmp_path / "outside")) as path:
        yield path


@pytest.mark.parametrize("prefix", ["198.51.100.", "2001:db8::"])
async def test_what_leaves_the_machine_has_the_machines_address(
    real: Bench, outside: str, prefix: str
) -> None:
    await real.controller.networks.create(NetworkRequest(name="app", enable_ipv6=True))
    sandbox = await member(real, "a", "app")
    target = f"{prefix}2"
    with netns.inside(outside):
        family = socket.AF_INET6 if ":" in target else socket.AF_INET
        listener = socket.create_server((target, 7000), family=family)
    with listener:
        assert reaches(sandbox.netns, target)
        listener.settimeout(2)
        connection, peer = listener.accept()
        connection.close()
    assert peer[0] == f"{prefix}1"


async def test_an_internal_network_has_no_way_out_and_no_way_in(real: Bench, outside: str) -> None:
    await real.controller.networks.create(NetworkRequest(name="vault", internal=True))
    sandbox = await member(real, "a", "vault")
    assert "default" not in inside(sandbox, "ip", "route")
    subprocess.run(
        ["nsenter", f"--net={sandbox.netns}", "ip", "route", "add", "default", "dev", "eth0"],
        check=True,
    )
    with listening(outside, "198.51.100.2"):
        assert not reaches(sandbox.netns, "198.51.100.2")


async def test_the_default_route_goes_by_the_first_network_and_comes_back_to_the_next(
    real: Bench,
) -> None:
    for name in ("app", "lan"):
        await real.controller.networks.create(NetworkRequest(name=name))
    sandbox = await member(real, "a", "lan")
    assert "default via 172.18.0.1" in inside(sandbox, "ip", "route")
    await real.controller.connections.connect("a", EndpointRequest(network="app", priority=10))
    assert "default via 172.17.0.1 dev eth1" in inside(sandbox, "ip", "route")
    await real.controller.connections.disconnect("a", "app", force=False)
    assert "default via 172.18.0.1 dev eth0" in inside(sandbox, "ip", "route")


async def test_the_files_follow_the_networks_and_stay_the_same_files(real: Bench) -> None:
    for name in ("app", "lan"):
        await real.controller.networks.create(NetworkRequest(name=name))
    sandbox = await member(real, "a", "app")
    hosts = Path(sandbox.directory, "hosts")
    inode = hosts.stat().st_ino
    await real.controller.connections.connect("a", EndpointRequest(network="lan"))
    lines = hosts.read_text().splitlines()
    assert [line.split()[0] for line in lines[-2:]] == ["172.17.0.2", "172.18.0.2"]
    await real.controller.connections.disconnect("a", "app", force=False)
    assert "172.17.0.2" not in hosts.read_text()
    assert hosts.stat().st_ino == inode
    assert "nameserver 127.0.0.11\nsearch example.net\n" in (
        Path(sandbox.directory, "resolv.conf").read_text()
    )


def flows() -> set[bytes]:
    """Addresses that began a flow or answer it, as far as the kernel knows."""
    with Netlink(NETFILTER) as netfilter:
        listed = netfilter.dump(conntrack.LIST)
    return {source for _, body in listed for source in conntrack.parse_sources(body)}


async def test_the_machine_forgets_an_address_with_its_sandbox(real: Bench) -> None:
    network = await real.controller.networks.create(NetworkRequest(name="app"))
    sandbox = await member(real, "a", "app")
    target = address(real, sandbox, "app")
    neighbours = ["ip", "neighbour", "show", "dev", f"mo-{network.id[:12]}"]
    with listening(sandbox.netns, target):
        socket.create_connection((target, 7000)).close()
        assert target in subprocess.check_output(neighbours, text=True)
        assert ip_address(target).packed in flows()
    await real.controller.sandboxes.delete("a")
    assert target not in subprocess.check_output(neighbours, text=True)
    assert ip_address(target).packed not in flows()


async def test_a_neighbour_learns_that_an_address_has_moved(real: Bench) -> None:
    pool = AddressPool(subnet="10.77.0.0/24")
    await real.controller.networks.create(NetworkRequest(name="app", pools=(pool,)))
    watcher = await member(real, "watcher", "app")
    request = SandboxRequest(
        name="old", endpoints=(EndpointRequest(network="app", ipv4="10.77.0.9"),)
    )
    old = await real.controller.sandboxes.create(request)
    with listening(old.netns, "10.77.0.9"):
        assert reaches(watcher.netns, "10.77.0.9")
    await real.controller.sandboxes.delete("old")
    new = await real.controller.sandboxes.create(request)
    with listening(new.netns, "10.77.0.9"):
        assert reaches(watcher.netns, "10.77.0.9")


@pytest.fixture
def lent(tmp_path: Path) -> Iterator[str]:
    """The path of a namespace that others made, with a link that is called as ours would be."""
    path = str(tmp_path / "lent")
    netns.create(path, {})
    command = f"nsenter --net={path} ip link add eth0 type bridge"
    subprocess.run(command.split(), check=True)
    yield path
    netns.remove(path)


async def lend(real: Bench, path: str) -> Sandbox:
    """A sandbox around the namespace, on the network app."""
    await real.controller.networks.create(NetworkRequest(name="app"))
    request = SandboxRequest(name="a", netns=path, endpoints=(EndpointRequest(network="app"),))
    return await real.controller.sandboxes.create(request)


async def test_a_lent_namespace_keeps_its_own_links_and_gets_all_of_ours_removed(
    real: Bench, machine: Machine, lent: str
) -> None:
    before = {link.name for link in await machine.links(lent)}
    await lend(real, lent)
    assert {link.name for link in await machine.links(lent)} == before | {"eth1"}
    with pytest.raises(ConflictError, match="belongs to the sandbox a"):
        await real.controller.sandboxes.create(SandboxRequest(name="b", netns=lent))
    await real.controller.sandboxes.delete("a")
    assert {link.name for link in await machine.links(lent)} == before
    assert nftables.run("list tables", lent) == ""


async def test_no_namespace_is_lent_that_is_a_sandbox_already(real: Bench, lent: str) -> None:
    owned = await member(real, "a")
    with pytest.raises(ConflictError, match="belongs to the sandbox a"):
        await real.controller.sandboxes.create(SandboxRequest(name="b", netns=owned.netns))
    twice = [SandboxRequest(name=name, netns=lent) for name in ("c", "d")]
    made = await asyncio.gather(
        *(real.controller.sandboxes.create(request) for request in twice), return_exceptions=True
    )
    assert [type(outcome) for outcome in made] == [Sandbox, ConflictError]


async def test_a_sandbox_that_left_its_last_network_has_no_resolver_that_leads_outside(
    real: Bench, lent: str
) -> None:
    sandbox = await lend(real, lent)
    await real.controller.connections.disconnect("a", "app", force=False)
    assert sandbox.id not in real.resolver.views
    assert nftables.run("list tables", lent) == ""
    await real.controller.connections.connect("a", EndpointRequest(network="app"))
    assert sandbox.id in real.resolver.views
    assert "table ip mooring" in nftables.run("list tables", lent)


async def test_another_namespace_at_the_path_of_one_that_was_lent_is_left_alone(
    real: Bench, lent: str
) -> None:
    await lend(real, lent)
    netns.remove(lent)
    netns.create(lent, {})
    nftables.run("table ip mooring", lent)
    await real.controller.sandboxes.delete("a")
    assert "table ip mooring" in nftables.run("list tables", lent)


async def test_the_machines_own_namespace_is_not_taken_for_a_sandbox(real: Bench) -> None:
    with pytest.raises(InvalidArgumentError, match="machine's own network namespace"):
        await real.controller.sandboxes.create(SandboxRequest(netns="/proc/self/ns/net"))


@pytest.mark.parametrize("path", ["/nowhere", "/etc/hosts", "/proc/self/ns/mnt", "here", "/a\0b"])
async def test_a_path_that_is_no_network_namespace_is_named(real: Bench, path: str) -> None:
    with pytest.raises(InvalidArgumentError, match=re.escape(repr(path)[1:-1])):
        await real.controller.sandboxes.create(SandboxRequest(netns=path))
    assert not real.ledger.sandboxes


async def test_a_bridge_that_somebody_else_made_is_left_alone(real: Bench) -> None:
    subprocess.run(["ip", "link", "add", "theirs0", "type", "bridge"], check=True)
    try:
        with pytest.raises(ConflictError, match="there is a link theirs0"):
            await real.controller.networks.create(
                NetworkRequest(name="app", options={"com.docker.network.bridge.name": "theirs0"})
            )
        subprocess.run(["ip", "link", "show", "theirs0"], check=True, capture_output=True)
    finally:
        subprocess.run(["ip", "link", "delete", "theirs0"], check=True)


async def test_networks_that_are_built_in_or_in_use_are_not_deleted(real: Bench) -> None:
    for name in ("host", "none"):
        with pytest.raises(ForbiddenError, match="built in"):
            await real.controller.networks.delete(name)
    await real.controller.networks.create(NetworkRequest(name="app"))
    await member(real, "a", "app")
    with pytest.raises(ForbiddenError, match=r'has active endpoints \(name:"a"'):
        await real.controller.networks.delete("app")


async def test_sandboxes_that_come_and_go_and_fail_leave_no_file_open_and_no_namespace(
    real: Bench,
) -> None:
    def left() -> tuple[int, int]:
        mounts = Path("/proc/self/mounts").read_text().count("nsfs")
        return len(os.listdir("/proc/self/fd")), mounts

    app = await real.controller.networks.create(NetworkRequest(name="app"))
    await real.controller.networks.create(NetworkRequest(name="lan"))
    bridge = f"mo-{app.id[:12]}"
    before: tuple[int, int] | None = None
    for _ in range(3):
        await member(real, "a", "app")
        await real.controller.connections.connect("a", EndpointRequest(network="lan"))
        for name in ("app", "lan"):
            await real.controller.connections.disconnect("a", name, force=False)
        await real.controller.connections.connect("a", EndpointRequest(network="lan"))
        subprocess.run(["ip", "link", "delete", bridge], check=True)
        with pytest.raises(MachineError, match="CreateVeth"):
            await member(real, "b", "app")
        await real.controller.networks.restore(app)
        await real.controller.sandboxes.delete("a")
        before = before or left()
    assert left() == before
