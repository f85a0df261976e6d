"""Docker's own clients drive Mooring's networks: its command line, and its library for Python."""

import json
import os
import select
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, Final

import docker
import docker.errors
import pytest
from docker.types import IPAMConfig, IPAMPool

from mooring.testing.asking import answers
from mooring.testing.daemon import Daemon
from mooring.testing.eventually import eventually

Docker = Callable[..., str]

COMMAND: Final = shutil.which("docker")
MTU: Final = "com.docker.network.driver.mtu"
VERBS: Final = ["create", "connect", "disconnect", "destroy"]


@pytest.fixture
def command(daemon: Daemon) -> Docker:
    """Docker's command against the test's daemon; what it prints. Exits as it is expected to."""
    if COMMAND is None:
        pytest.skip("Docker's command line is not tried: there is no program docker here")

    def run(*arguments: str, code: int = 0, version: str = "") -> str:
        done = subprocess.run(
            [COMMAND, "-H", daemon.address, *arguments],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env={**os.environ, "DOCKER_API_VERSION": version},
        )
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return (done.stdout + done.stderr).strip()

    return run


@pytest.fixture
def library(daemon: Daemon) -> Iterator[docker.DockerClient]:
    """Docker's library against the test's daemon; it asks which version to speak."""
    client = docker.DockerClient(base_url=daemon.address)
    yield client
    client.close()


@pytest.fixture
def db(daemon: Daemon) -> str:
    """The namespace of a sandbox ``db`` on a network ``app``."""
    daemon.client.post("/networks/create", {"Name": "app"})
    body = {"Name": "db", "NetworkingConfig": {"EndpointsConfig": {"app": None}}}
    daemon.client.post("/sandboxes/create", body)
    return str(daemon.client.get("/sandboxes/db")["Netns"])


def start(daemon: Daemon, name: str, network: str) -> None:
    """A run in the background, as its starter makes it: this very process stands for it."""
    body = {
        "Cmd": ["sleep", "1000"],
        "NetworkingConfig": {"EndpointsConfig": {network: None}},
    }
    daemon.client.post("/containers/create", body, name=name)


# The command line


def test_a_network_is_made_with_all_that_the_command_line_can_say(command: Docker) -> None:
    options = (
        *("--subnet", "10.9.0.0/24", "--ip-range", "10.9.0.128/25", "--gateway", "10.9.0.9"),
        *("--aux-address", "printer=10.9.0.130", "--ipv6", "--subnet", "fd00:9::/64"),
        *("--label", "team=blue", "-o", f"{MTU}=1400", "--internal", "--attachable"),
        *("--ipam-opt", "com.docker.network.ipam.serial=true"),
    )
    identity = command("network", "create", *options, "lan")
    (shown,) = json.loads(command("network", "inspect", "-v", "lan"))
    assert (shown["Id"], shown["Driver"], shown["Scope"]) == (identity, "bridge", "local")
    assert (shown["Internal"], shown["Attachable"], shown["EnableIPv6"]) == (True, True, True)
    assert (shown["Labels"], shown["Options"]) == ({"team": "blue"}, {MTU: "1400"})
    assert shown["IPAM"]["Options"] == {"com.docker.network.ipam.serial": "true"}
    assert shown["IPAM"]["Config"] == [
        {
            "Subnet": "10.9.0.0/24",
            "IPRange": "10.9.0.128/25",
            "Gateway": "10.9.0.9",
            "AuxiliaryAddresses": {"printer": "10.9.0.130"},
        },
        {"Subnet": "fd00:9::/64", "Gateway": "fd00:9::1"},
    ]


FILTERED: Final[tuple[tuple[tuple[str, ...], list[str]], ...]] = (
    (("driver=bridge",), ["app", "idle"]),
    (("name=^id",), ["idle"]),
    (("label=team=blue",), ["idle"]),
    (("dangling=true",), ["idle"]),
    (("type=builtin",), ["host", "none"]),
    (("driver=host", "driver=null"), ["host", "none"]),
    (("scope=swarm",), []),
)


@pytest.mark.usefixtures("db")
def test_lists_are_filtered(command: Docker) -> None:
    command("network", "create", "--label", "team=blue", "idle")
    for filters, names in FILTERED:
        chosen = [word for text in filters for word in ("--filter", text)]
        listed = command("network", "ls", *chosen, "--format", "{{.Name}}")
        assert (filters, listed.split()) == (filters, names)


def test_a_sandbox_is_connected_resolves_and_is_disconnected(command: Docker, db: str) -> None:
    command("network", "create", "--subnet", "10.9.0.0/24", "lan")
    command("network", "connect", "--alias", "sql", "--ip", "10.9.0.77", "lan", "db")
    assert answers(db, "sql.lan") == ["10.9.0.77"]
    shown = command("network", "inspect", "lan", "-f", "{{range .Containers}}{{json .}}{{end}}")
    assert json.loads(shown)["IPv4Address"] == "10.9.0.77/24"
    command("network", "disconnect", "lan", "db")
    assert answers(db, "sql") == []
    assert command("network", "inspect", "lan", "-f", "{{len .Containers}}") == "0"


def test_networks_go_by_name_and_those_that_nobody_is_on_go_all_together(
    command: Docker, db: str
) -> None:
    for name in ("one", "two", "kept"):
        command("network", "create", "--label", f"name={name}", name)
    assert command("network", "rm", "one") == "one"
    command("network", "prune", "--force", "--filter", "until=1h")
    pruned = command("network", "prune", "--force", "--filter", "label!=name=kept")
    assert pruned.split() == ["Deleted", "Networks:", "two"]
    custom = command("network", "ls", "--filter", "type=custom", "--format", "{{.Name}}")
    assert custom.split() == ["app", "kept"]


REFUSED: Final = (
    (("create", "app"), "network with name app already exists"),
    (("create", "--driver", "overlay", "x"), "no network driver 'overlay'"),
    (("create", "--subnet", "10.9.0.1/24", "x"), "it should be 10.9.0.0/24"),
    (("create", "--scope", "swarm", "x"), "swarm"),
    (("inspect", "nowhere"), "no network named 'nowhere'"),
    (("rm", "app"), "network app has active endpoints"),
    (("rm", "host"), "built in and cannot be deleted"),
    (("rm", "nowhere"), "no network named 'nowhere'"),
    (("connect", "app", "db"), "connected to the network app already"),
    (("connect", "app", "nobody"), "no sandbox named 'nobody'"),
    (("connect", "host", "db"), "db is on the network app and cannot be on host"),
    (("disconnect", "host", "db"), "not connected to the network host"),
    (("ls", "--filter", "colour=blue"), "invalid filter 'colour'"),
)


@pytest.mark.usefixtures("db")
def test_a_refusal_is_told_and_exits_with_1(command: Docker) -> None:
    for arguments, words in REFUSED:
        assert words in command("network", *arguments, code=1)


def test_what_cannot_be_found_does_not_hide_what_can(command: Docker) -> None:
    shown = command("network", "inspect", "host", "nowhere", "-f", "{{.Name}}", code=1)
    assert shown.splitlines()[0] == "host"


def test_force_takes_away_what_is_gone_already(command: Docker) -> None:
    command("network", "rm", "--force", "nowhere")


def test_events_are_told_while_they_happen(daemon: Daemon, command: Docker, db: str) -> None:
    assert COMMAND
    template = '{{.Action}} {{index .Actor.Attributes "name"}}'
    arguments = ("events", "--filter", "type=network", "--format", template)
    stream = subprocess.Popen([COMMAND, "-H", daemon.address, *arguments], stdout=-1, text=True)
    out = stream.stdout
    assert out

    def is_heard() -> bool:
        daemon.client.post("/networks/create", {"Name": "probe"})
        daemon.client.delete("/networks/probe")
        return bool(select.select([out], [], [], 0.05)[0])

    try:
        eventually(is_heard)
        command("network", "create", "lan")
        command("network", "connect", "lan", "db")
        command("network", "disconnect", "lan", "db")
        command("network", "rm", "lan")
        told: list[str] = []
        while not told or told[-1] != "destroy":
            action, name = out.readline().split()
            told += [action] if name == "lan" else []
        assert told == VERBS
    finally:
        stream.terminate()
        stream.communicate()


def test_the_versions_are_negotiated(command: Docker) -> None:
    assert command("version", "--format", "{{.Client.APIVersion}}") == "1.43"
    assert command("version", "--format", "{{.Server.Platform.Name}} {{.Server.Os}}") == (
        "Mooring linux"
    )
    arch = "{{.Server.Arch}}", "{{.Client.Arch}}"
    assert command("version", "--format", arch[0]) == command("version", "--format", arch[1])
    assert command("network", "ls", "--format", "{{.Name}}", version="1.24").split() == [
        "host",
        "none",
    ]
    assert "too new" in command("network", "ls", version="1.99", code=1)


def test_info_tells_of_the_drivers(command: Docker) -> None:
    assert command("info", "--format", "{{.Plugins.Network}} {{.OSType}}") == (
        "[bridge host null] linux"
    )


FOREIGN: Final = (
    (("images",), 1, "Mooring has no images"),
    (("volume", "ls"), 1, "Mooring has no volumes"),
    (("run", "busybox"), 125, "Mooring runs commands of this machine"),
    (("plugin", "ls"), 1, "an installed Python package"),
    (("service", "ls"), 1, "no swarm"),
)


def test_what_is_not_mooring_s_is_refused_with_a_sentence(command: Docker) -> None:
    for arguments, code, words in FOREIGN:
        assert words in command(*arguments, code=code)


# The library


def test_the_library_makes_shows_and_removes_networks(library: docker.DockerClient) -> None:
    ipam = IPAMConfig(
        pool_configs=[
            IPAMPool("10.9.0.0/24", "10.9.0.128/25", "10.9.0.1", {"printer": "10.9.0.5"}),
            IPAMPool("fd00:9::/64"),
        ]
    )
    network = library.networks.create(
        "lan", ipam=ipam, enable_ipv6=True, internal=True, labels={"team": "blue"}
    )
    (shown,) = library.networks.list(filters={"label": "team=blue"})
    assert (shown.id, shown.name) == (network.id, "lan")
    config = network.attrs["IPAM"]["Config"]
    assert [pool["Gateway"] for pool in config] == ["10.9.0.1", "fd00:9::1"]
    assert library.networks.get("lan", verbose=True, scope="local").attrs["Internal"]
    network.remove()
    with pytest.raises(docker.errors.NotFound, match="no network named 'lan'"):
        library.networks.get("lan")


def test_the_library_connects_and_disconnects(library: docker.DockerClient, db: str) -> None:
    network = library.networks.create(
        "lan", ipam=IPAMConfig(pool_configs=[IPAMPool("10.9.0.0/24")])
    )
    network.connect("db", aliases=["sql"], ipv4_address="10.9.0.77")
    assert answers(db, "sql") == ["10.9.0.77"]
    (shown,) = library.networks.list(names=["lan"], greedy=True)
    (attached,) = shown.attrs["Containers"].values()
    assert (attached["Name"], attached["IPv4Address"]) == ("db", "10.9.0.77/24")
    network.disconnect("db", force=True)
    assert answers(db, "sql") == []
    assert library.networks.prune() == {"NetworksDeleted": ["lan"]}


def test_the_library_sees_a_run_as_a_container(
    daemon: Daemon, library: docker.DockerClient
) -> None:
    network = library.networks.create("app")
    start(daemon, "web", "app")
    container = library.containers.get("web")
    settings = container.attrs["NetworkSettings"]
    assert settings["Networks"]["app"]["NetworkID"] == network.id
    assert settings["SandboxKey"].endswith(container.id[:12])
    assert (settings["Bridge"], settings["HairpinMode"]) == ("", False)
    network.reload()
    assert [each.name for each in network.containers] == ["web"]
    network.disconnect(container)
    container.reload()
    assert container.attrs["NetworkSettings"]["Networks"] == {}


@pytest.mark.usefixtures("db")
def test_refusals_reach_the_library_with_their_status(library: docker.DockerClient) -> None:
    network = library.networks.get("app")
    refused: list[tuple[Callable[[], Any], int]] = [
        (lambda: library.networks.get("nowhere"), 404),
        (lambda: library.networks.create("app"), 409),
        (network.remove, 403),
        (library.networks.get("host").remove, 403),
        (lambda: network.connect("db"), 403),
        (lambda: library.networks.get("host").connect("db"), 403),
        (lambda: network.connect("nobody"), 404),
        (lambda: library.networks.create("x", ipam=IPAMConfig(pool_configs=[IPAMPool("x")])), 400),
        (library.images.list, 501),
        (library.volumes.list, 501),
        (lambda: library.containers.create("busybox"), 501),
    ]
    for call, status in refused:
        with pytest.raises(docker.errors.APIError) as error:
            call()
        assert (error.value.status_code, bool(error.value.explanation)) == (status, True)


def test_the_library_reads_events(library: docker.DockerClient, db: str) -> None:
    told: list[str] = []
    stream = library.events(decode=True, filters={"type": "network"})
    heard = threading.Thread(
        target=lambda: told.extend(
            event["Action"] for event in stream if event["Actor"]["Attributes"]["name"] == "lan"
        )
    )
    heard.start()
    network = library.networks.create("lan")
    network.connect("db")
    network.disconnect("db")
    network.remove()
    eventually(lambda: told[-1:] == ["destroy"])
    stream.close()
    heard.join()
    assert told == VERBS


def test_the_library_learns_what_the_daemon_is(
    daemon: Daemon, library: docker.DockerClient
) -> None:
    assert library.ping()
    assert library.version()["ApiVersion"] == library.api._version == "1.43"
    assert library.version()["Arch"] not in ("x86_64", "aarch64")
    assert library.info()["Plugins"]["Network"] == ["bridge", "host", "null"]
    newer = docker.DockerClient(base_url=daemon.address, version="1.99")
    with closing(newer), pytest.raises(docker.errors.APIError, match="too new"):
        newer.networks.list()
