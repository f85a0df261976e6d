"""The routes about the daemon and the machine."""

import os

import pytest

from mooring import __version__
from mooring.model.endpoint import EndpointRequest
from mooring.model.finding import Finding, Severity
from mooring.model.network import NetworkRequest
from mooring.model.run import Process, RunRequest
from mooring.model.sandbox import SandboxRequest
from mooring.testing.api import Api
from mooring.testing.backend import FakeBackend


async def test_a_ping_says_which_api_is_spoken(api: Api) -> None:
    assert await api("GET", "/_ping") == "OK"
    assert api.headers["Api-Version"] == "1.43"
    assert api.headers["Ostype"] == "linux"
    assert await api("HEAD", "/_ping") is None
    assert (api.status, api.headers["Api-Version"]) == (200, "1.43")


async def test_the_version_is_the_package_s(api: Api) -> None:
    answer = await api("GET", "/version")
    assert answer["Version"] == __version__
    assert (answer["ApiVersion"], answer["MinAPIVersion"]) == ("1.43", "1.24")
    assert answer["KernelVersion"] == os.uname().release


@pytest.mark.parametrize(
    ("version", "word"), [("1.44", "too new"), ("2.0", "too new"), ("1.23", "too old")]
)
async def test_a_version_that_is_not_spoken_is_refused(api: Api, version: str, word: str) -> None:
    answer = await api("GET", f"/v{version}/networks")
    assert api.status == 400
    assert word in answer["message"]


async def test_the_info_counts_what_there_is(backend: FakeBackend, api: Api) -> None:
    await backend.create_network(NetworkRequest(name="app"))
    await backend.create_sandbox(SandboxRequest(endpoints=(EndpointRequest(network="app"),)))
    await backend.create_run(RunRequest(command=("true",), sandbox=SandboxRequest(name="db")), None)
    process = Process(pid=1, start_time=1)
    await backend.start_run("db", process, process)
    answer = await api("GET", "/info")
    counted = {
        "Networks": 3,
        "Sandboxes": 2,
        "Endpoints": 1,
        "Containers": 1,
        "ContainersRunning": 1,
        "ContainersStopped": 0,
    }
    assert counted.items() <= answer.items()
    assert set(answer["Plugins"]["Network"]) >= {"bridge", "host", "null"}


async def test_the_doctor_tells_all_that_was_looked_at(backend: FakeBackend, api: Api) -> None:
    backend.findings = [
        Finding(
            check="nftables",
            severity=Severity.ERROR,
            message="nft is not installed",
            remedy="apt install nftables",
        )
    ]
    assert await api("GET", "/system/doctor") == {
        "Findings": [
            {
                "Check": "nftables",
                "Severity": "error",
                "Message": "nft is not installed",
                "Remedy": "apt install nftables",
            }
        ]
    }


async def test_pruning_names_what_it_removed(backend: FakeBackend, api: Api) -> None:
    await backend.create_network(NetworkRequest(name="idle"))
    await backend.create_run(RunRequest(command=("true",), sandbox=SandboxRequest(name="db")), None)
    await backend.exit_run("db", 0)
    answer = await api("POST", "/system/prune")
    assert answer == {"NetworksDeleted": ["idle"], "ContainersDeleted": ["db"]}


async def test_a_name_is_resolved_as_a_sandbox_or_on_a_network(
    backend: FakeBackend, api: Api
) -> None:
    await backend.create_network(NetworkRequest(name="app"))
    await backend.create_sandbox(
        SandboxRequest(name="db", endpoints=(EndpointRequest(network="app"),))
    )
    trace = {
        "Name": "db",
        "Type": "A",
        "Rcode": "NOERROR",
        "Records": ["db. 5 IN A 172.18.0.2"],
        "Steps": [
            {"Stage": "scope", "Subject": "app", "Outcome": "1 addresses", "Milliseconds": 0.0}
        ],
        "Explanation": "",
        "Milliseconds": 0.0,
    }
    assert await api("GET", "/resolve", name="db", network="app") == trace
    assert await api("GET", "/resolve", name="db", sandbox="db", type="a") == trace


@pytest.mark.parametrize(
    "query", [{}, {"name": "db"}, {"name": "db", "network": "app", "sandbox": "db"}]
)
async def test_a_question_needs_a_name_and_one_pair_of_eyes(
    api: Api, query: dict[str, str]
) -> None:
    assert (await api("GET", "/resolve", **query))["code"] == "invalid-argument"


async def test_metrics_are_prometheus_text(api: Api) -> None:
    assert await api("GET", "/metrics") == "mooring_networks 2\n"
    assert api.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
