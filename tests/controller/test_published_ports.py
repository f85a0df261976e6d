"""Ports of the host that lead to sandboxes, tried with real clients from everywhere."""

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mooring.linux import netns, nftables
from mooring.model.endpoint import EndpointRequest
from mooring.model.error import ConflictError, InvalidArgumentError
from mooring.model.network import NetworkRequest
from mooring.model.port import PortRequest, PublishedPort
from mooring.model.publish import parse_publish
from mooring.model.sandbox import Sandbox, SandboxRequest
from mooring.testing.bench import Bench
from mooring.testing.outside import MACHINE, NEIGHBOUR, neighbour
from mooring.testing.peers import seen_as, serving

HERE = ""
LOOPBACK = {4: "127.0.0.1", 6: "::1"}


async def member(real: Bench, name: str, network: str, *publish: str) -> Sandbox:
    ports = tuple(request for text in publish for request in parse_publish(text))
    request = SandboxRequest(name=name, endpoints=(EndpointRequest(network=network),), ports=ports)
    return await real.controller.sandboxes.create(request)


async def networks(real: Bench, *names: str) -> None:
    for name in names:
        await real.controller.networks.create(NetworkRequest(name=name, enable_ipv6=True))


def address(real: Bench, sandbox: Sandbox, version: int = 4) -> str:
    endpoint = real.ledger.endpoints_in(sandbox.id)[0]
    return (endpoint.ipv4 if version == 4 else endpoint.ipv6).partition("/")[0]


def gateway(real: Bench, sandbox: Sandbox, version: int = 4) -> str:
    endpoint = real.ledger.endpoints_in(sandbox.id)[0]
    return endpoint.gateway4 if version == 4 else endpoint.gateway6


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[str]:
    """A namespace beyond a link of the machine, which takes the machine for its router."""
    with neighbour(str(tmp_path / "outside"), routed=True) as path:
        yield path


@contextmanager
def taken(host: str, port: int) -> Iterator[None]:
    """A port of the host that this process has."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as other:
        if family == socket.AF_INET6:
            other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        other.bind((host, port))
        other.listen()
        yield


def elements(name: str) -> list[object]:
    """What a map or set of the table holds."""
    kind = "set" if name in ("closed6", "bridges") else "map"
    listed = json.loads(nftables.run(f"list {kind} inet mooring {name}", json_output=True))
    found = [item[kind] for item in listed["nftables"] if kind in item]
    return list(found[0].get("elem", []))


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
@pytest.mark.parametrize("version", [4, 6])
async def test_a_published_port_is_reached_from_everywhere_and_nothing_else_is_from_outside(
    real: Bench, outside: str, protocol: str, version: int
) -> None:
    await networks(real, "app", "lan")
    server = await member(real, "a", "app", f"8080:80/{protocol}")
    beside, elsewhere = await member(real, "b", "app"), await member(real, "c", "lan")
    target = address(real, server, version)
    with serving(server.netns, target, 80, protocol), serving(server.netns, target, 81, protocol):
        for client in (outside, HERE, beside.netns, elsewhere.netns, server.netns):
            assert seen_as(client, MACHINE[version], 8080, protocol), client
        assert seen_as(outside, MACHINE[version], 8080, protocol) == NEIGHBOUR[version]
        own = gateway(real, server, version)
        assert seen_as(server.netns, own, 8080, protocol) == own
        for port in (80, 81):
            assert seen_as(HERE, target, port, protocol)
            assert seen_as(beside.netns, target, port, protocol)
            for client in (outside, elsewhere.netns):
                assert not seen_as(client, target, port, protocol, patient=False)


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
async def test_the_host_reaches_it_by_127_0_0_1(real: Bench, protocol: str) -> None:
    await networks(real, "app")
    server = await member(real, "a", "app", f"8080:80/{protocol}")
    with serving(server.netns, address(real, server), 80, protocol):
        assert seen_as(HERE, "127.0.0.1", 8080, protocol) == gateway(real, server)


async def test_at_the_host_s_ipv6_loopback_it_is_refused_at_once_so_that_clients_try_ipv4(
    real: Bench,
) -> None:
    await networks(real, "app")
    await member(real, "a", "app", "8080:80", "8081:81/udp")
    with (
        socket.socket(socket.AF_INET6) as client,
        pytest.raises(ConnectionRefusedError),
    ):
        client.connect(("::1", 8080))
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client:
        client.settimeout(2)
        client.connect(("::1", 8081))
        with pytest.raises(PermissionError):
            client.send(b"?")
    with pytest.raises(InvalidArgumentError, match="cannot be published at ::1"):
        await member(real, "b", "app", "[::1]:9090:80")


async def test_a_port_published_at_one_address_is_reached_there_only(
    real: Bench, outside: str
) -> None:
    await networks(real, "app")
    server = await member(real, "a", "app", "127.0.0.1:8080:80", f"{MACHINE[4]}:8081:80")
    with serving(server.netns, address(real, server), 80):
        assert seen_as(HERE, "127.0.0.1", 8080)
        assert not seen_as(HERE, MACHINE[4], 8080, patient=False)
        assert not seen_as(outside, MACHINE[4], 8080, patient=False)
        assert seen_as(outside, MACHINE[4], 8081) == NEIGHBOUR[4]
        assert not seen_as(HERE, "127.0.0.1", 8081, patient=False)
        assert not seen_as(outside, gateway(real, server), 8081, patient=False)


@pytest.mark.parametrize("client", ["outside", "sandbox"])
async def test_nobody_reaches_the_host_s_loopback_through_the_ways_that_ports_need(
    real: Bench, outside: str, client: str
) -> None:
    await networks(real, "app")
    server = await member(real, "a", "app", "127.0.0.1:8080:80")
    other = await member(real, "b", "app")
    namespace, interface, router = (
        (outside, "out1", MACHINE[4])
        if client == "outside"
        else (other.netns, "eth0", gateway(real, other))
    )
    commands = f"""
        sysctl -qw net.ipv4.conf.{interface}.route_localnet=1
        sysctl -qw net.ipv4.conf.all.route_localnet=1
        ip address del 127.0.0.1/8 dev lo
        ip route flush table local type local root 127.0.0.0/8
        ip route flush table local type broadcast root 127.0.0.0/8
        ip route add 127.0.0.1/32 via {router} dev {interface}
    """
    for command in commands.strip().splitlines():
        subprocess.run(["nsenter", f"--net={namespace}", *command.split()], check=False)
    with (
        serving(server.netns, address(real, server), 80),
        serving(HERE, "127.0.0.1", 9000),
    ):
        assert seen_as(HERE, "127.0.0.1", 9000) == "127.0.0.1"
        assert not seen_as(namespace, "127.0.0.1", 8080, patient=False)
        assert not seen_as(namespace, "127.0.0.1", 9000, patient=False)


async def test_nothing_leads_to_or_from_an_internal_network(real: Bench, outside: str) -> None:
    await real.controller.networks.create(NetworkRequest(name="vault", internal=True))
    await networks(real, "app")
    server, shut = await member(real, "a", "app", "8080:80"), await member(real, "b", "vault")
    subprocess.run(
        ["nsenter", f"--net={shut.netns}", "ip", "route", "add", "default", "dev", "eth0"],
        check=True,
    )
    with serving(server.netns, address(real, server), 80):
        assert not seen_as(shut.netns, MACHINE[4], 8080, patient=False)
    with pytest.raises(InvalidArgumentError, match="port 80/tcp cannot be published: no network"):
        await member(real, "c", "vault", "9090:80")


async def test_ports_that_are_automatic_are_the_same_for_ipv4_and_ipv6(real: Bench) -> None:
    await networks(real, "app")
    server = await member(real, "a", "app", "80", "80/udp")
    by_protocol: dict[str, set[int]] = {}
    for port in server.published:
        by_protocol.setdefault(port.protocol, set()).add(port.host_port)
    assert [len(ports) for ports in by_protocol.values()] == [1, 1]
    assert {port.host_ip for port in server.published} == {"0.0.0.0", "::"}
    first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    assert all(first <= port.host_port <= last for port in server.published)


async def test_a_port_that_somebody_has_is_refused_naming_who(real: Bench) -> None:
    await networks(real, "app")
    name = Path("/proc/self/comm").read_text().strip()
    for host in ("0.0.0.0", "127.0.0.1", "::", "::1"):
        with (
            taken(host, 8080),
            pytest.raises(ConflictError, match=r"address already in use by .* \(process") as told,
        ):
            await member(real, "a", "app", "8080:80")
        assert name in str(told.value)
    await member(real, "a", "app", "8080:80")
    with pytest.raises(ConflictError, match=r"port is already allocated \(tcp\) to a"):
        await member(real, "b", "app", "127.0.0.1:8080:80")
    assert [sandbox.name for sandbox in real.ledger.sandboxes.values()] == ["a"]


async def test_a_range_goes_on_to_a_port_that_nobody_has(real: Bench) -> None:
    await networks(real, "app")
    with taken("0.0.0.0", 8080), taken("::", 8081):
        server = await member(real, "a", "app", "8080-8082:80")
        assert {port.host_port for port in server.published} == {8082}
        with pytest.raises(ConflictError, match="address already in use by"):
            await member(real, "b", "app", "8080-8082:80")


async def test_nobody_else_gets_a_port_while_it_is_published_and_everybody_afterwards(
    real: Bench,
) -> None:
    await networks(real, "app")
    await member(real, "a", "app", "8080:80", "8080:80/udp")
    for host in ("0.0.0.0", "127.0.0.1", "::", "::1"):
        with pytest.raises(OSError, match="in use"), taken(host, 8080):
            pass
    await real.controller.sandboxes.delete("a")
    for host in ("0.0.0.0", "::"):
        with taken(host, 8080):
            pass
    for name in ("everywhere4", "everywhere6", "closed6"):
        assert elements(name) == []


async def test_an_address_that_the_host_has_not_is_named(real: Bench) -> None:
    await networks(real, "app")
    with pytest.raises(InvalidArgumentError, match=r"the host has no address 192\.0\.2\.9"):
        await member(real, "a", "app", "8079:79", "192.0.2.9:8080:80")
    with taken("0.0.0.0", 8079):
        pass
    assert not real.ledger.sandboxes


async def test_a_port_at_an_ipv6_address_needs_ipv6_in_the_sandbox(real: Bench) -> None:
    await real.controller.networks.create(NetworkRequest(name="old"))
    server = await member(real, "a", "old", "8080:80")
    assert [port.host_ip for port in server.published] == ["0.0.0.0"]
    with pytest.raises(InvalidArgumentError, match="the sandbox has no IPv6 address"):
        await member(real, "b", "old", "[::]:8081:80")


@pytest.mark.parametrize("network", ["host", "none"])
async def test_the_networks_host_and_none_have_nothing_to_lead_a_port_to(
    real: Bench, network: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=f"the network {network} has no addresses"):
        await member(real, "a", network, "8080:80")


async def test_ports_follow_the_network_that_leads_out(real: Bench, outside: str) -> None:
    await real.controller.networks.create(NetworkRequest(name="old"))
    await networks(real, "app")
    server = await member(real, "a", "old", "8080:80")
    published = server.published
    await real.controller.connections.connect("a", EndpointRequest(network="app", priority=5))
    after = real.ledger.sandbox("a").published
    asked = PortRequest(container_port=80, host_port=8080)
    both = [
        PublishedPort(protocol="tcp", host_ip=host, host_port=8080, container_port=80, asked=asked)
        for host in ("0.0.0.0", "::")
    ]
    assert list(after) == both
    with serving(server.netns, "0.0.0.0", 80), serving(server.netns, "::", 80):
        for version in (4, 6):
            assert seen_as(outside, MACHINE[version], 8080)
        held = len(elements("everywhere4"))
        await real.controller.connections.disconnect("a", "app", force=False)
        assert real.ledger.sandbox("a").published == published
        assert len(elements("everywhere4")) == held == 1
        assert elements("everywhere6") == elements("closed6") == []
        assert seen_as(outside, MACHINE[4], 8080)
        await real.controller.connections.disconnect("a", "old", force=False)
        assert elements("everywhere4") == []
        with taken("0.0.0.0", 8080), taken("::", 8080):
            pass
        await real.controller.connections.connect("a", EndpointRequest(network="app"))
        for version in (4, 6):
            assert seen_as(outside, MACHINE[version], 8080)


async def test_a_connect_that_cannot_have_the_port_in_ipv6_changes_nothing(real: Bench) -> None:
    await real.controller.networks.create(NetworkRequest(name="old"))
    await networks(real, "app")
    server = await member(real, "a", "old", "8080:80")
    with taken("::", 8080), pytest.raises(ConflictError, match="already in use"):
        await real.controller.connections.connect("a", EndpointRequest(network="app"))
    assert real.ledger.sandbox("a").published == server.published
    assert len(real.ledger.endpoints_in(server.id)) == 1
    with serving(server.netns, address(real, server), 80):
        assert seen_as(HERE, "127.0.0.1", 8080)


async def test_a_udp_flow_that_was_there_before_the_port_was_published_goes_the_new_way(
    real: Bench, outside: str
) -> None:
    await networks(real, "app")
    with netns.inside(outside):
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with client:
        client.settimeout(2)
        client.connect((MACHINE[4], 8080))
        client.send(b"nobody there yet")
        with pytest.raises(ConnectionRefusedError):
            client.recv(64)
        for _ in range(2):
            server = await member(real, "a", "app", "8080:80/udp")
            with serving(server.netns, address(real, server), 80, "udp"):
                client.send(b"?")
                assert client.recv(64).decode() == NEIGHBOUR[4]
            await real.controller.sandboxes.delete("a")


async def test_a_thousand_ports_cost_no_rule(real: Bench) -> None:
    await networks(real, "app")

    def rules() -> int:
        listed = json.loads(nftables.run("list table inet mooring", json_output=True))
        return sum("rule" in item for item in listed["nftables"])

    before = rules()
    await member(real, "a", "app", "20000-20999:1000-1999", "20000-20999:1000-1999/udp")
    assert rules() == before
    assert len(elements("everywhere4")) == len(elements("everywhere6")) == 2000


async def test_a_kernel_without_sctp_is_named_and_nothing_is_left(real: Bench) -> None:
    await networks(real, "app")
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP).close()
    except OSError:
        with pytest.raises(Exception, match="this kernel does not know sctp"):
            await member(real, "a", "app", "8080:80/sctp")
        assert not real.ledger.sandboxes
    else:
        server = await member(real, "a", "app", "8080:80/sctp")
        assert [port.protocol for port in server.published] == ["sctp", "sctp"]
