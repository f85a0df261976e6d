"""Whether a namespace has IPv6 addresses for more than a link, seen from outside."""

import subprocess
from collections.abc import Iterator

import pytest

from mooring.linux.ipv6_addresses import Ipv6Addresses
from mooring.linux.netns import inside


@pytest.fixture
def addresses(network_namespace: str) -> Iterator[Ipv6Addresses]:
    with inside(network_namespace):
        opened = Ipv6Addresses.here()
    yield opened
    opened.close()


def ip(namespace: str, *arguments: str) -> None:
    command = ["nsenter", f"--net={namespace}", "ip", *arguments]
    subprocess.run(command, check=True, capture_output=True)


def test_a_new_namespace_has_none(addresses: Ipv6Addresses) -> None:
    assert not addresses.reach_further()


def test_loopback_and_link_local_addresses_do_not_count_and_any_other_does(
    addresses: Ipv6Addresses, network_namespace: str
) -> None:
    ip(network_namespace, "link", "set", "lo", "up")
    ip(network_namespace, "link", "add", "br0", "up", "type", "bridge")
    ip(network_namespace, "address", "add", "fe80::5/64", "dev", "br0")
    assert not addresses.reach_further()
    for address in ("fd00::5/64", "2001:db8::5/128"):
        ip(network_namespace, "address", "add", address, "dev", "br0")
        assert addresses.reach_further()
        ip(network_namespace, "address", "del", address, "dev", "br0")
        assert not addresses.reach_further()


def test_an_address_behind_hundreds_of_narrow_ones_is_not_overlooked(
    addresses: Ipv6Addresses, network_namespace: str
) -> None:
    ip(network_namespace, "link", "add", "br0", "up", "type", "bridge")
    commands = "".join(f"address add fe80::{n:x}/64 dev br0\n" for n in range(1, 200))
    command = ["nsenter", f"--net={network_namespace}", "ip", "-batch", "-"]
    subprocess.run(command, input=commands, text=True, check=True)
    ip(network_namespace, "address", "add", "fd00::5/64", "dev", "br0")
    assert addresses.reach_further()


def test_a_kernel_without_ipv6_has_none() -> None:
    addresses = Ipv6Addresses(None)
    assert not addresses.reach_further()
    addresses.close()
