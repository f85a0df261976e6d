"""The routes under /networks, in the shape of Docker Engine's API."""

import json

import pytest

from mooring.model.endpoint import EndpointRequest
from mooring.model.network import AddressPool, NetworkRequest
from mooring.model.sandbox import SandboxRequest
from mooring.testing.api import Api
from mooring.testing.backend import FakeBackend


async def test_a_network_is_created_with_all_that_docker_can_ask(
    backend: FakeBackend, api: Api
) -> None:
    body = {
        "Name": "app",
        "Driver": "bridge",
        "CheckDuplicate": True,
        "EnableIPv4": None,
        "EnableIPv6": True,
        "IPAM": {
            "Driver": "default",
            "Options": {"k": "v"},
            "Config": [
                {
                    "Subnet": "10.1.0.0/16",
                    "IPRange": "10.1.2.0/24",
                    "Gateway": "10.1.0.9",
                    "AuxiliaryAddresses": {"printer": "10.1.0.7"},
                }
            ],
        },
        "Internal": True,
        "Attachable": True,
        "Ingress": False,
        "ConfigOnly": False,
        "ConfigFrom": None,
        "Options": {"com.docker.network.driver.mtu": "1400"},
        "Labels": {"team": "blue"},
    }
    answer = await api("POST", "/networks/create", body)
    assert api.status == 201
    network = backend.network("app")
    assert answer == {"Id": network.id, "Warning": ""}
    assert network.pools == (
        AddressPool(
            subnet="10.1.0.0/16",
            ip_range="10.1.2.0/24",
            gateway="10.1.0.9",
            aux_addresses={"printer": "10.1.0.7"},
        ),
    )
    shown = await api("GET", "/networks/app")
    assert shown.pop("Created") == network.created
    assert shown == {
        "Name": "app",
        "Id": network.id,
        "Scope": "local",
        "Driver": "bridge",
        "EnableIPv4": True,
        "EnableIPv6": True,
        "IPAM": body["IPAM"],
        "Internal": True,
        "Attachable": True,
        "Ingress": False,
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": False,
        "Containers": {},
        "Options": {"com.docker.network.driver.mtu": "1400"},
        "Labels": {"team": "blue"},
    }


async def test_a_network_needs_no_more_than_a_name(backend: FakeBackend, api: Api) -> None:
    await api("POST", "/networks/create", {"Name": "app", "IPAM": None, "Options": None})
    network = backend.network("app")
    assert (network.driver, network.ipam_driver, network.enable_ipv4) == ("bridge", "default", True)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"ConfigOnly": True}, "ConfigOnly"),
        ({"ConfigFrom": {"Network": "base"}}, "ConfigFrom"),
        ({"Ingress": True}, "swarm"),
        ({"Scope": "swarm"}, "swarm"),
    ],
)
async def test_what_mooring_does_not_have_is_refused_rather_than_ignored(
    backend: FakeBackend, api: Api, body: dict[str, object], word: str
) -> None:
    answer = await api("POST", "/networks/create", {"Name": "app", **body})
    assert (api.status, answer["code"]) == (501, "not-supported")
    assert word in answer["message"]
    assert [network.name for network in backend.networks()] == ["host", "none"]


async def test_one_network_shows_who_is_on_it_and_the_list_does_not(
    backend: FakeBackend, api: Api
) -> None:
    await backend.create_network(NetworkRequest(name="app"))
    sandbox = await backend.create_sandbox(
        SandboxRequest(name="db", endpoints=(EndpointRequest(network="app"),))
    )
    endpoint = backend.endpoints(sandbox_id=sandbox.id)[0]
    shown = await api("GET", "/networks/app")
    assert shown["Containers"] == {
        sandbox.id: {
            "Name": "db",
            "EndpointID": endpoint.id,
            "MacAddress": endpoint.mac,
            "IPv4Address": "172.18.0.2/16",
            "IPv6Address": "",
        }
    }
    listed = await api("GET", "/networks", filters='{"name": ["app"]}')
    assert listed == [{**shown, "Containers": {}}]


async def test_every_path_is_also_found_under_a_version(backend: FakeBackend, api: Api) -> None:
    assert await api("GET", "/v1.43/networks") == await api("GET", "/networks")
    await api("POST", "/v1.24/networks/create", {"Name": "app"})
    await api("DELETE", "/v1.41/networks/app")
    assert api.status == 204
    assert [network.name for network in backend.networks()] == ["host", "none"]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["host", "none", "app", "application"]),
        ({"name": ["app"]}, ["app", "application"]),
        ({"name": ["^app$"]}, ["app"]),
        ({"name": {"ion$": True, "host": False}}, ["application"]),
        ({"driver": ["null", "host"]}, ["host", "none"]),
        ({"type": ["custom"]}, ["app", "application"]),
        ({"scope": ["swarm"]}, []),
        ({"label": ["team", "tier=1"]}, ["app"]),
        ({"label": ["team=red"]}, []),
        ({"dangling": ["true"]}, ["application"]),
        ({"dangling": {"false": True}}, ["host", "none", "app"]),
    ],
)
async def test_lists_are_filtered_as_docker_does(
    backend: FakeBackend, api: Api, filters: object, names: list[str]
) -> None:
    await backend.create_network(NetworkRequest(name="app", labels={"team": "blue", "tier": "1"}))
    await backend.create_network(NetworkRequest(name="application", labels={"team": "blue"}))
    await backend.create_sandbox(SandboxRequest(endpoints=(EndpointRequest(network="app"),)))
    networks = await api("GET", "/networks", filters=json.dumps(filters))
    assert [network["Name"] for network in networks] == names


async def test_a_sandbox_is_connected_and_disconnected(backend: FakeBackend, api: Api) -> None:
    await backend.create_network(NetworkRequest(name="app"))
    sandbox = await backend.create_sandbox(SandboxRequest(name="db"))
    settings = {
        "IPAMConfig": {"IPv4Address": "172.18.0.9"},
        "Links": None,
        "Aliases": ["sql"],
        "MacAddress": "02:00:00:00:00:09",
        "DriverOpts": {"k": "v"},
        "GwPriority": 3,
        "NetworkID": "",
    }
    body = {"Container": "db", "EndpointConfig": settings}
    assert await api("POST", "/networks/app/connect", body) is None
    assert api.status == 200
    endpoint = backend.endpoints(sandbox_id=sandbox.id)[0]
    assert endpoint.ipv4 == "172.18.0.9/16"
    assert (endpoint.aliases, endpoint.mac) == (("sql",), "02:00:00:00:00:09")
    assert (endpoint.options, endpoint.priority) == ({"k": "v"}, 3)
    await api("POST", "/networks/app/disconnect", {"Container": "db", "Force": True})
    assert api.status == 200
    assert not backend.endpoints(sandbox_id=sandbox.id)


@pytest.mark.parametrize(
    "settings", [{"Links": ["db:sql"]}, {"IPAMConfig": {"LinkLocalIPs": ["169.254.0.2"]}}]
)
async def test_links_and_link_local_addresses_are_refused_rather_than_ignored(
    backend: FakeBackend, api: Api, settings: object
) -> None:
    await backend.create_network(NetworkRequest(name="app"))
    await backend.create_sandbox(SandboxRequest(name="db"))
    body = {"Container": "db", "EndpointConfig": settings}
    assert (await api("POST", "/networks/app/connect", body))["code"] == "not-supported"
    assert not backend.endpoints()


async def test_pruning_removes_the_networks_that_nobody_is_on(
    backend: FakeBackend, api: Api
) -> None:
    for name, labels in (("used", {}), ("kept", {"keep": ""}), ("idle", {}), ("other", {})):
        await backend.create_network(NetworkRequest(name=name, labels=labels))
    await backend.create_sandbox(SandboxRequest(endpoints=(EndpointRequest(network="used"),)))
    answer = await api("POST", "/networks/prune", filters='{"label!": ["keep"]}')
    assert answer == {"NetworksDeleted": ["idle", "other"]}
    names = [network.name for network in backend.networks()]
    assert names == ["host", "none", "used", "kept"]


@pytest.mark.parametrize(
    ("until", "deleted"),
    [("0s", ["idle"]), ("1h30m", []), ("4102444800", ["idle"]), ("2020-01-01T00:00:00Z", [])],
)
async def test_pruning_spares_what_is_younger_than_asked(
    backend: FakeBackend, api: Api, until: str, deleted: list[str]
) -> None:
    await backend.create_network(NetworkRequest(name="idle"))
    answer = await api("POST", "/networks/prune", filters=json.dumps({"until": [until]}))
    assert answer == {"NetworksDeleted": deleted}


@pytest.mark.parametrize(
    ("method", "path", "filters"),
    [
        ("GET", "/networks", {"dangling": ["perhaps"]}),
        ("POST", "/networks/prune", {"until": ["yesterday"]}),
        ("POST", "/networks/prune", {"until": [""]}),
        ("POST", "/networks/prune", {"until": ["5 h"]}),
    ],
)
async def test_a_filter_that_means_nothing_is_refused(
    api: Api, method: str, path: str, filters: object
) -> None:
    answer = await api(method, path, filters=json.dumps(filters))
    assert (api.status, answer["code"]) == (400, "invalid-argument")


async def test_refusals_carry_a_message_a_code_and_a_remedy(backend: FakeBackend, api: Api) -> None:
    await backend.create_network(NetworkRequest(name="app"))
    answer = await api("POST", "/networks/create", {"Name": "app"})
    assert api.status == 409
    assert answer == {
        "message": "network app exists already",
        "code": "conflict",
        "remedy": "choose another name, or delete it first",
    }
    assert (await api("DELETE", "/networks/host"))["code"] == "forbidden"
    assert api.status == 403
    assert (await api("GET", "/networks/nowhere"))["code"] == "not-found"
    assert api.status == 404
