"""The resolver's sockets in a namespace, and the rules that lead port 53 to them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mooring.linux import netns, nftables, resolver
from mooring.linux.executor import Executor
from mooring.linux.operation import CreateNamespace

ADDRESS = "127.0.0.11"


@pytest.fixture
def namespace(tmp_path: Path) -> Iterator[str]:
    """The path of a namespace with a loopback interface."""
    path = str(tmp_path / "ns")
    hands = Executor()
    hands.apply([CreateNamespace(path, {})])
    hands.close()
    yield path
    netns.remove(path)


def reopen(namespace: str, ports: tuple[int, int] = (0, 0)) -> tuple[int, int]:
    """Open the sockets as a daemon does, and close them as its death would; their ports."""
    opened = resolver.open_sockets(namespace, ADDRESS, ports)
    found = opened.ports
    resolver.close_sockets(opened)
    return found


def table(namespace: str) -> str:
    return nftables.run(f"list table {resolver.TABLE}", namespace)


def test_port_53_leads_to_both_sockets_and_back(namespace: str) -> None:
    udp, tcp = reopen(namespace)
    listed = table(namespace)
    for there in (f"udp dport 53 dnat to {ADDRESS}:{udp}", f"tcp dport 53 dnat to {ADDRESS}:{tcp}"):
        assert there in listed
    for back in (f"udp sport {udp} snat to {ADDRESS}:53", f"tcp sport {tcp} snat to {ADDRESS}:53"):
        assert back in listed


def test_rules_that_are_right_are_left_as_they_are(namespace: str) -> None:
    ports = reopen(namespace)
    nftables.run(f"add chain {resolver.TABLE} witness", namespace)
    assert reopen(namespace, ports) == ports
    assert "witness" in table(namespace)


def test_rules_for_other_ports_are_replaced(namespace: str) -> None:
    before = reopen(namespace)
    nftables.run(f"add chain {resolver.TABLE} witness", namespace)
    after = reopen(namespace)
    assert after != before
    assert "witness" not in table(namespace)
    assert f"udp dport 53 dnat to {ADDRESS}:{after[0]}" in table(namespace)


@pytest.mark.parametrize("damage", ["flush ruleset", f"flush chain {resolver.TABLE} postrouting"])
def test_rules_that_somebody_deleted_come_back(namespace: str, damage: str) -> None:
    ports = reopen(namespace)
    nftables.run(damage, namespace)
    assert reopen(namespace, ports) == ports
    assert table(namespace).count(" snat to ") == 2
