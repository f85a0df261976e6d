"""The daemon and the machine in JSON: version, info, findings, traces, what prune removed."""

import msgspec
from msgspec import field


class PlatformJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The product."""

    name: str


class VersionJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The answer to ``GET /version``."""

    platform: PlatformJson
    version: str
    api_version: str
    min_api_version: str = field(name="MinAPIVersion")
    os: str
    arch: str
    kernel_version: str


class PluginsJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What is installed, by kind: the names of the network drivers."""

    network: list[str]


class InfoJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The answer to ``GET /info``."""

    name: str
    server_version: str
    containers: int
    containers_running: int
    containers_paused: int = 0
    containers_stopped: int
    networks: int
    sandboxes: int
    endpoints: int
    plugins: PluginsJson
    os_type: str = field(name="OSType")
    architecture: str
    kernel_version: str
    ncpu: int = field(name="NCPU")


class FindingJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """One thing that was looked at."""

    check: str
    severity: str
    message: str
    remedy: str


class FindingsJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The answer to ``GET /system/doctor``."""

    findings: list[FindingJson]


class PrunedJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The answer to ``POST /system/prune``: names."""

    networks_deleted: list[str]
    containers_deleted: list[str]


class NetworksPrunedJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The answer to ``POST /networks/prune``: names."""

    networks_deleted: list[str]


class TraceStepJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """One thing that was tried to answer a question."""

    stage: str
    subject: str
    outcome: str
    milliseconds: float


class TraceJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The answer to ``GET /resolve``. ``Records`` are lines of a zone file."""

    name: str
    type: str
    rcode: str
    records: list[str]
    steps: list[TraceStepJson]
    explanation: str
    milliseconds: float
