"""Launches with a sandbox's files to be bound, and processes that end with the test."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from mooring.linux.launch import Launch
from mooring.linux.syscall import MNT_DETACH, umount2
from mooring.model.identity import new_id


@pytest.fixture(scope="session", autouse=True)
def signals_as_they_come() -> Iterator[None]:
    """Tests that a shell runs in its background begin with Ctrl-C ignored, and so would theirs."""
    ignored = [
        number
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
        if signal.getsignal(number) == signal.SIG_IGN
    ]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture
def launch(tmp_path: Path) -> Callable[..., Launch]:
    """Makes launches of a command; every field can be given another value."""
    identity = new_id()
    directory = tmp_path / identity
    directory.mkdir()
    (directory / "hosts").write_text("127.0.0.1 localhost\n10.9.8.7 berth\n")
    (directory / "hostname").write_text("berth\n")
    (directory / "resolv.conf").write_text("nameserver 127.0.0.11\n")

    def make(*command: str, **fields: Any) -> Launch:
        defaults = {
            "id": identity,
            "directory": str(directory),
            "run_directory": str(tmp_path / "run"),
            "hostname": "berth",
        }
        return Launch(command=command, **(defaults | fields))

    return make


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts processes with pipes for input and output, and kills them in the end."""
    with ExitStack() as stack:

        def start(*command: str, **options: Any) -> subprocess.Popen[str]:
            pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
            process = subprocess.Popen(command, text=True, **(pipes | options))
            stack.callback(end, process)
            return process

        yield start


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()


@pytest.fixture
def network_namespace(tmp_path: Path) -> Iterator[str]:
    """The path of a network namespace in which nobody lives yet."""
    path = tmp_path / "netns"
    path.touch()
    subprocess.run(["unshare", f"--net={path}", "true"], check=True)
    yield str(path)
    umount2(str(path), MNT_DETACH)
    os.unlink(path)
