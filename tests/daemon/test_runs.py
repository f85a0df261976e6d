"""Programs with a network, an address and a name, from the first command to the last trace."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mooring.linux.process import identify, in_namespace, is_alive
from mooring.model.error import NotFoundError
from mooring.testing.asking import answers
from mooring.testing.daemon import Daemon
from mooring.testing.eventually import eventually

Moor = Callable[..., str]

SLEEP = ("sleep", "1000")


@pytest.fixture
def moor(daemon: Daemon) -> Moor:
    """The command, against the test's daemon; what it prints. Fails unless it ends as expected."""

    def run(*arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "mooring.cli", "-H", daemon.address, *arguments],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return (done.stdout + done.stderr).strip()

    run("network", "create", "app")
    return run


@pytest.fixture
def watcher(moor: Moor, daemon: Daemon) -> str:
    """The namespace of a run that stays, from which others are looked up."""
    moor("run", "-d", "--name", "watcher", "--network", "app", "--", *SLEEP)
    return namespace(daemon, "watcher")


def namespace(daemon: Daemon, name: str) -> str:
    return str(daemon.client.get(f"/containers/{name}/json")["NetworkSettings"]["SandboxKey"])


def pid(daemon: Daemon, name: str) -> int:
    return int(daemon.client.get(f"/containers/{name}/json")["State"]["Pid"])


def status(daemon: Daemon, name: str) -> str:
    return str(daemon.client.get(f"/containers/{name}/json")["State"]["Status"])


def test_a_run_resolves_by_every_name_it_has_and_backwards(
    moor: Moor, daemon: Daemon, watcher: str
) -> None:
    alias = ("--network-alias", "sql")
    identity = moor("run", "-d", "--name", "db", *alias, "-h", "box", "--network", "app", *SLEEP)
    names = ("db", "sql", identity[:12], "box")
    for name in (*names, *(f"{name}.app" for name in names), "DB.App"):
        assert answers(watcher, name) == ["172.17.0.3"], name
    assert answers(watcher, "3.0.17.172.in-addr.arpa", "PTR") == ["db.app."]


def test_a_command_finds_everything_that_its_run_was_given(moor: Moor, tmp_path: Path) -> None:
    moor("network", "create", "--subnet", "10.7.0.0/24", "--subnet", "fd07::/64", "--ipv6", "lan")
    settings = (
        *("--name", "db", "--hostname", "box", "--network", "lan", "--ip", "10.7.0.9"),
        *("--ip6", "fd07::9", "--mac-address", "02:00:00:00:00:09", "--add-host", "x:192.0.2.9"),
        *("--dns", "192.0.2.53", "--dns-search", "example.net", "--dns-option", "timeout:1"),
        *("-e", "WORD=boat", "-w", str(tmp_path), "-l", "of=test"),
    )
    script = "hostname; echo $WORD; pwd; ip -o link show eth0; ip -o addr show eth0; ip route"
    said = moor("run", *settings, "--", "sh", "-c", f"{script}; cat /etc/hosts /etc/resolv.conf")
    assert said.splitlines()[:3] == ["box", "boat", str(tmp_path)]
    for found in (
        "link/ether 02:00:00:00:00:09",
        "inet 10.7.0.9/24",
        "inet6 fd07::9/64",
        "default via 10.7.0.1",
        "192.0.2.9\tx",
        "10.7.0.9\tbox",
        "fd07::9\tbox",
        "nameserver 127.0.0.11",
        "search example.net",
        "options timeout:1 ndots:0",
        "ExtServers: [192.0.2.53]",
    ):
        assert found in said
    assert "tentative" not in said, "nobody waits for duplicate address detection"
    (short,) = moor("ps", "-a", "-q", "--filter", "label=of=test").splitlines()
    assert moor("inspect", "--format", "{{.Id}}", "db").startswith(short)


def test_a_generated_name_resolves_like_a_given_one(
    moor: Moor, daemon: Daemon, watcher: str
) -> None:
    identity = moor("run", "-d", "--network", "app", "--", *SLEEP)
    name = daemon.client.get(f"/containers/{identity}/json")["Name"].removeprefix("/")
    assert answers(watcher, name) == ["172.17.0.3"]


def test_an_alias_that_several_share_answers_with_all_of_them_until_each_stops(
    moor: Moor, watcher: str
) -> None:
    for name in ("one", "two", "three"):
        run = ("run", "-d", "--name", name, "--network-alias", "web", "--network", "app", "--")
        moor(*run, *SLEEP)
    assert len(answers(watcher, "web")) == 3
    moor("stop", "-t", "0", "two")
    assert answers(watcher, "web") == ["172.17.0.3", "172.17.0.5"]


def test_when_stop_returns_the_name_is_gone_and_nothing_it_started_lives(
    moor: Moor, daemon: Daemon, watcher: str
) -> None:
    script = "setsid sleep 1000 & (setsid sh -c 'trap \"\" TERM; sleep 1000' &) ; exec sleep 1000"
    moor("run", "-d", "--name", "db", "--network", "app", "--", "sh", "-c", script)
    where = namespace(daemon, "db")
    eventually(lambda: len(in_namespace(where)) >= 4)
    started = in_namespace(where)
    moor("stop", "db")
    assert answers(watcher, "db") == []
    assert not [process for process in started if Path(f"/proc/{process}").exists()]
    assert not Path(where).exists()
    assert status(daemon, "db") == "exited"


def test_a_killed_program_loses_its_name_at_that_moment(
    moor: Moor, daemon: Daemon, watcher: str
) -> None:
    moor("run", "-d", "--name", "db", "--network", "app", "--", *SLEEP)
    assert answers(watcher, "db")
    os.kill(pid(daemon, "db"), signal.SIGKILL)
    eventually(lambda: not answers(watcher, "db"), 2.0)
    eventually(lambda: status(daemon, "db") == "exited")
    assert daemon.client.get("/containers/db/json")["State"]["ExitCode"] == 137


def test_a_killed_supervisor_leaves_neither_a_name_nor_a_process(
    moor: Moor, daemon: Daemon, watcher: str
) -> None:
    script = "setsid sleep 1000 & exec sleep 1000"
    moor("run", "-d", "--name", "db", "--network", "app", "--", "sh", "-c", script)
    where = namespace(daemon, "db")
    eventually(lambda: len(in_namespace(where)) == 2)
    started = list(map(identify, in_namespace(where)))
    described = Path(f"/proc/{pid(daemon, 'db')}/status").read_text()
    os.kill(int(described.split("PPid:")[1].split()[0]), signal.SIGKILL)
    eventually(lambda: not answers(watcher, "db"), 2.0)
    eventually(lambda: status(daemon, "db") == "exited")
    assert daemon.client.get("/containers/db/json")["State"]["ExitCode"] == 137
    assert not [process for process in started if process and is_alive(process)]


def test_a_run_outlives_the_daemon_and_the_next_one_adopts_it(
    moor: Moor, daemon: Daemon, watcher: str
) -> None:
    counting = "import time\nfor n in range(10**6):\n print(n, flush=True); time.sleep(0.01)"
    moor("run", "-d", "--name", "db", "--network", "app", "--", sys.executable, "-c", counting)
    before = pid(daemon, "db")
    log = Path(daemon.client.get("/containers/db/json")["LogPath"])
    daemon.kill()
    size = log.stat().st_size
    eventually(lambda: log.stat().st_size > size)
    daemon.start()
    assert pid(daemon, "db") == before
    assert answers(watcher, "db") == ["172.17.0.3"]
    moor("stop", "db")
    assert answers(watcher, "db") == []


def test_what_ends_while_no_daemon_is_there_is_known_to_the_next_one(
    moor: Moor, daemon: Daemon, watcher: str, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    script = f"while [ ! -e {gate} ]; do sleep 0.01; done; echo done; exit 3"
    moor("run", "-d", "--name", "db", "--network", "app", "--", "sh", "-c", script)
    process = pid(daemon, "db")
    daemon.kill()
    gate.touch()
    eventually(lambda: not Path(f"/proc/{process}").exists())
    daemon.start()
    assert answers(watcher, "db") == []
    eventually(lambda: status(daemon, "db") == "exited")
    assert daemon.client.get("/containers/db/json")["State"]["ExitCode"] == 3
    assert moor("logs", "db") == "done"


def test_a_client_that_dies_before_it_starts_the_command_leaves_nothing(
    daemon: Daemon, moor: Moor, watcher: str
) -> None:
    script = f"""
import os, sys
from mooring.cli.client import Client
client = Client({daemon.address!r})
body = {{"Cmd": ["sleep", "1"], "NetworkingConfig": {{"EndpointsConfig": {{"app": {{}}}}}}}}
client.post("/containers/create", body, name="half")
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", script], check=False)

    def is_gone() -> bool:
        try:
            daemon.client.get("/containers/half/json")
        except NotFoundError:
            return True
        return False

    eventually(is_gone)
    assert answers(watcher, "half") == []
    assert len(daemon.client.get("/sandboxes")) == 1


def test_a_run_in_the_foreground_gives_its_output_and_its_exit_code_and_with_rm_leaves_nothing(
    moor: Moor, daemon: Daemon
) -> None:
    script = "echo out; hostname; exit 7"
    run = ("run", "--rm", "--name", "once", "-h", "box", "--network", "app", "--")
    assert moor(*run, "sh", "-c", script, code=7) == "out\nbox"
    assert daemon.client.get("/containers/json", all=True) == []
    assert daemon.client.get("/sandboxes") == []
    assert list(Path(daemon.data_root, "runs").iterdir()) == []


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (("/no/such/program",), 127, "/no/such/program"),
        (("/etc/hostname",), 126, "/etc/hostname"),
    ],
)
def test_a_command_that_cannot_be_run_is_undone(
    moor: Moor, daemon: Daemon, command: tuple[str, ...], code: int, said: str
) -> None:
    for detach in ((), ("-d",)):
        assert said in moor("run", *detach, "--network", "app", "--", *command, code=code)
        assert daemon.client.get("/containers/json", all=True) == []
        assert daemon.client.get("/sandboxes") == []


def test_a_run_can_join_and_leave_networks_while_it_runs(
    moor: Moor, daemon: Daemon, watcher: str
) -> None:
    moor("network", "create", "lan")
    moor("run", "-d", "--name", "db", "--network", "lan", "--", *SLEEP)
    assert answers(watcher, "db") == []
    moor("network", "connect", "--alias", "sql", "app", "db")
    assert answers(watcher, "db") == answers(watcher, "sql.app") == ["172.17.0.3"]
    assert answers(namespace(daemon, "db"), "watcher") == ["172.17.0.2"]
    moor("network", "disconnect", "app", "db")
    assert answers(watcher, "db") == answers(watcher, "sql") == []
    assert answers(namespace(daemon, "db"), "watcher") == []


def test_names_of_one_network_are_unknown_on_another(moor: Moor, daemon: Daemon) -> None:
    moor("network", "create", "lan")
    moor("run", "-d", "--name", "a", "--network", "app", "--", *SLEEP)
    moor("run", "-d", "--name", "b", "--network", "lan", "--", *SLEEP)
    moor("run", "-d", "--name", "both", "--network", "app", "--network", "lan", "--", *SLEEP)
    assert answers(namespace(daemon, "a"), "b") == []
    assert answers(namespace(daemon, "a"), "b.lan") == []
    assert answers(namespace(daemon, "both"), "a") == ["172.17.0.2"]
    assert answers(namespace(daemon, "both"), "b.lan") == ["172.18.0.2"]


def test_the_network_none_has_loopback_alone_and_host_is_the_machines_own(moor: Moor) -> None:
    links = moor("run", "--rm", "--network", "none", "--", "ip", "-brief", "link").splitlines()
    assert [line.split()[0] for line in links] == ["lo"]
    own = os.readlink("/proc/self/ns/net")
    assert moor("run", "--rm", "--network", "host", "--", "readlink", "/proc/self/ns/net") == own


def test_exec_sees_what_the_run_sees(moor: Moor, daemon: Daemon) -> None:
    moor("run", "-d", "--name", "db", "-h", "box", "--network", "app", "--", *SLEEP)
    assert moor("exec", "db", "hostname") == "box"
    assert moor("exec", "db", "--", "hostname") == "box"
    assert "172.17.0.2" in moor("exec", "db", "cat", "/etc/hosts")
    assert moor("exec", "-e", "X=1", "db", "sh", "-c", "echo $X; exit 4", code=4) == "1"


def test_a_file_that_a_run_has_open_follows_its_networks(moor: Moor) -> None:
    moor("network", "create", "lan")
    moor("run", "-d", "--name", "db", "--network", "app", "--", *SLEEP)
    moor("network", "connect", "lan", "db")
    hosts = moor("exec", "db", "cat", "/etc/hosts")
    assert "172.17.0.2" in hosts
    assert "172.18.0.2" in hosts


def test_pruning_removes_what_has_ended_and_what_nobody_uses(moor: Moor, daemon: Daemon) -> None:
    moor("network", "create", "unused")
    moor("run", "--name", "ended", "--network", "app", "--", "true")
    moor("run", "-d", "--name", "alive", "--network", "app", "--", *SLEEP)
    moor("system", "prune", "-f")
    names = {network["Name"] for network in daemon.client.get("/networks")}
    assert names == {"app", "host", "none"}
    runs = daemon.client.get("/containers/json", all=True)
    assert [run["Names"] for run in runs] == [["/alive"]]
