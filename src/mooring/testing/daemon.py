"""A daemon of a test's own: real, in a process of its own, with directories of its own."""

import multiprocessing
import os
import sys
import time
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Final

from mooring.cli.client import Client
from mooring.daemon.config import NO_BRIDGE
from mooring.daemon.options import Source
from mooring.daemon.run import main
from mooring.model.error import UnavailableError
from mooring.testing.crash import arm

_START_SECONDS: Final = 20.0
_END_SECONDS: Final = 20.0
_INTERVAL: Final = 0.005


class Daemon:
    """A daemon below a directory. It may be killed and started again as often as one likes.

    Unless told otherwise it has no default bridge.

    It is forked from this process, which has everything imported: so it starts in milliseconds.
    """

    def __init__(self, root: Path, resolv_conf: str = "", bridge: str = NO_BRIDGE) -> None:
        self.root = root
        self.flags: dict[str, object] = {"bridge": bridge}
        """Flags of the next start, by field of the configuration."""
        self.log = root / "daemon.log"
        self.run_root = root / "run"
        self.data_root = root / "data"
        self.address = f"unix://{root}/s"
        self.options = root / "daemon.toml"
        self.client = Client(self.address)
        self._resolv_conf = resolv_conf or str(root / "resolv.conf")
        self._process: multiprocessing.process.BaseProcess | None = None

    @property
    def pid(self) -> int:
        """The process that runs now."""
        assert self._process is not None
        assert self._process.pid is not None
        return self._process.pid

    def start(self, effects: int = 0) -> None:
        """Start, and return when it answers or has died. With ``effects``, see ``crash.arm``."""
        fork = multiprocessing.get_context("fork")
        self._process = fork.Process(target=self._run, args=(effects,))
        self._process.start()
        deadline = time.monotonic() + _START_SECONDS
        while self._process.is_alive():
            try:
                self.client.get("/_ping")
            except UnavailableError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_INTERVAL)
            else:
                return

    def stop(self) -> None:
        """Tell it to stop, and wait until it has."""
        self._end(SIGTERM)

    def kill(self) -> None:
        """End it as ``kill -9`` does."""
        self._end(SIGKILL)

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.is_alive()

    def _end(self, number: int) -> None:
        if self._process is None:
            return
        if self._process.is_alive():
            os.kill(self.pid, number)
        self._process.join(_END_SECONDS)
        if self._process.is_alive():
            os.kill(self.pid, SIGKILL)
            self._process.join()
            raise TimeoutError(f"the daemon did not stop: {self.log.read_text()[-2000:]}")
        self._process = None

    def _run(self, effects: int) -> None:
        os.setsid()
        opened = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for standard in (1, 2):
            os.dup2(opened, standard)
        # Whoever captures a test's output has put other objects here.
        sys.stdout = sys.stderr = open(opened, "w", buffering=1)  # noqa: SIM115
        if effects:
            arm(effects)
        directories = {
            "data_root": str(self.data_root),
            "run_root": str(self.run_root),
            "resolv_conf": self._resolv_conf,
        }
        self.options.touch()
        source = Source(
            flags={**directories, **self.flags}, path=str(self.options), host=self.address
        )
        sys.exit(main(source.read))
