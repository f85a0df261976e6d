"""What covers a run's /etc on hosts that keep their files in various ways.

Each host here is a mount namespace with an /etc and a /run of its own.
"""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mooring.linux.cover import BYPASSES
from mooring.linux.launch import Launch
from mooring.linux.run_state import read_process
from mooring.testing.eventually import eventually
from mooring.testing.foreground import arguments

MakeLaunch = Callable[..., Launch]
Spawn = Callable[..., subprocess.Popen[str]]
Host = Callable[..., subprocess.Popen[str]]

A_HOST = """
set -e
mount -t tmpfs none /etc
mount -t tmpfs none /run
echo 'nameserver 192.0.2.1' > /etc/resolv.conf
echo 'host' > /etc/hostname
echo '192.0.2.9 host' > /etc/hosts
"""

LISTEN = """
import os, socket, subprocess, sys
kept = []
for path in sys.argv[1].split():
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if not os.path.exists(path):
        kept.append(socket.socket(socket.AF_UNIX))
        kept[-1].bind(path)
        kept[-1].listen()
sys.exit(subprocess.call(["sh", "-c", sys.argv[2]]))
"""

CONNECT = """
import socket, sys
for path in sys.argv[1:]:
    try:
        socket.socket(socket.AF_UNIX).connect(path)
        print("connected to", path)
    except OSError as error:
        print(error.strerror)
"""


@pytest.fixture
def host(spawn: Spawn) -> Host:
    """Starts a command in a host of its own, after ``change`` has been done to it."""

    def start(
        command: list[str], change: str = "", propagation: str = "private"
    ) -> subprocess.Popen[str]:
        script = f'{A_HOST}{change}\nexec "$@"'
        unshare = ("unshare", "--mount", "--propagation", propagation)
        return spawn(*unshare, "sh", "-c", script, "sh", *command)

    return start


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    output, errors = process.communicate(timeout=30)
    return process.returncode, output, errors


def run(host: Host, launch: Launch, change: str = "") -> tuple[int, str, str]:
    return finish(host(arguments(launch), change))


def in_run(launch: Launch, *command: str) -> str:
    """What a command says in the mounts of a run that goes on."""
    found = eventually(lambda: read_process(launch.run_directory))
    assert found
    entered = ("nsenter", f"--target={found[0].pid}", "--mount", *command)
    return subprocess.run(entered, capture_output=True, text=True, timeout=10, check=True).stdout


def ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout
    assert process.stdout.readline() == "ready\n", process.communicate(timeout=10)


def test_a_link_is_followed_to_the_file_that_programs_read(host: Host, launch: MakeLaunch) -> None:
    change = """
    mkdir -p /run/systemd/resolve
    mv /etc/resolv.conf /run/systemd/resolve/stub-resolv.conf
    ln -s ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
    """
    read = launch("cat", "/etc/resolv.conf", "/run/systemd/resolve/stub-resolv.conf")
    assert run(host, read, change) == (0, "nameserver 127.0.0.11\n" * 2, "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("rm /etc/resolv.conf", "/etc/resolv.conf does not exist"),
        ("ln -sf /run/gone /etc/resolv.conf", "/etc/resolv.conf is a link to /run/gone"),
    ],
)
def test_without_a_resolv_conf_to_cover_the_error_says_what_helps(
    host: Host, launch: MakeLaunch, change: str, reason: str
) -> None:
    code, _, errors = run(host, launch("true"), change)
    assert code == 125
    assert reason in errors
    assert "touch" in errors


def test_other_files_that_the_host_lacks_are_left_out(host: Host, launch: MakeLaunch) -> None:
    outcome = run(host, launch("ls", "/etc"), "rm /etc/hosts /etc/hostname")
    assert outcome == (0, "resolv.conf\n", "")


def test_the_sockets_by_which_lookups_go_past_resolv_conf_are_out_of_reach(
    host: Host, launch: MakeLaunch
) -> None:
    connect = (sys.executable, "-c", CONNECT, *BYPASSES)
    script = f"{shlex.join(connect)} && {shlex.join(arguments(launch(*connect)))}"
    listen = [sys.executable, "-c", LISTEN, " ".join(BYPASSES), script]
    code, output, errors = finish(host(listen))
    assert (code, errors) == (0, "")
    outside, inside = output.splitlines()[: len(BYPASSES)], output.splitlines()[len(BYPASSES) :]
    assert outside == [f"connected to {path}" for path in BYPASSES]
    assert inside == ["Connection refused"] * len(BYPASSES)


@pytest.mark.parametrize("name", ["hosts", "resolv.conf", "hostname"])
def test_a_file_that_the_host_replaces_is_covered_again(
    host: Host, launch: MakeLaunch, name: str
) -> None:
    prepared = launch("sh", "-c", "echo ready; read line")
    process = host(arguments(prepared))
    ready(process)
    read = ("cat", f"/etc/{name}")
    own = in_run(prepared, *read)
    replace = f"echo 'the new one' > /etc/new; mv /etc/new /etc/{name}; cat /etc/{name}"
    outside = ("nsenter", f"--target={process.pid}", "--mount", "sh", "-c", replace)
    assert subprocess.check_output(outside, text=True) == "the new one\n"
    eventually(lambda: in_run(prepared, *read) == own)
    process.communicate("\n", timeout=10)


def test_a_file_that_the_host_takes_away_and_puts_back_is_covered_again(
    host: Host, launch: MakeLaunch
) -> None:
    prepared = launch("sh", "-c", "echo ready; read line")
    process = host(arguments(prepared))
    ready(process)
    outside = ("nsenter", f"--target={process.pid}", "--mount", "sh", "-c")
    subprocess.check_call([*outside, "rm /etc/hosts"])
    eventually(lambda: "hosts" not in in_run(prepared, "ls", "/etc").split())
    subprocess.check_call([*outside, "echo 'the new one' > /etc/hosts"])
    eventually(lambda: "berth" in in_run(prepared, "cat", "/etc/hosts"))
    process.communicate("\n", timeout=10)


def test_what_the_host_mounts_later_is_seen_in_the_run_and_not_the_other_way(
    host: Host, launch: MakeLaunch
) -> None:
    prepared = launch(
        "sh", "-c", "mkdir /run/inner; mount -t tmpfs none /run/inner; echo ready; cat"
    )
    process = host(arguments(prepared), "mkdir /run/outer", "shared")
    ready(process)
    outside = ("nsenter", f"--target={process.pid}", "--mount", "sh", "-c")
    subprocess.check_call([*outside, "mount -t tmpfs none /run/outer; touch /run/outer/seen"])
    assert in_run(prepared, "ls", "/run/outer") == "seen\n"
    assert "/run/inner" in in_run(prepared, "cat", "/proc/self/mountinfo")
    assert "/run/inner" not in Path(f"/proc/{process.pid}/mountinfo").read_text()
    process.communicate("", timeout=10)


def test_what_programs_write_to_their_files_stays_in_the_sandbox(
    host: Host, launch: MakeLaunch
) -> None:
    prepared = launch("sh", "-c", "echo '10.0.0.1 added' >> /etc/hosts; tail -n 1 /etc/hosts")
    process = host(["sh", "-c", '"$@"; cat /etc/hosts', "sh", *arguments(prepared)])
    assert finish(process) == (0, "10.0.0.1 added\n192.0.2.9 host\n", "")
    assert "added" in Path(os.path.join(prepared.directory, "hosts")).read_text()
