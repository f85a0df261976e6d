"""Where things of the daemon lie. What is below ``run`` goes with the machine's next start."""

from pathlib import PurePosixPath
from typing import Final

import msgspec

from mooring.model.identity import short

RUN_ROOT: Final = "/run/mooring"
DATA_ROOT: Final = "/var/lib/mooring"


class Paths(msgspec.Struct, frozen=True):
    """Two roots and every path below them."""

    run: str = RUN_ROOT
    data: str = DATA_ROOT

    @property
    def namespaces(self) -> str:
        """The directory of namespaces."""
        return str(PurePosixPath(self.run, "netns"))

    @property
    def sandboxes(self) -> str:
        """The directory of sandboxes' files."""
        return str(PurePosixPath(self.run, "sandboxes"))

    @property
    def runs(self) -> str:
        """The directory of runs' logs and states."""
        return str(PurePosixPath(self.data, "runs"))

    @property
    def database(self) -> str:
        """The store."""
        return str(PurePosixPath(self.data, "mooring.db"))

    def namespace(self, identity: str) -> str:
        """Where the namespace of a sandbox is kept."""
        return str(PurePosixPath(self.namespaces, short(identity)))

    def sandbox(self, identity: str) -> str:
        """Where a sandbox's hostname, hosts and resolv.conf are kept."""
        return str(PurePosixPath(self.sandboxes, identity))

    def run_directory(self, identity: str) -> str:
        """Where a run's supervisor keeps its log and state."""
        return str(PurePosixPath(self.runs, identity))
