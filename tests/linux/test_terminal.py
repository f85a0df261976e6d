"""A run at a terminal: it behaves under a shell with job control as its command alone would.

The shell is bash, and what is typed goes through a pseudo-terminal.
"""

import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mooring.linux.launch import Launch
from mooring.linux.process import identify, is_alive, is_stopped
from mooring.linux.run_state import read_process
from mooring.testing.eventually import eventually
from mooring.testing.foreground import arguments

MakeLaunch = Callable[..., Launch]
Spawn = Callable[..., subprocess.Popen[str]]

COUNT_INTERRUPTS = """
import os, signal
count = 0
def interrupted(*_):
    global count
    count += 1
def report(*_):
    print(f"interrupted {count} times", flush=True)
    os._exit(0)
signal.signal(signal.SIGINT, interrupted)
signal.signal(signal.SIGUSR1, report)
print(f"pid is {os.getpid()}", flush=True)
while True:
    signal.pause()
"""


class Shell:
    """An interactive bash on a terminal of its own."""

    def __init__(self, spawn: Spawn, directory: Path) -> None:
        self._directory = directory
        self._screen = ""
        self._keyboard, terminal = pty.openpty()
        environment = os.environ | {"PS1": "$ ", "TERM": "dumb", "HISTFILE": ""}
        self.process = spawn(
            *("setsid", "--ctty", "bash", "--norc", "--noprofile", "--noediting", "-i"),
            **dict.fromkeys(("stdin", "stdout", "stderr"), terminal),
            env=environment,
        )
        os.close(terminal)
        self.see(r"\$ ")

    def script(self, name: str, launch: Launch) -> str:
        """A file that runs a launch, for what is typed to be short."""
        path = self._directory / name
        path.write_text(f"exec {shlex.join(arguments(launch))}\n")
        return f"sh {path}"

    def type(self, text: str) -> None:
        os.write(self._keyboard, text.encode())

    def see(self, pattern: str, seconds: float = 10.0) -> re.Match[str]:
        """Wait until the screen shows a pattern; what comes up to its end is then forgotten."""
        deadline = time.monotonic() + seconds
        while not (found := re.search(pattern, self._screen)):
            remaining = deadline - time.monotonic()
            if remaining < 0 or not select.select([self._keyboard], [], [], remaining)[0]:
                raise AssertionError(f"{pattern!r} is not to be seen in {self._screen!r}")
            self._screen += os.read(self._keyboard, 4096).decode(errors="replace")
        self._screen = self._screen[found.end() :]
        return found

    def foreground(self) -> int:
        """The process group that has the terminal."""
        return os.tcgetpgrp(self._keyboard)

    def close(self) -> None:
        os.close(self._keyboard)


@pytest.fixture
def shell(spawn: Spawn, tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(spawn, tmp_path)
    yield shell
    shell.type("\x04")
    shell.close()


def supervised(launch: Launch) -> tuple[int, int]:
    found = eventually(lambda: read_process(launch.run_directory))
    assert found
    return found[0].pid, found[1].pid


def test_ctrl_c_reaches_the_command_once(shell: Shell, launch: MakeLaunch) -> None:
    shell.type(shell.script("go", launch(sys.executable, "-c", COUNT_INTERRUPTS)) + "\n")
    pid = int(shell.see(r"pid is (\d+)")[1])
    shell.type("\x03")
    shell.see(r"\^C")
    supervised(launch())
    os.kill(pid, signal.SIGUSR1)
    assert shell.see(r"interrupted (\d+) times")[1] == "1"


def test_ctrl_c_sent_to_the_supervisor_alone_is_passed_on(shell: Shell, launch: MakeLaunch) -> None:
    shell.type(shell.script("go", launch(sys.executable, "-c", COUNT_INTERRUPTS)) + "\n")
    shell.see(r"pid is \d+")
    pid, supervisor = supervised(launch())
    os.kill(supervisor, signal.SIGINT)
    eventually(lambda: signal_is_taken(pid, signal.SIGINT))
    os.kill(supervisor, signal.SIGUSR1)
    assert shell.see(r"interrupted (\d+) times")[1] == "1"


def signal_is_taken(pid: int, number: int) -> bool:
    """Whether nothing of that signal waits; its sender has been asked to deliver it before."""
    status = Path(f"/proc/{pid}/status").read_text()
    pending = re.findall(r"(?:Sig|Shd)Pnd:\t(\w+)", status)
    return not any(int(mask, 16) >> (number - 1) & 1 for mask in pending)


def test_ctrl_c_ends_a_command_and_the_shell_has_the_terminal_again(
    shell: Shell, launch: MakeLaunch
) -> None:
    shell.type(shell.script("go", launch("sh", "-c", "echo begun; exec sleep 300")) + "\n")
    shell.see("begun")
    shell.type("\x03")
    shell.see(r"\$ ")
    shell.type("echo code=$?\n")
    shell.see("code=130")
    assert shell.foreground() == shell.process.pid


def test_ctrl_z_stops_command_and_supervisor_and_fg_continues_both(
    shell: Shell, launch: MakeLaunch
) -> None:
    shell.type(shell.script("go", launch("sh", "-c", "echo begun; read line; echo $line")) + "\n")
    shell.see("begun")
    pid, supervisor = supervised(launch())
    for _ in range(2):
        shell.type("\x1a")
        shell.see(r"Stopped")
        shell.see(r"\$ ")
        eventually(lambda: is_stopped(pid) and is_stopped(supervisor))
        assert shell.foreground() == shell.process.pid
        shell.type("fg\n")
        shell.see("sh /.*/go")
        eventually(lambda: not is_stopped(pid) and not is_stopped(supervisor))
    shell.type("went on\n")
    shell.see("went on\r\nwent on")
    shell.see(r"\$ ")


def test_a_command_that_stops_by_itself_stops_its_supervisor(
    shell: Shell, launch: MakeLaunch
) -> None:
    shell.type(shell.script("go", launch("sh", "-c", "kill -STOP $$; echo again")) + "\n")
    shell.see("Stopped")
    pid, supervisor = supervised(launch())
    eventually(lambda: is_stopped(pid) and is_stopped(supervisor))
    shell.type("fg\n")
    shell.see("again")
    shell.see(r"\$ ")


def test_a_stopped_command_can_go_on_in_the_background(shell: Shell, launch: MakeLaunch) -> None:
    wait = f"echo begun; until [ -e {launch().directory}/go ]; do sleep 0.01; done; echo went on"
    shell.type(shell.script("go", launch("sh", "-c", wait)) + "\n")
    shell.see("begun")
    shell.type("\x1a")
    shell.see("Stopped")
    shell.type("bg\n")
    shell.type(f"touch {launch().directory}/go; wait; echo code=$?\n")
    shell.see("went on")
    shell.see(r"code=0")
    assert shell.foreground() == shell.process.pid


def test_a_run_in_the_background_leaves_the_terminal_alone(
    shell: Shell, launch: MakeLaunch
) -> None:
    shell.type(shell.script("go", launch("sh", "-c", "echo $((40 + 2)); exit 7")) + " &\n")
    shell.see("42")
    shell.type("wait $!; echo code=$?\n")
    shell.see("code=7")
    assert shell.foreground() == shell.process.pid


def test_a_run_in_the_background_that_reads_the_terminal_waits_for_its_turn(
    shell: Shell, launch: MakeLaunch
) -> None:
    shell.type(shell.script("go", launch("sh", "-c", "read line; echo got $line")) + " &\n")
    pid, supervisor = supervised(launch())
    eventually(lambda: is_stopped(pid) and is_stopped(supervisor))
    shell.type("fg\n")
    shell.see("/go")
    shell.type("something\n")
    shell.see("got something")


def test_a_pager_in_the_same_pipeline_keeps_its_turn(shell: Shell, launch: MakeLaunch) -> None:
    run = shell.script("go", launch("sh", "-c", "echo first; sleep 0.2; echo second"))
    pager = "sh -c 'read key < /dev/tty; echo key is $key; cat'"
    shell.type(f"{run} | {pager}\n")
    shell.type("space\n")
    shell.see("key is space")
    shell.see("first\r\nsecond")
    shell.see(r"\$ ")


def test_a_script_around_a_run_is_interrupted_with_it(
    shell: Shell, launch: MakeLaunch, tmp_path: Path
) -> None:
    run = shell.script("go", launch("sh", "-c", "echo begun; exec sleep 300"))
    (tmp_path / "around").write_text(f"{run}; echo $((40 + 2))\n")
    shell.type(f"bash {tmp_path}/around || echo code=$?\n")
    shell.see("begun")
    shell.type("\x03")
    shell.see(r"\$ ")
    shell.type("echo $((1000 + 1))\n")
    assert "42" not in shell.see(r"[^$]*1001")[0]


def test_a_shell_inside_has_job_control_of_its_own(shell: Shell, launch: MakeLaunch) -> None:
    inner = ("env", "PS1=inner> ", "bash", "--norc", "--noprofile", "--noediting", "-i")
    shell.type(shell.script("go", launch(*inner)) + "\n")
    shell.see("inner> ")
    pid, supervisor = supervised(launch())
    assert shell.foreground() == pid != os.getpgid(supervisor)
    shell.type("sleep 300\n")
    eventually(lambda: shell.foreground() != pid)
    shell.type("\x1a")
    shell.see("Stopped.*sleep 300")
    shell.type("kill %1; uname -n\n")
    shell.see("berth")
    shell.type("suspend -f\n")
    shell.see("Stopped.*/go")
    assert shell.foreground() == shell.process.pid
    shell.type("fg\n")
    eventually(lambda: shell.foreground() == pid)
    shell.type("exit 7\n")
    shell.see(r"\$ ")
    shell.type("echo code=$?\n")
    shell.see("code=7")


def test_the_terminal_comes_back_from_a_shell_that_was_killed(
    shell: Shell, launch: MakeLaunch, tmp_path: Path
) -> None:
    inner = ("env", "PS1=inner> ", "bash", "--norc", "--noprofile", "--noediting", "-i")
    run = shell.script("go", launch(*inner))
    (tmp_path / "around").write_text(f"{run}; echo code=$?; read line; echo got $line\n")
    shell.type(f"sh {tmp_path}/around\n")
    shell.see("inner> ")
    pid, _ = supervised(launch())
    os.kill(pid, signal.SIGKILL)
    shell.see("code=137")
    shell.type("something\n")
    shell.see("got something")


def test_closing_the_terminal_ends_the_run(shell: Shell, launch: MakeLaunch) -> None:
    shell.type(shell.script("go", launch("sh", "-c", "echo begun; exec sleep 300")) + "\n")
    shell.see("begun")
    pid, supervisor = (identify(each) for each in supervised(launch()))
    assert pid
    assert supervisor
    os.kill(shell.process.pid, signal.SIGHUP)
    eventually(lambda: not is_alive(pid) and not is_alive(supervisor))
