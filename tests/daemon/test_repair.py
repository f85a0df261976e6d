"""What others did to the machine by hand: a new start mends it, or says so and goes on."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from signal import SIGKILL

import pytest

from mooring.linux import netns
from mooring.testing.asking import answers
from mooring.testing.daemon import Daemon
from mooring.testing.eventually import eventually

NOBODY_LISTENS = 9
HAND = {
    "deleted the bridge": "ip link delete {bridge}",
    "deleted the rules": "nft flush ruleset",
    "deleted one's link": "ip link delete {link}",
    "deleted one's link inside": "nsenter --net={namespace} ip link delete eth0",
    "took an address away": "nsenter --net={namespace} ip address flush dev eth0",
    "took the bridge down": "ip link set {bridge} down",
    "took the bridge from one": "ip link set {link} nomaster",
}


def run(command: str) -> str:
    return subprocess.run(command.split(), capture_output=True, text=True, check=True).stdout


@pytest.fixture
def hand(daemon: Daemon) -> Callable[[str], None]:
    """Does something by hand to a network with the sandboxes a and b."""
    network = daemon.client.post("/networks/create", {"Name": "app"})["Id"]
    for name in ("a", "b"):
        networking: dict[str, object] = {"EndpointsConfig": {"app": {}}}
        daemon.client.post("/sandboxes/create", {"Name": name, "NetworkingConfig": networking})
    sandbox = daemon.client.get("/sandboxes/a")
    link = "mov" + sandbox["Networks"]["app"]["EndpointID"][:10]
    known = {"bridge": f"mo-{network[:12]}", "link": link, "namespace": sandbox["Netns"]}

    def do(command: str) -> None:
        run(command.format(**known))

    return do


def reaches(daemon: Daemon, source: str, target: str) -> bool:
    """Whether packets of a sandbox come to an address, and the answer comes back."""
    with netns.inside(daemon.client.get(f"/sandboxes/{source}")["Netns"]):
        client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with client:
        client.settimeout(2)
        try:
            client.connect((target, NOBODY_LISTENS))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return False


@pytest.mark.parametrize("command", HAND.values(), ids=list(HAND))
def test_a_new_start_mends_what_somebody(
    daemon: Daemon, hand: Callable[[str], None], command: str
) -> None:
    hand(command)
    daemon.kill()
    daemon.start()
    namespace = daemon.client.get("/sandboxes/b")["Netns"]
    assert answers(namespace, "a") == ["172.17.0.2"]
    assert reaches(daemon, "b", "172.17.0.2")
    assert reaches(daemon, "a", "172.17.0.1")


@pytest.mark.parametrize("deed", ["deleted the bridge", "deleted the rules", "deleted one's link"])
def test_everything_can_be_deleted_after_somebody(
    daemon: Daemon, hand: Callable[[str], None], deed: str
) -> None:
    hand(HAND[deed])
    for name in ("a", "b"):
        daemon.client.delete(f"/sandboxes/{name}")
    daemon.client.delete("/networks/app")
    links = run("ip -brief link").split()
    assert not [link for link in links if link.startswith("mo")]


def test_a_sandbox_that_cannot_be_mended_keeps_no_other_from_being_there(
    daemon: Daemon, hand: Callable[[str], None]
) -> None:
    hand("nsenter --net={namespace} ip link set eth0 down")
    hand("nsenter --net={namespace} ip link set eth0 name mine")
    daemon.kill()
    daemon.start()
    assert "the sandbox a is not as it should be" in daemon.log.read_text()
    namespace = daemon.client.get("/sandboxes/a")["Netns"]
    assert answers(namespace, "b") == ["172.17.0.3"]
    assert reaches(daemon, "b", "172.17.0.1")


def test_a_bridge_whose_name_somebody_took_keeps_no_daemon_from_starting(
    daemon: Daemon, hand: Callable[[str], None]
) -> None:
    hand("ip link delete {bridge}")
    hand("ip link add {bridge} type veth peer name other")
    daemon.kill()
    daemon.start()
    assert "the network app is not as it should be" in daemon.log.read_text()
    assert "is not a bridge but a veth" in daemon.log.read_text()
    assert daemon.is_alive()


def test_after_the_machine_itself_was_started_again_networks_are_back_and_all_else_has_ended(
    daemon: Daemon, hand: Callable[[str], None]
) -> None:
    moor = f"{sys.executable} -m mooring.cli -H {daemon.address}"
    run(f"{moor} run -d --name db --network app -- sleep 1000")
    run(f"{moor} run -d --name once --rm --network app -- sleep 1000")
    lived = [daemon.client.get(f"/containers/{name}/json")["State"] for name in ("db", "once")]
    daemon.kill()
    for state in lived:
        os.kill(state["Pid"], SIGKILL)
    for name in os.listdir(daemon.run_root / "netns"):
        netns.remove(str(daemon.run_root / "netns" / name))
    shutil.rmtree(daemon.run_root)
    hand("ip link delete {bridge}")
    hand("nft flush ruleset")
    daemon.start()
    eventually(lambda: len(daemon.client.get("/containers/json", all=True)) == 1)
    eventually(lambda: daemon.client.get("/sandboxes") == [])
    (left,) = daemon.client.get("/containers/json", all=True)
    assert left["Names"] == ["/db"]
    eventually(lambda: daemon.client.get("/containers/db/json")["State"]["ExitCode"] == 137)
    run(f"{moor} run -d --name new --network app -- sleep 1000")
    namespace = daemon.client.get("/sandboxes/new")["Netns"]
    assert len(answers(namespace, "new")) == 1
    assert answers(namespace, "db") == answers(namespace, "a") == []
    assert reaches(daemon, "new", "172.17.0.1")
