"""Ports given out: never twice, in turn, and again once they are back."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mooring.model.error import ConflictError, InvalidArgumentError
from mooring.ports.allocator import PortAllocator
from mooring.ports.reserved import Ephemeral, parse_ephemeral

ADDRESSES = ("0.0.0.0", "127.0.0.1", "192.0.2.1", "::", "2001:db8::1")
SMALL = Ephemeral(40000, 40003, frozenset({40001}))


def clash(one: str, other: str) -> bool:
    """The rule in other words: two binds of real sockets that the kernel refuses."""
    a, b = ip_address(one), ip_address(other)
    return a.version == b.version and (a == b or a.is_unspecified or b.is_unspecified)


class Sandboxes(RuleBasedStateMachine):
    """Requests and releases in any order, beside the plainest possible account of them."""

    def __init__(self) -> None:
        super().__init__()
        self.allocator = PortAllocator()
        self.held: list[tuple[tuple[str, ...], str, int]] = []

    @rule(
        addresses=st.lists(st.sampled_from(ADDRESSES), min_size=1, max_size=3, unique=True),
        protocol=st.sampled_from(["tcp", "udp"]),
        bounds=st.sampled_from([(0, 0), (40000, 40000), (40001, 40001), (40000, 40002)]),
    )
    def request(self, addresses: list[str], protocol: str, bounds: tuple[int, int]) -> None:
        start, end = bounds
        wanted = range(start, end + 1) if start else (40000, 40002, 40003)
        free = [
            port
            for port in wanted
            if not any(
                clash(a, b)
                for others, theirs, number in self.held
                if (theirs, number) == (protocol, port)
                for a in addresses
                for b in others
            )
        ]
        try:
            port = self.allocator.request(addresses, protocol, start, end, SMALL)
        except ConflictError:
            assert not free
        else:
            assert port in free
            self.held.append((tuple(addresses), protocol, port))

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        if self.held:
            addresses, protocol, port = data.draw(st.sampled_from(self.held))
            self.held.remove((addresses, protocol, port))
            for address in addresses:
                self.allocator.release(address, protocol, port)

    @invariant()
    def nothing_is_remembered_of_what_is_free(self) -> None:
        ports = {(protocol, port) for _, protocol, port in self.held}
        assert set(self.allocator._held) == ports


TestSandboxes = Sandboxes.TestCase


def test_automatic_choices_go_on_after_the_last_and_begin_again_at_the_end() -> None:
    allocator = PortAllocator()
    taken = []
    for _ in range(5):
        port = allocator.request(["0.0.0.0"], "tcp", 0, 0, SMALL)
        allocator.release("0.0.0.0", "tcp", port)
        taken.append(port)
    assert taken == [40000, 40002, 40003, 40000, 40002]


def test_an_address_of_all_conflicts_with_each_of_its_family_and_none_of_the_other() -> None:
    allocator = PortAllocator()
    allocator.request(["0.0.0.0"], "tcp", 80, 80, SMALL)
    with pytest.raises(ConflictError, match=r"Bind for 127\.0\.0\.1:80 failed"):
        allocator.request(["127.0.0.1"], "tcp", 80, 80, SMALL)
    allocator.request(["2001:db8::1"], "tcp", 80, 80, SMALL)
    with pytest.raises(ConflictError, match=r"Bind for \[::\]:80 failed"):
        allocator.request(["::"], "tcp", 80, 80, SMALL)
    allocator.request(["127.0.0.1"], "udp", 80, 80, SMALL)


def test_one_port_for_all_addresses_is_free_at_each_of_them() -> None:
    allocator = PortAllocator()
    allocator.claim("::", "tcp", 40000)
    assert allocator.request(["0.0.0.0", "::"], "tcp", 0, 0, SMALL) == 40002
    assert allocator.request(["0.0.0.0"], "tcp", 40000, 40000, SMALL) == 40000


def test_a_range_that_is_exhausted_says_which() -> None:
    allocator = PortAllocator()
    for _ in range(3):
        allocator.request(["0.0.0.0"], "tcp", 0, 0, SMALL)
    with pytest.raises(ConflictError, match="all ports from 40000 to 40003 are allocated"):
        allocator.request(["0.0.0.0"], "tcp", 0, 0, SMALL)


def test_a_protocol_without_ports_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="unknown protocol 'icmp'"):
        PortAllocator().request(["0.0.0.0"], "icmp", 1, 1, SMALL)


@pytest.mark.parametrize("text", ["", "60999\n", "0\t9", "9 1", "1 65536", "a b"])
def test_a_range_of_the_kernel_that_makes_no_sense_is_the_fallback(text: str) -> None:
    assert parse_ephemeral(text, "") == Ephemeral(49153, 65535)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_of_the_kernel_stops_us(port_range: str, reserved: str) -> None:
    found = parse_ephemeral(port_range, reserved)
    assert 0 < found.first <= found.last <= 65535
    assert all(found.first <= port <= found.last for port in found.reserved)
