"""The routes under /containers: runs, in the shape of Docker Engine's containers."""

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mooring.linux.process import identify
from mooring.model.aaaa import Aaaa
from mooring.model.endpoint import EndpointRequest
from mooring.model.network import NetworkRequest
from mooring.model.run import Process, RunRequest, RunStatus
from mooring.model.sandbox import DnsSettings, SandboxRequest
from mooring.testing.api import Api, open_api
from mooring.testing.backend import FakeBackend

PROCESS = Process(pid=4000, start_time=7)
SUPERVISOR = Process(pid=3999, start_time=6)


@pytest.fixture
async def app(backend: FakeBackend) -> None:
    await backend.create_network(NetworkRequest(name="app"))


async def start(backend: FakeBackend, name: str, **labels: str) -> None:
    """A living run on network app."""
    request = RunRequest(
        command=("sleep", "100"),
        sandbox=SandboxRequest(
            name=name, labels=labels, endpoints=(EndpointRequest(network="app"),)
        ),
    )
    await backend.create_run(request, None)
    await backend.start_run(name, PROCESS, SUPERVISOR)


async def test_a_run_is_created_for_the_process_that_asks(
    backend: FakeBackend, api: Api, app: None
) -> None:
    body = {
        "Cmd": ["sleep", "100"],
        "Hostname": "dbhost",
        "Domainname": "example.org",
        "Env": ["A=1"],
        "WorkingDir": "/tmp",
        "Labels": {"team": "blue"},
        "Detach": True,
        "Tty": False,
        "HostConfig": {
            "AutoRemove": True,
            "Dns": ["10.0.0.1"],
            "DnsSearch": ["example.org"],
            "DnsOptions": ["ndots:2"],
            "DnsAaaa": "filter",
            "ExtraHosts": ["printer:10.0.0.7"],
        },
        "NetworkingConfig": {
            "EndpointsConfig": {"app": {"Aliases": ["sql"], "GwPriority": 1}, "none": None}
        },
    }
    answer = await api("POST", "/containers/create", body, name="db")
    assert api.status == 201
    run = backend.run("db")
    sandbox = backend.sandbox(run.id)
    assert answer == {
        "Id": run.id,
        "Warnings": [],
        "Launch": {
            "Name": "db",
            "Netns": "/proc/self/ns/net",
            "Directory": sandbox.directory,
            "Hostname": "dbhost",
            "Domainname": "example.org",
            "RunDirectory": backend.run_directory(run),
        },
    }
    assert run.starter == identify(os.getpid())
    assert run.request == RunRequest(
        command=("sleep", "100"),
        sandbox=SandboxRequest(
            name="db",
            hostname="dbhost",
            domainname="example.org",
            dns=DnsSettings(
                servers=("10.0.0.1",),
                search=("example.org",),
                options=("ndots:2",),
                aaaa=Aaaa.FILTER,
            ),
            extra_hosts=("printer:10.0.0.7",),
            endpoints=(
                EndpointRequest(network="app", aliases=("sql",), priority=1),
                EndpointRequest(network="none"),
            ),
            labels={"team": "blue"},
        ),
        environment=("A=1",),
        workdir="/tmp",
        detach=True,
        remove=True,
    )


async def test_over_tcp_nobody_knows_who_asks(backend: FakeBackend, start: Any) -> None:
    server = await start(backend, "tcp://127.0.0.1:0")
    async with open_api(str(server.address)) as api:
        await api("POST", "/containers/create", {"Cmd": ["true"]}, name="db")
    assert backend.run("db").starter is None


async def test_a_network_mode_names_the_network_when_nothing_else_does(
    backend: FakeBackend, api: Api
) -> None:
    body = {"Cmd": ["true"], "HostConfig": {"NetworkMode": "host"}}
    await api("POST", "/containers/create", body, name="db")
    assert backend.run("db").request.sandbox.endpoints == (EndpointRequest(network="host"),)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid-argument"),
        ({"Cmd": []}, "invalid-argument"),
        ({"Cmd": [""]}, "invalid-argument"),
        ({"Cmd": ["true"], "Image": "alpine"}, "not-supported"),
    ],
)
async def test_a_run_needs_a_command_and_has_no_image(
    backend: FakeBackend, api: Api, body: object, code: str
) -> None:
    assert (await api("POST", "/containers/create", body))["code"] == code
    assert not backend.runs()


async def test_the_starter_says_which_processes_they_are(backend: FakeBackend, api: Api) -> None:
    await api("POST", "/containers/create", {"Cmd": ["true"]}, name="db")
    body = {
        "Process": {"Pid": 4000, "StartTime": 7},
        "Supervisor": {"Pid": 3999, "StartTime": 6},
    }
    await api("POST", "/containers/db/started", body)
    assert api.status == 204
    run = backend.run("db")
    assert (run.status, run.process, run.supervisor) == (RunStatus.RUNNING, PROCESS, SUPERVISOR)


@pytest.mark.parametrize("process", [{"Pid": 0, "StartTime": 7}, {"Pid": 1, "StartTime": -1}])
async def test_a_process_that_cannot_be_is_refused(
    backend: FakeBackend, api: Api, process: object
) -> None:
    await api("POST", "/containers/create", {"Cmd": ["true"]}, name="db")
    body = {"Process": process, "Supervisor": process}
    assert (await api("POST", "/containers/db/started", body))["code"] == "invalid-argument"
    assert backend.run("db").status is RunStatus.CREATED


async def test_a_living_run_is_shown_as_docker_shows_a_container(
    backend: FakeBackend, api: Api, app: None
) -> None:
    await start(backend, "db", team="blue")
    run = backend.run("db")
    sandbox = backend.sandbox(run.id)
    endpoint = backend.endpoints(sandbox_id=run.id)[0]
    shown = await api("GET", "/containers/db/json")
    assert shown["Id"] == run.id
    assert shown["Name"] == "/db"
    assert (shown["Path"], shown["Args"]) == ("sleep", ["100"])
    assert shown["ResolvConfPath"] == f"{sandbox.directory}/resolv.conf"
    assert shown["LogPath"] == ""
    assert shown["State"] == {
        "Status": "running",
        "Running": True,
        "Paused": False,
        "Restarting": False,
        "OOMKilled": False,
        "Dead": False,
        "Pid": 4000,
        "PidStartTime": 7,
        "ExitCode": 0,
        "Error": "",
        "StartedAt": run.started,
        "FinishedAt": "0001-01-01T00:00:00Z",
    }
    assert shown["Config"] == {
        "Hostname": sandbox.hostname,
        "Domainname": "",
        "Cmd": ["sleep", "100"],
        "Env": [],
        "WorkingDir": "",
        "Labels": {"team": "blue"},
        "Image": "",
        "Tty": False,
        "ExposedPorts": {},
    }
    assert shown["NetworkSettings"] == {
        "Bridge": "",
        "HairpinMode": False,
        "SandboxID": run.id,
        "SandboxKey": "/proc/self/ns/net",
        "Networks": {
            "app": {
                "IPAMConfig": None,
                "Links": None,
                "Aliases": [],
                "MacAddress": endpoint.mac,
                "DriverOpts": {},
                "GwPriority": 0,
                "DNSNames": ["db", run.id[:12]],
                "NetworkID": endpoint.network_id,
                "EndpointID": endpoint.id,
                "Gateway": "172.18.0.1",
                "IPAddress": "172.18.0.2",
                "IPPrefixLen": 16,
                "IPv6Gateway": "",
                "GlobalIPv6Address": "",
                "GlobalIPv6PrefixLen": 0,
            }
        },
        "Ports": {},
    }


async def test_an_exited_run_keeps_its_exit_code_and_not_its_address(
    backend: FakeBackend, api: Api, app: None
) -> None:
    await start(backend, "db")
    await backend.exit_run("db", 3)
    shown = await api("GET", "/containers/db/json")
    state = shown["State"]
    assert (state["Status"], state["Running"], state["Pid"]) == ("exited", False, 0)
    assert (state["ExitCode"], state["FinishedAt"]) == (3, backend.run("db").finished)
    settings = shown["NetworkSettings"]
    assert (settings["SandboxID"], settings["SandboxKey"]) == ("", "")
    assert settings["Networks"]["app"]["IPAddress"] == ""


async def test_an_address_that_was_asked_for_is_shown_as_such(
    backend: FakeBackend, api: Api, app: None
) -> None:
    settings = {"app": {"IPAMConfig": {"IPv4Address": "172.18.0.9"}}}
    body = {"Cmd": ["true"], "NetworkingConfig": {"EndpointsConfig": settings}}
    await api("POST", "/containers/create", body, name="db")
    networks = (await api("GET", "/containers/db/json"))["NetworkSettings"]["Networks"]
    assert networks["app"]["IPAMConfig"] == {"IPv4Address": "172.18.0.9"}
    assert networks["app"]["IPAddress"] == "172.18.0.9"


async def test_the_log_of_a_detached_run_is_named(backend: FakeBackend, api: Api) -> None:
    await api("POST", "/containers/create", {"Cmd": ["true"], "Detach": True}, name="db")
    log = (await api("GET", "/containers/db/json"))["LogPath"]
    assert log == f"{backend.run_directory(backend.run('db'))}/output.log"


@pytest.mark.parametrize(
    ("query", "filters", "names"),
    [
        ({}, {}, ["web", "db"]),
        ({"all": "1"}, {}, ["late", "old", "web", "db"]),
        ({"all": "false"}, {}, ["web", "db"]),
        ({"limit": "1"}, {}, ["late"]),
        ({}, {"name": ["d"]}, ["db"]),
        ({}, {"label": ["team=blue"]}, ["db"]),
        ({}, {"network": ["app"]}, ["web", "db"]),
        ({"all": "1"}, {"network": ["nowhere"]}, []),
        ({}, {"status": ["created"]}, ["late"]),
        ({}, {"status": ["exited", "running"]}, ["old", "web", "db"]),
        ({}, {"exited": ["0", "3"]}, ["old"]),
        ({}, {"exited": ["0"]}, []),
    ],
)
async def test_runs_are_listed_newest_first_and_filtered(
    backend: FakeBackend,
    api: Api,
    app: None,
    query: dict[str, str],
    filters: object,
    names: list[str],
) -> None:
    await start(backend, "db", team="blue")
    await start(backend, "web")
    await start(backend, "old")
    await backend.exit_run("old", 3)
    await backend.create_run(RunRequest(command=("x",), sandbox=SandboxRequest(name="late")), None)
    runs = await api("GET", "/containers/json", filters=json.dumps(filters), **query)
    assert [run["Names"] for run in runs] == [[f"/{name}"] for name in names]


async def test_a_listed_run_says_how_it_is(backend: FakeBackend, api: Api, app: None) -> None:
    backend.clock = lambda: datetime.now(UTC) - timedelta(minutes=5, seconds=9)
    await start(backend, "db")
    (listed,) = await api("GET", "/containers/json")
    assert listed["Command"] == "sleep 100"
    assert listed["Created"] > 1_700_000_000
    assert (listed["State"], listed["Status"]) == ("running", "Up 5 minutes")
    assert listed["NetworkSettings"]["Networks"]["app"]["IPAddress"] == "172.18.0.2"
    await backend.exit_run("db", 3)
    (listed,) = await api("GET", "/containers/json", all="1")
    assert listed["Status"] == "Exited (3) 5 minutes ago"


async def test_stopping_sends_a_signal_and_says_how_long_to_wait(
    backend: FakeBackend, api: Api, app: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, float, int]] = []

    async def stop_run(ref: str, *, timeout: float, signal: int) -> None:
        asked.append((ref, timeout, signal))

    monkeypatch.setattr(backend, "stop_run", stop_run)
    await start(backend, "db")
    for query in ("", "?t=2.5&signal=INT", "?t=-1&signal=9", "?t=0&signal=sigusr1"):
        await api("POST", f"/containers/db/stop{query}")
        assert api.status == 204
    forever = float("inf")
    assert asked == [("db", 10, 15), ("db", 2.5, 2), ("db", forever, 9), ("db", 0, 10)]


async def test_stopping_what_has_stopped_changes_nothing(
    backend: FakeBackend, api: Api, app: None
) -> None:
    await start(backend, "db")
    await api("POST", "/containers/db/stop")
    assert (api.status, backend.run("db").exit_code) == (204, 143)
    await api("POST", "/containers/db/stop")
    assert api.status == 304


@pytest.mark.parametrize("signal", ["NOSUCH", "0", "99", "-9", "1e1"])
async def test_a_signal_that_is_none_is_refused(
    backend: FakeBackend, api: Api, app: None, signal: str
) -> None:
    await start(backend, "db")
    answer = await api("POST", "/containers/db/kill", signal=signal)
    assert (api.status, answer["message"]) == (400, f"invalid signal '{signal}'")
    assert backend.run("db").status is RunStatus.RUNNING


async def test_killing_takes_sigkill_unless_told_otherwise(
    backend: FakeBackend, api: Api, app: None
) -> None:
    for name, query in (("db", ""), ("web", "?signal=HUP")):
        await start(backend, name)
        await api("POST", f"/containers/{name}/kill{query}")
    assert [run.exit_code for run in backend.runs()] == [137, 129]


async def test_waiting_gives_the_exit_code_once_there_is_one(
    backend: FakeBackend, address: str, api: Api, app: None
) -> None:
    await start(backend, "db")
    waiting = asyncio.create_task(api("POST", "/containers/db/wait"))
    async with open_api(address) as other:
        await other("GET", "/_ping")
        assert not waiting.done()
        await backend.exit_run("db", 3)
    assert await waiting == {"StatusCode": 3}


async def test_waiting_for_another_condition_is_refused(
    backend: FakeBackend, api: Api, app: None
) -> None:
    await start(backend, "db")
    assert (await api("POST", "/containers/db/wait", condition="removed"))["code"] == (
        "not-supported"
    )


async def test_a_living_run_is_removed_only_by_force(
    backend: FakeBackend, api: Api, app: None
) -> None:
    await start(backend, "db")
    assert (await api("DELETE", "/containers/db"))["code"] == "conflict"
    await api("DELETE", "/containers/db", force="1")
    assert api.status == 204
    assert not backend.runs()
