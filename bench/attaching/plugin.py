"""Programs that are started for every single sandbox, and its namespace, made as cheaply as can be.

Mooring makes a sandbox's namespace itself. Container runtimes do so for these programs, and what
that takes is counted here too: one ``unshare``, one ``mount``, no process.
"""

import json
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mooring.linux import netns


def call(
    command: Sequence[str], configuration: object, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Run a program with JSON on its standard input; the JSON that it prints, empty for none."""
    done = subprocess.run(
        command, input=json.dumps(configuration).encode(), env=environment, capture_output=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {(done.stdout + done.stderr).decode()}")
    printed: dict[str, Any] = json.loads(done.stdout or b"{}")
    return printed


def cpu_of_calls() -> float:
    """CPU seconds of this process and of every program that it ran."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + used.ru_utime + used.ru_stime


class Namespaces:
    """Namespaces below a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def path(self, number: int) -> str:
        """Where one is."""
        return str(self._directory / f"s{number}")

    def create(self, number: int) -> str:
        """Make one; its path."""
        path = self.path(number)
        netns.create(path, {})
        return path

    def remove(self, number: int) -> None:
        """Let go of one."""
        netns.remove(self.path(number))
