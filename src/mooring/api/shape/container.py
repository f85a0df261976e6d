"""Runs in JSON, under the name that Docker Engine's API has for them: containers."""

from typing import Final

import msgspec
from msgspec import field

from mooring.api.shape.endpoint import EndpointJson, NetworkingJson
from mooring.api.shape.port import NothingJson, PortBindingJson, PortSummaryJson

NEVER: Final = "0001-01-01T00:00:00Z"
"""How Docker writes a time that has not come."""


class HostConfigJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What belongs to this machine rather than to the command. ``DnsAaaa`` is ours."""

    network_mode: str | None = None
    auto_remove: bool | None = None
    dns: list[str] | None = None
    dns_options: list[str] | None = None
    dns_search: list[str] | None = None
    extra_hosts: list[str] | None = None
    dns_aaaa: str | None = None
    port_bindings: dict[str, list[PortBindingJson] | None] | None = None
    publish_all_ports: bool | None = None


class RunCreateJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The body of ``POST /containers/create``: Docker's, without an image.

    ``Env`` holds only what is to be added to the starter's own environment. ``Detach`` is ours.
    """

    cmd: list[str] | None = None
    image: str | None = None
    hostname: str | None = None
    domainname: str | None = None
    env: list[str] | None = None
    working_dir: str | None = None
    labels: dict[str, str] | None = None
    detach: bool | None = None
    exposed_ports: dict[str, NothingJson] | None = None
    host_config: HostConfigJson | None = None
    networking_config: NetworkingJson | None = None


class LaunchJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What the starter needs to start the command in its sandbox."""

    name: str
    netns: str
    directory: str
    hostname: str
    domainname: str
    run_directory: str


class RunCreatedJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The answer to ``POST /containers/create``. If its starter dies now, the run is undone."""

    id: str
    warnings: list[str]
    launch: LaunchJson


class ProcessJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A process: its number and field 22 of ``/proc/<pid>/stat``."""

    pid: int
    start_time: int


class StartedJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The body of ``POST /containers/{ref}/started``."""

    process: ProcessJson
    supervisor: ProcessJson


class WaitJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The answer to ``POST /containers/{ref}/wait``."""

    status_code: int


class StateJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """Where a run is in its life. ``PidStartTime`` is ours: a number alone can be another's."""

    status: str
    running: bool
    paused: bool = False
    restarting: bool = False
    oom_killed: bool = field(default=False, name="OOMKilled")
    dead: bool = False
    pid: int = 0
    pid_start_time: int = 0
    exit_code: int = 0
    error: str = ""
    started_at: str = NEVER
    finished_at: str = NEVER


class ConfigJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What was asked to run."""

    hostname: str
    domainname: str
    cmd: list[str]
    env: list[str]
    working_dir: str
    labels: dict[str, str]
    image: str = ""
    tty: bool = False
    exposed_ports: dict[str, NothingJson] = field(default_factory=dict)


class NetworkSettingsJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The sandbox of a run; its networks are in gateway order.

    ``Bridge`` and ``HairpinMode`` are of times before networks had names; Docker has them so too.
    """

    sandbox_id: str = field(name="SandboxID")
    sandbox_key: str
    networks: dict[str, EndpointJson]
    bridge: str = ""
    hairpin_mode: bool = False
    ports: dict[str, list[PortBindingJson] | None] = field(default_factory=dict)


class RunJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A run, as ``GET /containers/{ref}/json`` shows it."""

    id: str
    created: str
    path: str
    args: list[str]
    state: StateJson
    image: str = ""
    resolv_conf_path: str
    hostname_path: str
    hosts_path: str
    log_path: str
    name: str
    restart_count: int = 0
    driver: str = ""
    platform: str = "linux"
    host_config: HostConfigJson
    config: ConfigJson
    network_settings: NetworkSettingsJson


class SummaryHostConfigJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The part of ``HostConfig`` that a list shows."""

    network_mode: str


class SummaryNetworksJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The part of ``NetworkSettings`` that a list shows."""

    networks: dict[str, EndpointJson]


class RunSummaryJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A run, as ``GET /containers/json`` lists it. ``Created`` is in seconds since the epoch."""

    id: str
    names: list[str]
    image: str = ""
    image_id: str = field(default="", name="ImageID")
    command: str
    created: int
    ports: list[PortSummaryJson] = field(default_factory=list)
    labels: dict[str, str]
    state: str
    status: str
    host_config: SummaryHostConfigJson
    network_settings: SummaryNetworksJson
    mounts: list[str] = field(default_factory=list)
