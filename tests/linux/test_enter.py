"""Joining a run with another command, as ``moor exec`` does."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mooring.linux.launch import Launch
from mooring.linux.process import identify
from mooring.linux.run_state import read_process
from mooring.model.run import Process
from mooring.testing.eventually import eventually
from mooring.testing.foreground import arguments
from mooring.testing.signals import read_mask

MakeLaunch = Callable[..., Launch]
Spawn = Callable[..., subprocess.Popen[str]]
Enter = Callable[..., subprocess.CompletedProcess[str]]

PROGRAM = """
import sys
from mooring.linux.enter import enter
from mooring.linux.launch import LaunchError
from mooring.model.run import Process
pid, start_time, workdir, *rest = sys.argv[1:]
additions = [each for each in rest if each.startswith("ADDED")]
command = tuple(rest[len(additions):])
try:
    enter(Process(pid=int(pid), start_time=int(start_time)), command, tuple(additions), workdir)
except LaunchError as error:
    sys.stderr.write(str(error))
    sys.exit(error.exit_code)
"""


@pytest.fixture
def target(
    spawn: Spawn, launch: MakeLaunch, tmp_path: Path, network_namespace: str
) -> Iterator[Process]:
    """The command of a run that waits, in a directory of its own."""
    script = f"mount -t tmpfs none {tmp_path}/run; cd {tmp_path}/run; touch inside; cat"
    prepared = launch(
        "sh", "-c", script, namespace=network_namespace, run_directory=f"{tmp_path}/state"
    )
    (tmp_path / "run").mkdir()
    supervisor = spawn(*arguments(prepared))
    found = eventually(lambda: read_process(prepared.run_directory))
    assert found
    eventually(Path(f"/proc/{found[0].pid}/cwd/inside").exists)
    yield found[0]
    supervisor.communicate(timeout=10)


@pytest.fixture
def enter(target: Process) -> Enter:
    def run(
        *command: str, workdir: str = "", into: Process = target
    ) -> subprocess.CompletedProcess[str]:
        words = (str(into.pid), str(into.start_time), workdir, *command)
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, *words],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    return run


def test_it_shares_the_network_mounts_and_names_of_the_run(
    enter: Enter, target: Process, network_namespace: str
) -> None:
    joined = enter(
        "sh", "-c", "uname -n; echo $HOSTNAME; cat /etc/hostname; readlink /proc/$$/ns/*"
    )
    assert joined.stderr == ""
    *names, namespaces = joined.stdout.split("\n", 3)
    assert names == ["berth"] * 3
    shared = {os.readlink(f"/proc/{target.pid}/ns/{kind}") for kind in ("net", "mnt", "uts")}
    assert shared <= set(namespaces.split())
    assert f"net:[{os.stat(network_namespace).st_ino}]" in shared


def test_it_starts_where_the_run_is_unless_it_is_told_where(enter: Enter) -> None:
    assert enter("ls").stdout == "inside\n"
    assert enter("pwd", workdir="/usr").stdout == "/usr\n"


def test_its_environment_is_the_callers_and_what_is_added(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FROM_CALLER", "kept")
    assert enter("ADDED=1 2", "sh", "-c", "echo $FROM_CALLER $ADDED").stdout == "kept 1 2\n"


def test_its_exit_code_and_signals_are_its_own(enter: Enter) -> None:
    assert enter("sh", "-c", "exit 9").returncode == 9
    assert enter("sh", "-c", "kill -TERM $$").returncode == -signal.SIGTERM
    assert read_mask(enter("grep", "SigIgn", "/proc/self/status").stdout) == 0


@pytest.mark.parametrize(
    ("command", "workdir", "code", "reason"),
    [
        (("no-such-program",), "", 127, "not found in"),
        (("/etc/passwd",), "", 126, "Permission denied"),
        (("true",), "/no/such/place", 126, "/no/such/place"),
        ((), "", 125, "there is no command"),
    ],
)
def test_what_cannot_be_started_is_told_as_for_a_run(
    enter: Enter, command: tuple[str, ...], workdir: str, code: int, reason: str
) -> None:
    failed = enter(*command, workdir=workdir)
    assert failed.returncode == code
    assert reason in failed.stderr


def test_a_run_that_has_ended_cannot_be_joined(enter: Enter, target: Process) -> None:
    earlier = Process(pid=target.pid, start_time=target.start_time - 1)
    failed = enter("true", into=earlier)
    assert (failed.returncode, "has ended" in failed.stderr) == (125, True)
    assert identify(target.pid) == target
