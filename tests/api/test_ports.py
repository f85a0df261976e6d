"""Published ports over HTTP, in Docker's shapes."""

import pytest

from mooring.model.network import NetworkRequest
from mooring.testing.api import Api
from mooring.testing.backend import FakeBackend

JOIN: dict[str, object] = {"EndpointsConfig": {"app": {}}}


@pytest.fixture
async def app(backend: FakeBackend) -> None:
    await backend.create_network(NetworkRequest(name="app"))


async def test_port_bindings_are_published_and_listed(
    backend: FakeBackend, api: Api, app: None
) -> None:
    body = {
        "Cmd": ["true"],
        "ExposedPorts": {"80/tcp": {}, "443/tcp": {}},
        "HostConfig": {
            "PortBindings": {
                "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}, {"HostPort": "9000-9001"}]
            }
        },
        "NetworkingConfig": JOIN,
    }
    await api("POST", "/containers/create", body, name="web")
    assert api.status == 201
    shown = await api("GET", "/containers/web/json")
    assert shown["NetworkSettings"]["Ports"] == {
        "80/tcp": [
            {"HostIp": "127.0.0.1", "HostPort": "8080"},
            {"HostIp": "0.0.0.0", "HostPort": "9000"},
        ],
        "443/tcp": None,
    }
    asked = [{"HostIp": "127.0.0.1", "HostPort": "8080"}, {"HostIp": "", "HostPort": "9000-9001"}]
    assert shown["HostConfig"]["PortBindings"] == {"80/tcp": asked}
    (listed,) = await api("GET", "/containers/json", all="true")
    assert {"PrivatePort": 443, "Type": "tcp"} in listed["Ports"]
    assert {
        "IP": "127.0.0.1",
        "PrivatePort": 80,
        "PublicPort": 8080,
        "Type": "tcp",
    } in listed["Ports"]


async def test_publish_all_ports_publishes_what_is_exposed(api: Api, app: None) -> None:
    body = {
        "Cmd": ["true"],
        "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
        "HostConfig": {"PublishAllPorts": True},
        "NetworkingConfig": JOIN,
    }
    await api("POST", "/containers/create", body, name="web")
    shown = await api("GET", "/containers/web/json")
    assert shown["HostConfig"]["PublishAllPorts"] is True
    assert {name: len(b) for name, b in shown["NetworkSettings"]["Ports"].items()} == {
        "80/tcp": 1,
        "53/udp": 1,
    }


async def test_a_sandbox_has_ports_too(api: Api, app: None) -> None:
    body = {
        "Name": "db",
        "PortBindings": {"5432/tcp": [{"HostPort": "5432"}]},
        "NetworkingConfig": JOIN,
    }
    await api("POST", "/sandboxes/create", body)
    shown = await api("GET", "/sandboxes/db")
    assert shown["Ports"] == {"5432/tcp": [{"HostIp": "0.0.0.0", "HostPort": "5432"}]}


@pytest.mark.parametrize(
    "ports",
    [
        {"80/icmp": []},
        {"http": []},
        {"80-81/tcp": []},
        {"80/tcp": [{"HostPort": "x"}]},
        {"80/tcp": [{"HostPort": "65536"}]},
        {"80/tcp": [{"HostPort": "90-80"}]},
        {"80/tcp": [{"HostIp": "here"}]},
        {"80/tcp": [{"HostIp": "::1"}]},
    ],
)
async def test_ports_that_make_no_sense_are_refused(
    backend: FakeBackend, api: Api, app: None, ports: object
) -> None:
    body = {"Cmd": ["true"], "HostConfig": {"PortBindings": ports}, "NetworkingConfig": JOIN}
    answer = await api("POST", "/containers/create", body)
    assert (api.status, answer["code"]) == (400, "invalid-argument")
    assert not backend.runs()
