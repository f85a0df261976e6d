"""Docker's own command line against our API, where it is installed."""

import asyncio
import json
import shutil

import pytest

from mooring.model.endpoint import EndpointRequest
from mooring.model.network import NetworkRequest
from mooring.model.run import Process, RunRequest
from mooring.model.sandbox import SandboxRequest
from mooring.testing.api import Api
from mooring.testing.backend import FakeBackend

DOCKER = shutil.which("docker")
pytestmark = pytest.mark.skipif(DOCKER is None, reason="needs Docker's command line, docker")


async def docker(address: str, *arguments: str) -> str:
    """What Docker's client prints; it must succeed."""
    assert DOCKER
    process = await asyncio.create_subprocess_exec(
        DOCKER, "-H", address, *arguments, stdout=-1, stderr=-1
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode().strip()


async def test_docker_s_client_manages_our_networks(
    backend: FakeBackend, address: str, api: Api
) -> None:
    options = ("--subnet", "10.1.0.0/24", "--gateway", "10.1.0.9", "--label", "team=blue")
    identity = await docker(address, "network", "create", *options, "--internal", "app")
    network = backend.network("app")
    assert identity == network.id
    assert network.internal
    await backend.create_sandbox(SandboxRequest(name="db"))
    await docker(address, "network", "connect", "--alias", "sql", "--ip", "10.1.0.7", "app", "db")
    (shown,) = json.loads(await docker(address, "network", "inspect", "app"))
    assert shown["IPAM"]["Config"] == [{"Subnet": "10.1.0.0/24", "Gateway": "10.1.0.9"}]
    (attached,) = shown["Containers"].values()
    assert (attached["Name"], attached["IPv4Address"]) == ("db", "10.1.0.7/24")
    await docker(address, "network", "disconnect", "app", "db")
    listed = await docker(address, "network", "ls", "-f", "label=team", "--format", "{{.Name}}")
    assert listed == "app"
    await docker(address, "network", "rm", "app")
    await backend.create_network(NetworkRequest(name="idle"))
    assert "idle" in await docker(address, "network", "prune", "--force")


async def test_docker_s_client_lists_stops_and_removes_our_runs(
    backend: FakeBackend, address: str, api: Api
) -> None:
    await backend.create_network(NetworkRequest(name="app"))
    request = RunRequest(
        command=("sleep", "100"),
        sandbox=SandboxRequest(name="db", endpoints=(EndpointRequest(network="app"),)),
    )
    await backend.create_run(request, None)
    process = Process(pid=4000, start_time=7)
    await backend.start_run("db", process, process)
    row = await docker(address, "ps", "--format", "{{.Names}} {{.Command}} {{.Networks}}")
    assert row == 'db "sleep 100" app'
    (shown,) = json.loads(await docker(address, "inspect", "--type", "container", "db"))
    assert shown["NetworkSettings"]["Networks"]["app"]["IPAddress"] == "172.18.0.2"
    assert await docker(address, "stop", "db") == "db"
    assert await docker(address, "wait", "db") == "143"
    assert await docker(address, "rm", "db") == "db"
    assert "1.43" in await docker(address, "version")
