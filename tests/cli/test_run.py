"""``moor run``, ``exec`` and ``logs``, with real commands in real mount and UTS namespaces."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mooring.linux.process import identify, is_alive
from mooring.model.run import RunStatus
from mooring.testing.eventually import eventually
from mooring.testing.living import LivingBackend
from mooring.testing.served import Served

pytestmark = pytest.mark.usefixtures("needs_root")

Daemon = Served[LivingBackend]
MOOR = (sys.executable, "-m", "mooring.cli")


@pytest.fixture
def daemon(tmp_path: Path, address: str) -> Iterator[Daemon]:
    served = Served(LivingBackend(tmp_path), address)
    yield served
    for run in served.backend.runs():
        served.do(served.backend.remove_run(run.id, force=True))
    served.close()


def moor(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MOOR, *arguments], input=typed, capture_output=True, text=True, timeout=30, check=False
    )


def test_a_run_gives_its_output_and_its_exit_code(daemon: Daemon) -> None:
    ended = moor("run", "--name", "db", "--", "sh", "-c", "echo out; echo err >&2; exit 3")
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "out\n", "err\n")
    run = daemon.backend.run("db")
    assert (run.status, run.exit_code, run.request.detach) == (RunStatus.EXITED, 3, False)


def test_a_run_reads_what_is_typed(daemon: Daemon) -> None:
    assert moor("run", "cat", typed="typed").stdout == "typed"


def test_a_run_takes_arguments_that_are_not_utf_8(daemon: Daemon) -> None:
    command: list[str | bytes] = [*MOOR, "run", "--name", "db", "printf", b"%s", b"\xff\n"]
    ended = subprocess.run(command, capture_output=True, check=True)
    assert ended.stdout == b"\xff\n"
    assert daemon.backend.run("db").request.command == ("printf", "%s", "?\n")


def test_a_run_has_the_name_the_files_and_the_variables_of_its_sandbox(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OURS", "kept")
    monkeypatch.setenv("PASSED", "on")
    script = (
        "hostname; cat /etc/hostname; cat /etc/resolv.conf; grep -c dbhost /etc/hosts; "
        "echo $HOSTNAME $OURS $PASSED $ADDED; pwd"
    )
    ended = moor(
        *("run", "-h", "dbhost", "-e", "ADDED=x", "-e", "PASSED", "-w", str(tmp_path)),
        *("--", "sh", "-c", script),
    )
    assert ended.stdout.splitlines() == [
        "dbhost",
        "dbhost",
        "nameserver 127.0.0.11",
        "1",
        "dbhost kept on x",
        str(tmp_path),
    ]


@pytest.mark.parametrize("detach", [[], ["-d"]])
@pytest.mark.parametrize(
    ("arguments", "exit_code", "reason"),
    [
        (["no-such-command"], 127, "cannot run no-such-command: not found in "),
        (["/etc/hostname"], 126, "cannot run /etc/hostname: Permission denied"),
        (["-w", "/no/such", "true"], 126, "cannot change to the working directory /no/such"),
        (["-e", "=x", "true"], 125, "'=x' is not a variable of the environment"),
        (["--network", "nowhere", "true"], 125, "no such network: nowhere"),
    ],
)
def test_a_run_that_cannot_begin_says_why_and_leaves_nothing(
    daemon: Daemon, detach: list[str], arguments: list[str], exit_code: int, reason: str
) -> None:
    ended = moor("run", *detach, *arguments)
    assert (ended.returncode, ended.stdout) == (exit_code, "")
    assert ended.stderr.startswith(f"moor: {reason}")
    assert not daemon.backend.runs()
    assert not daemon.backend.sandboxes()


def test_signals_reach_the_command(daemon: Daemon) -> None:
    script = "trap 'echo got it; exit 7' TERM; echo ready; while :; do sleep 0.01; done"
    with subprocess.Popen([*MOOR, "run", "sh", "-c", script], stdout=-1, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        running.send_signal(signal.SIGTERM)
        assert running.stdout.read() == "got it\n"
        assert running.wait(10) == 7


def test_with_rm_nothing_is_left_when_it_returns(daemon: Daemon) -> None:
    assert moor("run", "--rm", "--name", "db", "true").returncode == 0
    assert not daemon.backend.runs()
    moor("run", "--rm", "-d", "--name", "db", "true")
    eventually(lambda: not daemon.backend.runs())


def test_detached_it_prints_its_id_once_the_command_has_begun(daemon: Daemon) -> None:
    ended = moor("run", "-d", "--name", "db", "sleep", "100")
    run = daemon.backend.run("db")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"{run.id}\n", "")
    assert run.status is RunStatus.RUNNING
    assert run.process is not None
    assert Path(f"/proc/{run.process.pid}/comm").read_text() == "sleep\n"
    assert moor("stop", "db").stdout == "db\n"
    assert moor("wait", "db").stdout == "143\n"


def test_logs_are_what_a_detached_run_has_written(daemon: Daemon) -> None:
    moor("run", "-d", "--name", "db", "sh", "-c", "echo one; echo two >&2; printf three")
    assert moor("wait", "db").stdout == "0\n"
    assert moor("logs", "db").stdout == "one\ntwo\nthree"
    assert moor("logs", "-n", "2", "db").stdout == "two\nthree"
    assert moor("logs", "--tail", "0", "db").stdout == ""
    assert moor("logs", "-f", "--tail", "9", "db").stdout == "one\ntwo\nthree"


def test_a_log_is_followed_to_its_end(daemon: Daemon, tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    script = f"echo one; until [ -e {go_on} ]; do sleep 0.01; done; echo two"
    moor("run", "-d", "--name", "db", "sh", "-c", script)
    with subprocess.Popen([*MOOR, "logs", "-f", "db"], stdout=-1, text=True) as following:
        assert following.stdout is not None
        assert following.stdout.readline() == "one\n"
        go_on.touch()
        assert following.stdout.read() == "two\n"
        assert following.wait(10) == 0


def test_what_ran_in_the_foreground_has_no_log(daemon: Daemon) -> None:
    moor("run", "--name", "db", "echo", "one")
    ended = moor("logs", "db")
    assert ended.returncode == 1
    assert ended.stderr == (
        "moor: db has no log: it was run in the foreground; start it with -d to keep one\n"
    )


def test_exec_joins_a_run(daemon: Daemon, tmp_path: Path) -> None:
    moor("run", "-d", "--name", "db", "-h", "dbhost", "-e", "A=run", "-w", "/", "sleep", "100")
    script = "hostname; cat /etc/resolv.conf; echo $A $B $HOSTNAME; pwd; exit 4"
    ended = moor("exec", "-e", "B=exec", "db", "sh", "-c", script)
    assert ended.returncode == 4
    assert ended.stdout == "dbhost\nnameserver 127.0.0.11\nrun exec dbhost\n/\n"
    assert moor("exec", "-w", str(tmp_path), "db", "pwd").stdout == f"{tmp_path}\n"
    assert moor("exec", "db", "--", "echo", "--").stdout == "--\n"
    assert moor("exec", "db", "no-such-command").returncode == 127
    assert moor("exec", "db", "--").returncode == 125


def test_exec_wants_a_living_run(daemon: Daemon) -> None:
    moor("run", "--name", "db", "true")
    ended = moor("exec", "db", "true")
    assert ended.returncode == 125
    assert ended.stderr == "moor: db is not running: it is exited; see `moor ps -a`\n"


def test_a_daemon_that_goes_away_does_not_take_the_exit_code_along(
    daemon: Daemon, tmp_path: Path
) -> None:
    go_on = tmp_path / "go-on"
    script = f"echo ready; until [ -e {go_on} ]; do sleep 0.01; done; exit 3"
    command = [*MOOR, "run", "--name", "db", "sh", "-c", script]
    with subprocess.Popen(command, stdout=-1, stderr=-1, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        eventually(lambda: daemon.backend.run("db").status is RunStatus.RUNNING)
        os.rename(tmp_path / "moor.sock", tmp_path / "away")
        go_on.touch()
        _, err = running.communicate(timeout=10)
        os.rename(tmp_path / "away", tmp_path / "moor.sock")
    assert running.returncode == 3
    assert err.startswith("moor: cannot reach the daemon at ")


def test_a_refusal_to_start_ends_the_command(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def start_run(*arguments: object) -> None:
        raise RuntimeError("not wanted")

    monkeypatch.setattr(daemon.backend, "start_run", start_run)
    for detach in ([], ["-d"]):
        begun = tmp_path / f"begun{len(detach)}"
        ended = moor("run", *detach, "sh", "-c", f"echo $$ >{begun}; exec sleep 100")
        assert ended.returncode == 125
        assert "an error of the daemon's own" in ended.stderr
        assert not daemon.backend.runs()
        if begun.exists() and (pid := begun.read_text().strip()):
            process = identify(int(pid))
            assert process is None or not is_alive(process)
