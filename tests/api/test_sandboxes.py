"""The routes under /sandboxes."""

from mooring.model.network import NetworkRequest
from mooring.testing.api import Api
from mooring.testing.backend import FakeBackend


async def test_a_sandbox_is_created_around_a_namespace_that_exists(
    backend: FakeBackend, api: Api
) -> None:
    await backend.create_network(NetworkRequest(name="app"))
    body = {
        "Name": "db",
        "Hostname": "dbhost",
        "Netns": "/proc/1/ns/net",
        "Dns": {"Servers": ["10.0.0.1"], "Options": ["ndots:2"]},
        "ExtraHosts": ["printer:10.0.0.7"],
        "Labels": {"team": "blue"},
        "NetworkingConfig": {"EndpointsConfig": {"app": {"Aliases": ["sql"]}}},
    }
    answer = await api("POST", "/sandboxes/create", body)
    sandbox = backend.sandbox("db")
    assert (api.status, answer) == (201, {"Id": sandbox.id, "Warnings": []})
    shown = await api("GET", "/sandboxes/db")
    assert await api("GET", "/sandboxes") == [shown]
    networks = shown.pop("Networks")
    assert networks["app"]["Aliases"] == ["sql"]
    assert networks["app"]["IPAddress"] == "172.18.0.2"
    assert shown == {
        "Id": sandbox.id,
        "Name": "db",
        "Created": sandbox.created,
        "Netns": "/proc/1/ns/net",
        "Owned": False,
        "Directory": sandbox.directory,
        "Hostname": "dbhost",
        "Domainname": "",
        "Dns": {
            "Servers": ["10.0.0.1"],
            "Search": [],
            "Options": ["ndots:2"],
            "Aaaa": "auto",
        },
        "ExtraHosts": ["printer:10.0.0.7"],
        "Labels": {"team": "blue"},
        "Ports": {},
    }


async def test_a_sandbox_needs_nothing(backend: FakeBackend, api: Api) -> None:
    answer = await api("POST", "/sandboxes/create", {})
    assert backend.sandbox(answer["Id"]).owned


async def test_a_treatment_of_aaaa_questions_that_there_is_not_is_refused(api: Api) -> None:
    answer = await api("POST", "/sandboxes/create", {"Dns": {"Aaaa": "maybe"}})
    assert api.status == 400
    assert "'maybe'" in answer["message"]
    assert "auto, pass, filter" in answer["remedy"]


async def test_a_sandbox_is_deleted_and_leaves_its_networks(backend: FakeBackend, api: Api) -> None:
    await backend.create_network(NetworkRequest(name="app"))
    networking = {"EndpointsConfig": {"app": None}}
    await api("POST", "/sandboxes/create", {"Name": "db", "NetworkingConfig": networking})
    await api("DELETE", "/sandboxes/db")
    assert api.status == 204
    assert not backend.sandboxes()
    assert not backend.endpoints()
    assert (await api("GET", "/sandboxes/db"))["code"] == "not-found"
