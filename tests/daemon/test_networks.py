"""Networks as they are asked for, in the whole system."""

import subprocess

import pytest

from mooring.model.error import MooringError
from mooring.testing.daemon import Daemon

WHOLE = {
    "Name": "lan",
    "EnableIPv6": True,
    "IPAM": {
        "Config": [
            {
                "Subnet": "10.7.0.0/24",
                "IPRange": "10.7.0.128/25",
                "Gateway": "10.7.0.254",
                "AuxiliaryAddresses": {"printer": "10.7.0.128", "nas": "10.7.0.130"},
            },
            {"Subnet": "fd07::/64"},
        ]
    },
    "Options": {
        "com.docker.network.bridge.name": "lan0",
        "com.docker.network.driver.mtu": "1400",
        "com.docker.network.container_iface_prefix": "net",
    },
    "Labels": {"of": "test"},
}


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def join(daemon: Daemon, name: str, network: str) -> str:
    """A sandbox on a network; its namespace."""
    networking: dict[str, object] = {"EndpointsConfig": {network: {}}}
    daemon.client.post("/sandboxes/create", {"Name": name, "NetworkingConfig": networking})
    return str(daemon.client.get(f"/sandboxes/{name}")["Netns"])


def test_a_network_has_all_that_was_asked_for(daemon: Daemon) -> None:
    daemon.client.post("/networks/create", WHOLE)
    shown = daemon.client.get("/networks/lan")
    assert shown["Labels"] == {"of": "test"}
    assert shown["IPAM"]["Config"][1] == {"Subnet": "fd07::/64", "Gateway": "fd07::1"}
    bridge = run("ip", "-o", "address", "show", "lan0")
    assert "10.7.0.254/24" in bridge
    assert "fd07::1/64" in bridge
    found = [run("nsenter", f"--net={join(daemon, n, 'lan')}", "ip", "-o", "a") for n in "abc"]
    for text, v4, v6 in zip(found, ("129", "131", "132"), ("2", "3", "4"), strict=True):
        assert f"net0    inet 10.7.0.{v4}/24" in text
        assert f"net0    inet6 fd07::{v6}/64" in text
    assert "mtu 1400" in run("nsenter", f"--net={join(daemon, 'd', 'lan')}", "ip", "link")


def test_a_network_may_have_ipv6_alone(daemon: Daemon) -> None:
    daemon.client.post("/networks/create", {"Name": "six", "EnableIPv4": False, "EnableIPv6": True})
    namespace = join(daemon, "a", "six")
    addresses = run("nsenter", f"--net={namespace}", "ip", "-o", "address", "show", "eth0")
    assert "inet6 fd" in addresses
    assert "inet 1" not in addresses
    assert "default via fd" in run("nsenter", f"--net={namespace}", "ip", "-6", "route")


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"Name": "app"}, "network with name app already exists"),
    (
        {"Name": "b", "IPAM": {"Config": [{"Subnet": "172.17.5.0/24"}]}},
        "Pool overlaps with other one on this address space",
    ),
    (
        {"Name": "b", "IPAM": {"Config": [{"Subnet": "10.0.0.1/24"}]}},
        "invalid subnet 10.0.0.1/24: it should be 10.0.0.0/24",
    ),
    ({"Name": "b", "Driver": "overlay"}, "there is no network driver 'overlay'"),
    ({"Name": "b", "Driver": "host"}, "only one instance of the host network is allowed"),
    ({"Name": "b", "Options": {"x": "y"}}, "the bridge driver has no option 'x'"),
]


def test_what_cannot_be_is_refused_with_libnetworks_meaning(daemon: Daemon) -> None:
    daemon.client.post("/networks/create", {"Name": "app"})
    for body, said in REFUSED:
        with pytest.raises(MooringError) as refusal:
            daemon.client.post("/networks/create", body)
        assert said in refusal.value.message
    assert {n["Name"] for n in daemon.client.get("/networks")} == {"app", "host", "none"}
