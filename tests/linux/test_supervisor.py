"""A run in the foreground: what it starts in, how it ends, and that nothing of it outlives it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from mooring.linux.launch import Launch
from mooring.linux.process import identify, is_alive
from mooring.linux.run_state import read_exit, read_process
from mooring.model.run import Process
from mooring.testing.eventually import eventually
from mooring.testing.foreground import REFUSED, arguments
from mooring.testing.signals import read_mask

MakeLaunch = Callable[..., Launch]
Spawn = Callable[..., subprocess.Popen[str]]


def supervise(launch: Launch, *refusal: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments(launch, *refusal),
        capture_output=True,
        text=True,
        timeout=30,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def output(launch: Launch) -> str:
    finished = supervise(launch)
    assert finished.stderr == ""
    assert finished.returncode == 0
    return finished.stdout


def begun(launch: Launch) -> tuple[Process, Process]:
    """The command and its supervisor, as soon as they have been written down."""
    processes = eventually(lambda: read_process(launch.run_directory))
    assert processes
    return processes


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def member(pid: str) -> Process:
    found = identify(int(pid))
    assert found
    return found


# What a command finds


def test_a_command_sees_the_names_of_its_sandbox(launch: MakeLaunch) -> None:
    script = "uname -n; cat /proc/sys/kernel/domainname; echo $HOSTNAME"
    assert output(launch("sh", "-c", script)).split() == ["berth", "(none)", "berth"]
    assert output(launch("cat", "/proc/sys/kernel/domainname", domainname="quay")) == "quay\n"


def test_a_command_sees_the_files_of_its_sandbox(launch: MakeLaunch) -> None:
    read = output(launch("cat", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"))
    assert read.splitlines() == [
        "berth",
        "127.0.0.1 localhost",
        "10.9.8.7 berth",
        "nameserver 127.0.0.11",
    ]


def test_a_command_is_in_the_network_of_its_sandbox(
    launch: MakeLaunch, network_namespace: str
) -> None:
    script = ("stat", "-L", "-c", "%i", "/proc/self/ns/net")
    inside = output(launch(*script, namespace=network_namespace))
    assert int(inside) == os.stat(network_namespace).st_ino
    assert int(output(launch(*script))) == os.stat("/proc/self/ns/net").st_ino


def test_a_command_keeps_the_hosts_name_when_it_is_given_none(launch: MakeLaunch) -> None:
    assert output(launch("uname", "-n", hostname="")).strip() == os.uname().nodename


def test_the_environment_is_the_callers_and_what_is_added(
    launch: MakeLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FROM_CALLER", "kept")
    monkeypatch.setenv("REPLACED", "old")
    script = 'echo "$FROM_CALLER $REPLACED $A $HOSTNAME"'
    additions = ("REPLACED=new", "A=b=c", "HOSTNAME=mine")
    assert output(launch("sh", "-c", script, environment=additions)) == "kept new b=c mine\n"


def test_a_program_is_looked_for_along_the_path_of_the_run(
    launch: MakeLaunch, tmp_path: Path
) -> None:
    program = tmp_path / "only-here"
    program.write_text("#!/bin/sh\necho found\n")
    program.chmod(0o755)
    assert output(launch("only-here", environment=(f"PATH={tmp_path}",))) == "found\n"


def test_a_command_starts_in_its_working_directory_or_the_callers(
    launch: MakeLaunch, tmp_path: Path
) -> None:
    assert output(launch("pwd", workdir=str(tmp_path))).strip() == str(tmp_path)
    assert output(launch("pwd")).strip() == str(Path.cwd())


def test_a_command_has_the_callers_input_and_output(launch: MakeLaunch) -> None:
    finished = subprocess.run(
        arguments(launch("sh", "-c", "cat; echo oops >&2")),
        input=b"\x00\xff bytes",
        capture_output=True,
        timeout=30,
        check=True,
    )
    assert (finished.stdout, finished.stderr) == (b"\x00\xff bytes", b"oops\n")


def test_a_command_begins_with_signals_as_they_come(launch: MakeLaunch) -> None:
    status = output(launch("grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"))
    assert [read_mask(each) for each in status.splitlines()] == [0, 0]


def test_what_the_caller_ignores_is_ignored_by_the_command_too(
    launch: MakeLaunch, spawn: Spawn
) -> None:
    child = spawn(
        *arguments(launch("sh", "-c", "echo ready; read line; echo $line")),
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    assert line(child) == "ready"
    child.send_signal(signal.SIGHUP)
    process, _ = begun(launch())
    os.kill(process.pid, signal.SIGHUP)
    assert child.communicate("still here\n", timeout=10)[0] == "still here\n"


# What it leaves alone


def test_the_mounts_and_names_of_the_host_are_left_as_they_were(
    launch: MakeLaunch, spawn: Spawn, tmp_path: Path
) -> None:
    before = Path("/proc/self/mountinfo").read_text(), os.uname().nodename
    script = f"mount -t tmpfs none {tmp_path} && echo mounted && read line"
    child = spawn(*arguments(launch("sh", "-c", script)))
    assert line(child) == "mounted"
    assert (Path("/proc/self/mountinfo").read_text(), os.uname().nodename) == before
    assert child.communicate("\n", timeout=10)[1] == ""
    assert (Path("/proc/self/mountinfo").read_text(), os.uname().nodename) == before


# How it ends


@pytest.mark.parametrize(
    ("script", "code"),
    [("exit 0", 0), ("exit 3", 3), ("kill -TERM $$", 143), ("kill -KILL $$", 137)],
)
def test_the_exit_code_is_the_commands(launch: MakeLaunch, script: str, code: int) -> None:
    prepared = launch("sh", "-c", script)
    assert supervise(prepared).returncode == code
    ended = read_exit(prepared.run_directory)
    assert ended
    assert ended.exit_code == code
    assert abs((datetime.now().astimezone() - datetime.fromisoformat(ended.finished)).seconds) < 60
    assert ended.finished.endswith("Z")


def test_what_is_written_down_is_for_its_owner_alone(launch: MakeLaunch) -> None:
    prepared = launch("true")
    assert supervise(prepared).returncode == 0
    directory = Path(prepared.run_directory)
    assert directory.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}
    assert modes == {"process.json": 0o600, "exit.json": 0o600}


def test_command_and_supervisor_are_known_while_it_runs(launch: MakeLaunch, spawn: Spawn) -> None:
    prepared = launch("sh", "-c", "echo $$; read line")
    child = spawn(*arguments(prepared))
    pid = line(child)
    assert begun(prepared) == (member(pid), member(str(child.pid)))
    assert read_exit(prepared.run_directory) is None
    child.communicate("\n", timeout=10)


def test_a_new_run_in_an_old_directory_is_not_taken_for_the_old_one(
    launch: MakeLaunch, spawn: Spawn
) -> None:
    assert supervise(launch("false")).returncode == 1
    child = spawn(*arguments(launch("sh", "-c", "echo; read line")))
    assert line(child) == ""
    assert read_exit(launch().run_directory) is None
    child.communicate("\n", timeout=10)


def test_half_written_or_foreign_state_is_no_state(tmp_path: Path) -> None:
    assert read_exit(str(tmp_path / "absent")) is None
    (tmp_path / "exit.json").write_text('{"exit_code": 1, "fini')
    (tmp_path / "process.json").write_text('{"process": {"pid": "x"}}')
    assert read_exit(str(tmp_path)) is None
    assert read_process(str(tmp_path)) is None


# Commands that never run


def test_a_program_that_does_not_exist_is_127(launch: MakeLaunch, tmp_path: Path) -> None:
    finished = supervise(launch("no-such-program", environment=("PATH=/usr/bin:/bin",)))
    assert finished.returncode == 127
    assert "cannot run no-such-program: not found in /usr/bin:/bin" in finished.stderr
    finished = supervise(launch(str(tmp_path / "nothing")))
    assert (finished.returncode, "no such file" in finished.stderr) == (127, True)
    orphan = tmp_path / "orphan"
    orphan.write_text("#!/no/such/interpreter\n")
    orphan.chmod(0o755)
    finished = supervise(launch(str(orphan)))
    assert (finished.returncode, "interpreter" in finished.stderr) == (127, True)
    assert read_process(launch().run_directory) is None


def test_a_program_that_cannot_be_executed_is_126(launch: MakeLaunch, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("text")
    finished = supervise(launch(str(plain)))
    assert (finished.returncode, "Permission denied" in finished.stderr) == (126, True)
    plain.chmod(0o755)
    finished = supervise(launch(str(plain)))
    assert (finished.returncode, "Exec format error" in finished.stderr) == (126, True)
    assert supervise(launch(str(tmp_path))).returncode == 126


def test_a_working_directory_that_does_not_exist_is_126(launch: MakeLaunch) -> None:
    finished = supervise(launch("true", workdir="/no/such/place"))
    assert finished.returncode == 126
    assert "/no/such/place: No such file or directory" in finished.stderr


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"namespace": "/no/netns"}, "enter the network namespace /no/netns: No such file"),
        ({"namespace": "/etc/passwd"}, "enter the network namespace /etc/passwd: Invalid"),
        ({"directory": "/no/files"}, "bind /no/files/resolv.conf over /etc/resolv.conf"),
        ({"hostname": "h" * 65}, "set the host name"),
        ({"environment": ("NOTHING",)}, "write it as KEY=VALUE"),
        ({"command": ()}, "there is no command"),
    ],
)
def test_a_failure_of_our_own_is_125_and_names_the_step(
    launch: MakeLaunch, fields: dict[str, str], reason: str
) -> None:
    prepared = launch("true")
    finished = supervise(Launch(**(json.loads(json.dumps(as_fields(prepared))) | fields)))
    assert finished.returncode == 125
    assert reason in finished.stderr


def as_fields(launch: Launch) -> dict[str, object]:
    return {name: getattr(launch, name) for name in launch.__struct_fields__}


def test_a_run_that_is_refused_once_begun_is_undone(launch: MakeLaunch, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"setsid sleep 300 & echo $! $$ > {pids}.new; mv {pids}.new {pids}; wait"
    finished = supervise(launch("sh", "-c", script), str(pids))
    assert finished.returncode == REFUSED
    assert read_exit(launch().run_directory) is None
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids.read_text().split())


# Signals


@pytest.mark.parametrize("name", ["HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "ALRM", "WINCH"])
def test_a_signal_is_passed_on_once(launch: MakeLaunch, spawn: Spawn, name: str) -> None:
    script = (
        "import signal, sys\n"
        f"signal.signal(signal.SIG{name}, lambda *_: print('caught', flush=True))\n"
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n"
    )
    child = spawn(*arguments(launch(sys.executable, "-c", script)))
    assert line(child) == "ready"
    child.send_signal(signal.Signals[f"SIG{name}"])
    assert line(child) == "caught"
    rest, _ = child.communicate(timeout=10)
    assert rest == ""


def test_a_signal_that_ends_the_command_ends_the_supervisor(
    launch: MakeLaunch, spawn: Spawn
) -> None:
    child = spawn(*arguments(launch("sh", "-c", "echo ready; exec sleep 300")))
    assert line(child) == "ready"
    child.terminate()
    assert child.wait(10) == 143


def test_a_stopped_command_is_continued_through_its_supervisor(
    launch: MakeLaunch, spawn: Spawn
) -> None:
    child = spawn(*arguments(launch("sh", "-c", "echo ready; kill -STOP $$; echo continued")))
    assert line(child) == "ready"
    process, _ = begun(launch())
    eventually(lambda: ") T " in Path(f"/proc/{process.pid}/stat").read_text())
    child.send_signal(signal.SIGCONT)
    assert line(child) == "continued"
    assert child.wait(10) == 0


# Nothing survives


@pytest.mark.parametrize(
    "start",
    [
        "sleep 300 & echo $!",
        "setsid sleep 300 & echo $!",
        "(setsid sh -c 'sleep 300 & echo $!' &) ; sleep 0.1",
        "unshare --mount sh -c 'sleep 300 & echo $!'",
        "setsid sh -c 'trap : TERM HUP INT; echo $$; while :; do sleep 1; done' &",
    ],
)
def test_what_a_command_leaves_behind_is_killed_when_it_ends(
    launch: MakeLaunch, spawn: Spawn, start: str
) -> None:
    child = spawn(*arguments(launch("sh", "-c", f"{start}\nread line; exit 5")))
    left = member(line(child))
    assert is_alive(left)
    child.communicate("\n", timeout=10)
    assert child.returncode == 5
    assert not is_alive(left)


def test_whoever_joined_the_run_ends_with_it(launch: MakeLaunch, spawn: Spawn) -> None:
    child = spawn(*arguments(launch("sh", "-c", "echo ready; read line")))
    assert line(child) == "ready"
    process, _ = begun(launch())
    guest = spawn("nsenter", f"--target={process.pid}", "--mount", "sh", "-c", "echo; sleep 300")
    assert line(guest) == ""
    child.communicate("\n", timeout=10)
    assert guest.wait(10) == -signal.SIGKILL


def test_a_supervisor_that_is_killed_takes_the_command_with_it(
    launch: MakeLaunch, spawn: Spawn
) -> None:
    child = spawn(*arguments(launch("sh", "-c", "echo ready; exec sleep 300")))
    assert line(child) == "ready"
    process, _ = begun(launch())
    child.kill()
    eventually(lambda: not is_alive(process))
    assert read_exit(launch().run_directory) is None


def test_many_children_are_reaped_while_the_command_runs(launch: MakeLaunch, spawn: Spawn) -> None:
    script = (
        "import os, sys\n"
        "for _ in range(50):\n"
        "    if os.fork() == 0:\n"
        "        os.fork()\n"
        "        os._exit(0)\n"
        "    os.wait()\n"
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n"
    )
    child = spawn(*arguments(launch(sys.executable, "-c", script)))
    assert line(child) == "ready"
    children = Path(f"/proc/{child.pid}/task/{child.pid}/children")
    process, _ = begun(launch())
    eventually(lambda: children.read_text().split() == [str(process.pid)])
    child.communicate("", timeout=10)
