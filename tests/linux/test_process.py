"""Processes: known for certain, found by descent or namespace, ended to the last."""

import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mooring.linux import process as processes
from mooring.model.run import Process
from mooring.testing.eventually import eventually

Spawn = Callable[..., subprocess.Popen[str]]

UNUSED_PID = 4_194_305
"""Above what the kernel ever gives out."""

A_CHILD_AND_ITS_CHILD = "sleep 300 & echo $!; sh -c 'sleep 300 & echo $!; wait' & echo $!; wait"


def identify(pid: int) -> Process:
    process = processes.identify(pid)
    assert process
    return process


def words(process: subprocess.Popen[str], count: int) -> list[int]:
    assert process.stdout
    return [int(process.stdout.readline()) for _ in range(count)]


def test_a_process_is_its_number_and_the_moment_it_began(spawn: Spawn) -> None:
    own = identify(os.getpid())
    younger = identify(spawn("sleep", "300").pid)
    assert own.pid == os.getpid()
    assert younger.start_time >= own.start_time
    assert processes.is_alive(own)


@pytest.mark.parametrize("name", ["a b 1 2 3", "a) S 1 (b", ") Z ) 0"])
def test_a_programs_name_may_hold_anything(spawn: Spawn, tmp_path: Path, name: str) -> None:
    program = tmp_path / name
    shutil.copy(shutil.which("sleep") or "", program)
    child = spawn(str(program), "300")
    eventually(lambda: Path(f"/proc/{child.pid}/comm").read_text() == f"{name}\n")
    assert processes.is_alive(identify(child.pid))
    assert child.pid in processes.descendants(os.getpid())


def test_there_is_no_process_of_an_unused_number() -> None:
    assert processes.identify(UNUSED_PID) is None
    assert not processes.is_alive(Process(pid=UNUSED_PID, start_time=1))
    with pytest.raises(ProcessLookupError):
        processes.open_pidfd(Process(pid=UNUSED_PID, start_time=1))


def test_a_zombie_is_known_but_not_alive(spawn: Spawn) -> None:
    child = spawn("true")
    zombie = identify(child.pid)
    eventually(lambda: not processes.is_alive(zombie))
    assert processes.identify(child.pid) == zombie
    child.wait()
    assert processes.identify(child.pid) != zombie


def test_another_process_of_the_same_number_is_not_it(spawn: Spawn) -> None:
    child = identify(spawn("sleep", "300").pid)
    earlier = Process(pid=child.pid, start_time=child.start_time - 1)
    assert not processes.is_alive(earlier)
    with pytest.raises(ProcessLookupError):
        processes.open_pidfd(earlier)
    with pytest.raises(ProcessLookupError):
        processes.signal(earlier, signal.SIGKILL)
    assert processes.is_alive(child)


def test_a_program_lives_on_when_only_its_first_thread_has_ended(spawn: Spawn) -> None:
    child = spawn(
        sys.executable,
        "-c",
        "import ctypes, threading, time\n"
        "threading.Thread(target=time.sleep, args=(300,)).start()\n"
        "ctypes.CDLL(None).syscall(60, 0)",  # exit(2), of this thread alone
    )
    eventually(lambda: ") Z " in Path(f"/proc/{child.pid}/stat").read_text())
    assert processes.is_alive(identify(child.pid))


def test_a_pidfd_is_readable_once_its_process_has_ended(spawn: Spawn) -> None:
    child = spawn("sleep", "300")
    pidfd = processes.open_pidfd(identify(child.pid))
    try:
        assert select.select([pidfd], [], [], 0)[0] == []
        child.kill()
        assert select.select([pidfd], [], [], 10)[0] == [pidfd]
    finally:
        os.close(pidfd)


def test_a_signal_reaches_its_process(spawn: Spawn) -> None:
    child = spawn("sleep", "300")
    processes.signal(identify(child.pid), signal.SIGTERM)
    assert child.wait(10) == -signal.SIGTERM


def test_a_stopped_process_is_seen_as_such(spawn: Spawn) -> None:
    child = spawn("sleep", "300")
    assert not processes.is_stopped(child.pid)
    child.send_signal(signal.SIGSTOP)
    eventually(lambda: processes.is_stopped(child.pid))


def test_descendants_are_children_and_their_children(spawn: Spawn) -> None:
    child = spawn("sh", "-c", A_CHILD_AND_ITS_CHILD)
    family = set(words(child, 3))
    assert processes.descendants(child.pid) == family
    assert processes.descendants(os.getpid()) >= family | {child.pid}
    processes.end_all(lambda: processes.descendants(child.pid))


def test_whoever_lives_in_a_network_namespace_is_found(
    spawn: Spawn, network_namespace: str
) -> None:
    assert processes.in_namespace(network_namespace) == set()
    inside = spawn("nsenter", f"--net={network_namespace}", "sleep", "300")
    eventually(lambda: processes.in_namespace(network_namespace) == {inside.pid})
    assert os.getpid() in processes.in_namespace("/proc/self/ns/net")
    with pytest.raises(FileNotFoundError):
        processes.in_namespace("/nowhere")


def test_whoever_lives_in_a_mount_namespace_is_found(spawn: Spawn) -> None:
    inside = spawn("unshare", "--mount", "sleep", "300")
    path = f"/proc/{inside.pid}/ns/mnt"
    eventually(lambda: processes.in_namespace(path, "mnt") == {inside.pid})


def test_whoever_sees_a_sandboxes_files_is_found(spawn: Spawn, tmp_path: Path) -> None:
    directory = tmp_path / "1f2e3d"
    directory.mkdir()
    (directory / "hosts").touch()
    script = f"mount --bind {directory}/hosts /etc/hosts; echo $$; exec sleep 300"
    inside = spawn("unshare", "--mount", "--propagation", "private", "sh", "-c", script)
    words(inside, 1)
    assert processes.mounting(str(directory)) == {inside.pid}
    shutil.rmtree(directory)
    assert processes.mounting(str(directory)) == {inside.pid}
    assert processes.mounting(str(tmp_path / "2e3d")) == set()


def test_whoever_shares_the_callers_mounts_is_never_taken_for_a_run(tmp_path: Path) -> None:
    directory = tmp_path / "1f2e3d"
    directory.mkdir()
    for name in ("hosts", "elsewhere"):
        (directory / name).touch()
    source, target = str(directory / "hosts"), str(directory / "elsewhere")
    subprocess.run(["mount", "--bind", source, target], check=True)
    try:
        assert processes.mounting(str(directory)) == set()
    finally:
        subprocess.run(["umount", target], check=True)


def test_all_are_ended_with_their_families(spawn: Spawn) -> None:
    child = spawn("sh", "-c", A_CHILD_AND_ITS_CHILD)
    family = [identify(pid) for pid in [child.pid, *words(child, 3)]]
    named = {member.pid for member in family}
    assert processes.end_all(lambda: named) == set()
    assert child.wait(10) == -signal.SIGKILL
    assert not any(processes.is_alive(member) for member in family)


def test_a_program_that_keeps_starting_others_is_ended_with_them(spawn: Spawn) -> None:
    script = "while :; do sh -c 'sleep 300 & wait' & echo; sleep 0.001; done"
    inside = spawn("unshare", "--mount", "--fork", "sh", "-c", script, stdout=subprocess.PIPE)
    assert inside.stdout
    inside.stdout.readline()
    namespace = os.open(f"/proc/{max(processes.descendants(inside.pid))}/ns/mnt", os.O_RDONLY)
    path = f"/proc/self/fd/{namespace}"
    try:
        assert len(processes.in_namespace(path, "mnt")) > 1
        assert processes.end_all(lambda: processes.in_namespace(path, "mnt")) == set()
    finally:
        os.close(namespace)


def test_neither_the_caller_nor_process_1_is_ever_ended() -> None:
    assert processes.end_all(lambda: {1, os.getpid()}) == set()


def test_a_number_that_is_no_longer_meant_is_left_alone(spawn: Spawn) -> None:
    stranger = spawn("sleep", "300")
    answers = iter([{stranger.pid}, set(), set()])
    processes.end_all(lambda: next(answers, set()))
    assert processes.is_alive(identify(stranger.pid))
    assert not processes.is_stopped(stranger.pid)


def test_ending_gives_up_in_time_and_says_what_is_left(spawn: Spawn) -> None:
    left = processes.end_all(lambda: {spawn("sleep", "300").pid}, seconds=0.1)
    assert len(left) == 1
