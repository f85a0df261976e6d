"""A run in the background: it outlives whoever started it, and keeps its log and its end."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from mooring.linux.detached import run_detached
from mooring.linux.launch import Launch, LaunchError
from mooring.linux.process import descendants, end_all, is_alive
from mooring.linux.process import signal as send
from mooring.linux.run_log import LogReader
from mooring.linux.run_state import Exit, read_exit, read_process
from mooring.model.run import Process
from mooring.testing.eventually import eventually

MakeLaunch = Callable[..., Launch]
Spawn = Callable[..., subprocess.Popen[str]]
Start = Callable[[Launch], tuple[Process, Process]]


@pytest.fixture
def start() -> Iterator[Start]:
    """``run_detached``; what it started is ended with the test."""
    supervisors = []

    def start(launch: Launch) -> tuple[Process, Process]:
        process, supervisor = run_detached(launch)
        supervisors.append(supervisor)
        return process, supervisor

    yield start
    for supervisor in supervisors:
        end_all(lambda found=supervisor: family(found))  # type: ignore[misc]


def family(supervisor: Process) -> set[int]:
    return descendants(supervisor.pid) | {supervisor.pid} if is_alive(supervisor) else set()


def ended(launch: Launch) -> Exit:
    found = eventually(lambda: read_exit(launch.run_directory))
    assert found
    return found


def log(launch: Launch) -> bytes:
    with closing(LogReader(launch.run_directory)) as reader:
        return b"".join(iter(reader.read, b""))


def test_it_returns_when_the_command_has_begun(start: Start, launch: MakeLaunch) -> None:
    prepared = launch("sleep", "300")
    process, supervisor = start(prepared)
    assert Path(f"/proc/{process.pid}/comm").read_text() == "sleep\n"
    assert read_process(prepared.run_directory) == (process, supervisor)
    assert is_alive(supervisor)
    assert read_exit(prepared.run_directory) is None


def test_output_and_exit_code_are_kept(start: Start, launch: MakeLaunch) -> None:
    prepared = launch("sh", "-c", "uname -n; cat; echo oops >&2; exit 3")
    start(prepared)
    assert ended(prepared).exit_code == 3
    assert log(prepared) == b"berth\noops\n"


def test_what_a_command_wrote_before_it_ended_is_all_there(
    start: Start, launch: MakeLaunch
) -> None:
    prepared = launch("seq", "-f", "%.0f a line of a chatty program", "300000")
    start(prepared)
    assert ended(prepared).exit_code == 0
    lines = log(prepared).splitlines()
    assert len(lines) == 300_000
    assert lines[-1] == b"300000 a line of a chatty program"


def test_a_chatty_command_does_not_fill_the_disk(start: Start, launch: MakeLaunch) -> None:
    prepared = launch("sh", "-c", "head -c 50000000 /dev/zero; echo the end")
    start(prepared)
    assert ended(prepared).exit_code == 0
    sizes = [path.stat().st_size for path in Path(prepared.run_directory).glob("output.log*")]
    assert 16 << 20 <= sum(sizes) <= 32 << 20
    assert log(prepared).endswith(b"\0the end\n")


def test_a_command_that_cannot_be_started_is_told_as_in_the_foreground(
    launch: MakeLaunch, tmp_path: Path
) -> None:
    with pytest.raises(LaunchError, match="no-such-program: not found") as caught:
        run_detached(launch("no-such-program"))
    assert caught.value.exit_code == 127
    with pytest.raises(LaunchError, match="enter the network namespace /nowhere") as caught:
        run_detached(launch("true", namespace="/nowhere"))
    assert caught.value.exit_code == 125
    (tmp_path / "file").touch()
    with pytest.raises(LaunchError, match="cannot write the state of a run to") as caught:
        run_detached(launch("true", run_directory=str(tmp_path / "file")))
    assert caught.value.exit_code == 125


def test_a_command_starts_where_its_caller_is(
    start: Start, launch: MakeLaunch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prepared = launch("pwd")
    start(prepared)
    ended(prepared)
    assert log(prepared).decode().strip() == str(tmp_path)


def test_modules_in_the_callers_directory_are_not_taken_for_our_own(
    start: Start, launch: MakeLaunch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    prepared = launch("true")
    start(prepared)
    assert ended(prepared).exit_code == 0


def test_arguments_that_are_not_text_arrive_as_they_are(
    start: Start, launch: MakeLaunch, tmp_path: Path
) -> None:
    name = os.fsdecode(b"\xff\xfe caf\xe9")
    prepared = launch("printf", "%s %s", name, "é\n", workdir=str(tmp_path))
    start(prepared)
    assert ended(prepared).exit_code == 0
    assert log(prepared) == b"\xff\xfe caf\xe9 \xc3\xa9\n"
    with pytest.raises(LaunchError, match="no such file"):
        run_detached(launch(f"/{name}"))


def test_a_long_command_line_is_no_obstacle(start: Start, launch: MakeLaunch) -> None:
    prepared = launch("sh", "-c", "echo $#", *["x" * 1000] * 300)
    start(prepared)
    assert ended(prepared).exit_code == 0
    assert log(prepared) == b"299\n"


def test_the_supervisor_holds_on_to_nothing_of_its_caller(
    start: Start, launch: MakeLaunch, tmp_path: Path
) -> None:
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        process, supervisor = start(launch("sleep", "300"))
    directory = Path(f"/proc/{supervisor.pid}")
    eventually(lambda: os.readlink(directory / "cwd") == "/")
    held = {os.readlink(each) for each in (directory / "fd").iterdir()}
    expected = ("/dev/null", "output.log", "pipe:", "mnt:", "anon_inode:[signalfd]", "mountinfo")
    assert [each for each in held if not any(part in each for part in expected)] == []
    files = {os.readlink(each) for each in Path(f"/proc/{process.pid}/fd").iterdir()}
    assert sorted(each.partition(":")[0] for each in files) == ["/dev/null", "pipe"]
    session = os.getsid(supervisor.pid)
    assert session not in (os.getsid(0), supervisor.pid)


def test_it_outlives_its_caller_and_the_callers_terminal(launch: MakeLaunch) -> None:
    prepared = launch("sh", "-c", "echo ready; sleep 300")
    program = (
        "import json, os, signal, sys\n"
        "import msgspec\n"
        "from mooring.linux.detached import run_detached\n"
        "from mooring.linux.launch import Launch\n"
        "run_detached(msgspec.convert(json.loads(sys.argv[1]), Launch))\n"
        "os.killpg(0, signal.SIGHUP)\n"
    )
    encoded = json.dumps(msgspec.to_builtins(prepared))
    caller = ["script", "-qec", shlex.join([sys.executable, "-c", program, encoded]), "/dev/null"]
    subprocess.run(caller, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    found = read_process(prepared.run_directory)
    assert found
    process, supervisor = found
    eventually(lambda: log(prepared) == b"ready\n")
    send(supervisor, signal.SIGHUP)
    send(supervisor, signal.SIGTERM)
    assert ended(prepared).exit_code == 128 + signal.SIGTERM
    eventually(lambda: not is_alive(supervisor))
    assert not is_alive(process)


def test_a_command_can_be_sent_sighup(start: Start, launch: MakeLaunch) -> None:
    prepared = launch("sleep", "300")
    process, _ = start(prepared)
    send(process, signal.SIGHUP)
    assert ended(prepared).exit_code == 128 + signal.SIGHUP


def test_daemons_that_a_command_leaves_behind_end_with_it(
    start: Start, launch: MakeLaunch, tmp_path: Path
) -> None:
    script = "setsid sh -c 'echo daemon; exec sleep 300' & sleep 0.2; exit 4"
    prepared = launch("sh", "-c", script)
    _, supervisor = start(prepared)
    assert ended(prepared).exit_code == 4
    assert log(prepared) == b"daemon\n"
    eventually(lambda: not is_alive(supervisor))


def test_a_supervisor_that_is_killed_takes_the_command_with_it(
    start: Start, launch: MakeLaunch
) -> None:
    process, supervisor = start(launch("sleep", "300"))
    send(supervisor, signal.SIGKILL)
    eventually(lambda: not is_alive(process))


def test_a_run_whose_caller_dies_before_it_hears_of_it_is_undone(
    launch: MakeLaunch, spawn: Spawn
) -> None:
    prepared = launch("sleep", "300")
    reply_read, reply_write = os.pipe()
    supervisor = spawn(
        *(sys.executable, "-P", "-m", "mooring.linux.detached", prepared.id), stdout=reply_write
    )
    os.close(reply_write)
    os.close(reply_read)
    supervisor.communicate(json.dumps(msgspec.to_builtins(prepared)), timeout=30)
    found = eventually(lambda: read_process(prepared.run_directory))
    assert found
    eventually(lambda: not is_alive(found[0]) and not is_alive(found[1]))
    assert read_exit(prepared.run_directory) is None
