"""Published ports in JSON (Docker Engine API 1.43, ``PortBinding`` and ``Port``)."""

import msgspec
from msgspec import field


class PortBindingJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """Where at the host a port is published. A request may leave either empty, and may name a range
    of ports, ``8080-8090``, to choose from."""

    host_ip: str = ""
    host_port: str = ""


class NothingJson(msgspec.Struct, frozen=True):
    """The empty object that Docker gives each exposed port."""


class PortSummaryJson(
    msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True
):
    """A port as lists of runs show it; one that is exposed only has no public port."""

    ip: str = field(default="", name="IP")
    private_port: int
    public_port: int = 0
    type: str
