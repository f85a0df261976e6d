"""What is wrong on a machine, each with its remedy; and nothing else."""

import subprocess
from collections.abc import Iterator
from string import Template

import pytest

from mooring.linux import nftables
from mooring.testing.daemon import Daemon

FOREIGN = "table ip other"
DROP = f"nft {FOREIGN} {{ chain f {{ type filter hook forward priority 0; policy drop; }}; }}"


@pytest.fixture
def names(daemon: Daemon) -> Iterator[dict[str, str]]:
    """What things are called: the bridge of the network app, the link of the sandbox a."""
    network = daemon.client.post("/networks/create", {"Name": "app"})["Id"]
    networking: dict[str, object] = {"EndpointsConfig": {"app": {}}}
    daemon.client.post("/sandboxes/create", {"Name": "a", "NetworkingConfig": networking})
    sandbox = daemon.client.get("/sandboxes/a")
    link = "mov" + sandbox["Networks"]["app"]["EndpointID"][:10]
    yield {"bridge": f"mo-{network[:12]}", "link": link}
    nftables.run(nftables.removal(FOREIGN.removeprefix("table ")))


def findings(daemon: Daemon) -> dict[str, str]:
    """What is not in order, by check."""
    found = daemon.client.get("/system/doctor")["Findings"]
    for finding in found:
        assert finding["Severity"] == "ok" or finding["Remedy"]
    return {f["Check"]: f["Message"] for f in found if f["Severity"] != "ok"}


def test_where_nothing_is_wrong_nothing_is_found_but_that_no_server_is_known(
    daemon: Daemon, names: dict[str, str]
) -> None:
    found = findings(daemon)
    assert list(found) == ["upstreams"]
    assert "names no server" in found["upstreams"]


@pytest.mark.parametrize(
    ("command", "check", "said"),
    [
        ("ip link delete $bridge", "links", "the network app has lost its link $bridge"),
        ("ip link delete $link", "links", "the sandbox a has lost its link $link"),
        ("nft flush ruleset", "rules", "the table inet mooring is gone"),
        ("ip link add mov0123456789 type bridge", "strays", "mov0123456789 bears our mark"),
        ("sysctl -qw net.ipv4.ip_forward=0", "forwarding", "does not forward IPv4"),
        (DROP, "firewall", "the chain ip other f drops forwarded packets"),
    ],
)
def test_what_is_wrong_is_named(
    daemon: Daemon, names: dict[str, str], command: str, check: str, said: str
) -> None:
    before = findings(daemon)
    subprocess.run(Template(command).substitute(names).split(), check=True)
    found = findings(daemon)
    assert found.keys() - before.keys() == {check}
    assert Template(said).substitute(names) in found[check]
