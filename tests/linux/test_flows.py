"""Flows of addresses that are given back are forgotten, and no others."""

import socket
from collections.abc import Iterator

import pytest

from mooring.linux import conntrack, flows, nftables
from mooring.linux.netlink import NETFILTER, Netlink

TRACKING = """
table ip mooring-test {
    chain output {
        type filter hook output priority 0;
        ct state new accept
    }
}
"""
SERVER = "127.0.0.1"


@pytest.fixture
def tracking() -> Iterator[None]:
    """A rule that makes the kernel track connections."""
    nftables.run(TRACKING)
    yield
    nftables.run(nftables.removal("ip mooring-test"))


def talk(*clients: str) -> None:
    """A datagram from each address to the server."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((SERVER, 0))
        for address in clients:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.bind((address, 0))
                client.sendto(b"hello", server.getsockname())


def seen() -> set[str]:
    """Every address that began a flow or answers one."""
    with Netlink(NETFILTER) as netfilter:
        listed = netfilter.dump(conntrack.LIST)
    packed = {source for _, body in listed for source in conntrack.parse_sources(body)}
    return {socket.inet_ntoa(source) for source in packed if len(source) == 4}


@pytest.mark.parametrize("others", [0, 1, 200])
def test_flows_of_an_address_are_forgotten_be_it_one_of_few_or_of_many(
    tracking: None, others: int
) -> None:
    talk("127.0.0.5", "127.0.0.6")
    assert {"127.0.0.5", "127.0.0.6"} <= seen()
    flows.forget(["127.0.0.5", *(f"127.0.1.{number}" for number in range(others))])
    assert "127.0.0.5" not in seen()
    assert "127.0.0.6" in seen()


def test_flows_that_an_address_answers_are_forgotten(tracking: None) -> None:
    talk("127.0.0.7")
    assert "127.0.0.7" in seen()
    flows.forget([SERVER])
    assert "127.0.0.7" not in seen()
