"""What the daemon can be told when it starts."""

import msgspec

from mooring.controller.naming import DEFAULT_TTL
from mooring.controller.paths import DATA_ROOT, RUN_ROOT, Paths

TTL_LIMIT = 86_400
NO_BRIDGE = "none"
"""The word after ``--bridge`` for no default bridge at all."""


class PoolOption(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of ``--default-address-pool``: a prefix, and the length of subnets cut from it."""

    base: str
    size: int

    def __str__(self) -> str:
        """As the flag has it."""
        return f"base={self.base},size={self.size}"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The daemon's settings: what ``daemon/option.py`` lists, and where the API listens.

    ``host`` empty means: in the directory ``run_root``. None stands for what was not said, where
    that is another thing than the default said.
    """

    host: str = ""
    allow_remote: bool = False
    data_root: str = DATA_ROOT
    run_root: str = RUN_ROOT
    dns_ttl: int = DEFAULT_TTL
    resolv_conf: str = "/etc/resolv.conf"
    log_level: str = "info"
    log_format: str = "text"
    bridge: str = ""
    bip: str = ""
    bip6: str = ""
    fixed_cidr: str = ""
    fixed_cidr_v6: str = ""
    default_gateway: str = ""
    default_gateway_v6: str = ""
    ipv6: bool | None = None
    mtu: int = 0
    default_bridge_dns: bool = False
    ip_masq: bool | None = None
    ip_forward: bool = True
    iptables: bool = True
    ip6tables: bool = True
    default_address_pool: tuple[PoolOption, ...] = ()
    dns: tuple[str, ...] = ()
    dns_search: tuple[str, ...] = ()
    dns_opt: tuple[str, ...] = ()

    @property
    def paths(self) -> Paths:
        """Every path that follows from the two roots."""
        return Paths(run=self.run_root, data=self.data_root)

    @property
    def address(self) -> str:
        """Where the API listens."""
        return self.host or f"unix://{self.run_root}/mooring.sock"

    @property
    def wants_ipv6(self) -> bool:
        """Whether the default bridge is to have IPv6: told so, or told something about it."""
        if self.ipv6 is not None:
            return self.ipv6
        return bool(self.bip6 or self.fixed_cidr_v6 or self.default_gateway_v6)
