"""What the daemon can be told when it starts."""

import msgspec

from mooring.controller.naming import DEFAULT_TTL
from mooring.controller.paths import DATA_ROOT, RUN_ROOT, Paths

DEFAULT_HOST = f"unix://{RUN_ROOT}/mooring.sock"
TTL_LIMIT = 86_400


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The daemon's settings.

    ``host`` is where the API listens. ``dns_ttl`` is the TTL of local names in seconds.
    ``resolv_conf`` is the file that tells the host's name servers.
    """

    host: str = DEFAULT_HOST
    allow_remote: bool = False
    data_root: str = DATA_ROOT
    run_root: str = RUN_ROOT
    dns_ttl: int = DEFAULT_TTL
    resolv_conf: str = "/etc/resolv.conf"
    log_level: str = "info"
    log_format: str = "text"

    @property
    def paths(self) -> Paths:
        """Every path that follows from the two roots."""
        return Paths(run=self.run_root, data=self.data_root)
