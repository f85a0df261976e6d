"""``moor ps``, ``stop``, ``kill``, ``wait``, ``rm`` and ``inspect``."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from mooring.model.endpoint import EndpointRequest
from mooring.model.network import NetworkRequest
from mooring.model.run import Process, Run, RunRequest, RunStatus
from mooring.model.sandbox import SandboxRequest
from mooring.testing.backend import FakeBackend
from mooring.testing.command import Moor
from mooring.testing.served import Served

Daemon = Served[FakeBackend]
PROCESS = Process(pid=4000, start_time=7)


@pytest.fixture
def app(daemon: Daemon) -> None:
    daemon.do(daemon.backend.create_network(NetworkRequest(name="app")))


def start(daemon: Daemon, name: str, *command: str) -> Run:
    """A living run on network app."""
    request = RunRequest(
        command=command or ("python3", "-m", "http.server", "8000"),
        sandbox=SandboxRequest(
            name=name, labels={"team": "blue"}, endpoints=(EndpointRequest(network="app"),)
        ),
    )
    daemon.do(daemon.backend.create_run(request, None))
    return daemon.do(daemon.backend.start_run(name, PROCESS, PROCESS))


def test_ps_is_a_table_as_docker_s(moor: Moor, daemon: Daemon, app: None) -> None:
    ages = iter(range(100, 0, -1))
    daemon.backend.clock = lambda: datetime.now(UTC) - timedelta(hours=3, seconds=next(ages))
    web, db = start(daemon, "web"), start(daemon, "db", "sleep", "9")
    daemon.do(daemon.backend.exit_run("web", 3))
    assert moor("ps", "-a") == (
        "RUN ID         COMMAND                  CREATED       "
        "STATUS                   NETWORKS   PORTS     NAMES\n"
        f'{db.id[:12]}   "sleep 9"                3 hours ago   '
        "Up 3 hours               app                  db\n"
        f'{web.id[:12]}   "python3 -m http.ser…"   3 hours ago   '
        "Exited (3) 3 hours ago   app                  web\n"
    )
    assert moor("ps", "-q") == f"{db.id[:12]}\n"


def test_ps_prints_what_is_asked_for(moor: Moor, daemon: Daemon, app: None) -> None:
    run = start(daemon, "db")
    template = '{{.Names}} {{.State}} {{.Networks}} {{.Addresses}} {{.Label "team"}}'
    assert moor("ps", "--format", template) == "db running app 172.18.0.2 blue\n"
    assert moor("ps", "--no-trunc", "--format", "{{.ID}} {{.Command}}") == (
        f'{run.id} "python3 -m http.server 8000"\n'
    )
    assert moor("ps", "--filter", "name=x") == (
        "RUN ID    COMMAND   CREATED   STATUS    NETWORKS   PORTS     NAMES\n"
    )
    assert json.loads(moor("ps", "--format", "json"))["Names"] == "db"
    assert json.loads(moor("ps", "--json"))[0]["Id"] == run.id


def test_ps_lets_no_command_talk_to_the_terminal(moor: Moor, daemon: Daemon, app: None) -> None:
    start(daemon, "db", "x\x1b[2J\n")
    assert "\x1b" not in moor("ps")
    assert r"\u001b[2J\n" in moor.out


def test_stop_takes_several_and_goes_on_after_an_error(
    moor: Moor, daemon: Daemon, app: None
) -> None:
    for name in ("db", "web"):
        start(daemon, name)
    moor("stop", "db", "nowhere", "web", exits=1)
    assert moor.out == "db\nweb\n"
    assert moor.err == "moor: no such run: nowhere\n"
    assert {run.status for run in daemon.backend.runs()} == {RunStatus.EXITED}
    assert moor("stop", "db") == "db\n"


def test_stop_says_how_and_how_long(
    moor: Moor, daemon: Daemon, app: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[float, int]] = []

    async def stop_run(ref: str, *, timeout: float, signal: int) -> None:
        asked.append((timeout, signal))

    monkeypatch.setattr(daemon.backend, "stop_run", stop_run)
    start(daemon, "db")
    moor("stop", "db")
    moor("stop", "-t", "0", "-s", "INT", "db")
    moor("stop", "--time", "2.5", "db")
    moor("stop", "--timeout", "-1", "db")
    assert asked == [(10, 15), (0, 2), (2.5, 15), (float("inf"), 15)]


def test_kill_sends_a_signal(moor: Moor, daemon: Daemon, app: None) -> None:
    start(daemon, "db")
    moor("kill", "-s", "NOPE", "db", exits=1)
    assert moor.err.startswith("moor: invalid signal 'NOPE'; name one as kill -l does")
    assert moor("kill", "-s", "HUP", "db") == "db\n"
    assert daemon.backend.run("db").exit_code == 129
    moor("kill", "db", exits=1)
    assert moor.err == "moor: db is not running; it takes no signal\n"


def test_wait_prints_exit_codes_in_order(moor: Moor, daemon: Daemon, app: None) -> None:
    for name in ("db", "web"):
        start(daemon, name)

    async def end() -> None:
        await daemon.backend.exit_run("web", 0)
        await daemon.backend.exit_run("db", 3)

    daemon.begin(end())
    assert moor("wait", "db", "web") == "3\n0\n"


def test_rm_takes_a_living_run_only_by_force(moor: Moor, daemon: Daemon, app: None) -> None:
    start(daemon, "db")
    moor("rm", "db", exits=1)
    assert moor.err == "moor: db is running; stop it first, or use force\n"
    assert moor("rm", "-f", "db", "nowhere") == "db\nnowhere\n"
    assert not daemon.backend.runs()


def test_inspect_finds_runs_networks_and_sandboxes(moor: Moor, daemon: Daemon, app: None) -> None:
    run = start(daemon, "db")
    sandbox = daemon.do(daemon.backend.create_sandbox(SandboxRequest(name="lone")))
    moor("inspect", run.id[:12], "app", "lone", "nowhere", exits=1)
    shown = json.loads(moor.out)
    assert [item["Id"] for item in shown] == [
        run.id,
        daemon.backend.network("app").id,
        sandbox.id,
    ]
    assert moor.err == "moor: no such run, network or sandbox: 'nowhere'\n"
    template = "{{.NetworkSettings.Networks.app.IPAddress}} {{.State.Pid}}"
    assert moor("inspect", "--format", template, "db") == "172.18.0.2 4000\n"
    assert json.loads(moor("inspect", "--type", "sandbox", "db"))[0]["Netns"]
    moor("inspect", "--type", "network", "db", exits=1)


def test_an_ambiguous_id_is_not_taken_for_one_that_is_not_there(
    moor: Moor, daemon: Daemon, app: None
) -> None:
    for number in range(17):
        start(daemon, f"run{number}")
    shared = next(
        digit
        for digit in "0123456789abcdef"
        if sum(run.id.startswith(digit) for run in daemon.backend.runs()) > 1
    )
    moor("inspect", shared, exits=1)
    assert "is the beginning of" in moor.err
