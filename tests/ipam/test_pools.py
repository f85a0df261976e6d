"""Pools: which are granted, which are chosen, what is refused and what the refusal says."""

import pytest

from mooring.ipam.allocator import GLOBAL, LOCAL, Allocator
from mooring.ipam.error import (
    InvalidAddressSpaceError,
    InvalidPoolError,
    InvalidPoolIdError,
    InvalidSubPoolError,
    PoolOverlapError,
    PoolsExhaustedError,
    UnknownPoolError,
)
from mooring.ipam.predefined import GLOBAL_POOLS, LOCAL_POOLS, predefined_pool, ula_pool, ula_prefix
from mooring.ipam.prefix import parse_prefix
from mooring.ipam.reservation import Reservation


@pytest.fixture
def allocator() -> Allocator:
    return Allocator((*LOCAL_POOLS, ula_pool("host")))


def prefixes(allocator: Allocator) -> list[str]:
    return [str(lease.prefix) for lease in allocator.leases()]


def test_default_pools_are_chosen_in_dockers_order(allocator: Allocator) -> None:
    chosen = [str(allocator.request_pool(LOCAL).prefix) for _ in range(31)]
    assert chosen[:4] == ["172.17.0.0/16", "172.18.0.0/16", "172.19.0.0/16", "172.20.0.0/16"]
    assert chosen[14:17] == ["172.31.0.0/16", "192.168.0.0/20", "192.168.16.0/20"]
    assert str(allocator.request_pool(GLOBAL).prefix) == "10.0.0.0/24"


def test_ipv6_pools_are_chosen_from_the_machines_unique_local_prefix(allocator: Allocator) -> None:
    chosen = [str(allocator.request_pool(LOCAL, v6=True).prefix) for _ in range(2)]
    base = str(ula_prefix("host").network_address).removesuffix("::")
    assert chosen == [f"{base}::/64", f"{base}:1::/64"]


def test_ipv6_pools_are_chosen_only_where_a_prefix_is_configured() -> None:
    with pytest.raises(InvalidPoolError, match="LocalDefault has no default IPv6 pools"):
        Allocator().request_pool(LOCAL, v6=True)


@pytest.mark.parametrize(
    ("asked", "chosen"), [("0.0.0.0/24", "172.17.0.0/24"), ("0.0.0.0/0", "172.17.0.0/16")]
)
def test_an_unspecified_pool_asks_for_any_of_its_length(
    allocator: Allocator, asked: str, chosen: str
) -> None:
    assert str(allocator.request_pool(LOCAL, asked).prefix) == chosen


def test_an_unspecified_ipv6_pool_asks_for_any_ipv6_pool(allocator: Allocator) -> None:
    assert allocator.request_pool(LOCAL, "::/80").prefix.prefixlen == 80
    assert allocator.request_pool(LOCAL, "::/0").prefix.prefixlen == 64


def test_a_length_that_no_default_pool_has_room_for_is_refused(allocator: Allocator) -> None:
    with pytest.raises(InvalidPoolError, match="no default IPv4 pool can give a /12; ask for one"):
        allocator.request_pool(LOCAL, "0.0.0.0/12")


def test_host_bits_of_a_pool_are_masked(allocator: Allocator) -> None:
    lease = allocator.request_pool(LOCAL, "10.1.2.3/8", "10.1.2.3/16")
    assert (lease.id, str(lease.prefix)) == ("LocalDefault/10.0.0.0/8/10.1.0.0/16", "10.0.0.0/8")


def test_only_a_choice_keeps_clear_of_reservations(allocator: Allocator) -> None:
    reserved = [Reservation(parse_prefix("172.16.0.0/12"))]
    assert str(allocator.request_pool(LOCAL, reserved=reserved).prefix) == "192.168.0.0/20"
    named = allocator.request_pool(LOCAL, "172.17.0.0/16", reserved=reserved)
    assert str(named.prefix) == "172.17.0.0/16"


def test_a_reservation_of_the_other_version_is_not_in_the_way(allocator: Allocator) -> None:
    reserved = [Reservation(parse_prefix("::/0"))]
    assert str(allocator.request_pool(LOCAL, reserved=reserved).prefix) == "172.17.0.0/16"
    with pytest.raises(PoolsExhaustedError):
        allocator.request_pool(LOCAL, v6=True, reserved=reserved)


def test_exhaustion_names_what_is_in_the_way_the_largest_first(allocator: Allocator) -> None:
    held = [allocator.request_pool(LOCAL).prefix for _ in range(16)]
    reserved = [
        Reservation(parse_prefix("192.168.0.0/16"), "on-link route"),
        Reservation(parse_prefix("192.168.1.53/32"), "name server"),
        Reservation(held[0], "on-link route"),
    ]
    with pytest.raises(PoolsExhaustedError) as caught:
        allocator.request_pool(LOCAL, reserved=reserved)
    assert caught.value.message == (
        "all predefined address pools have been fully subnetted: LocalDefault holds 16 IPv4 pools, "
        "and of 31 default subnets 192.168.0.0/16 (on-link route) blocks 16, "
        "172.17.0.0/16 (held) blocks 1, 172.18.0.0/16 (held) blocks 1, "
        "172.19.0.0/16 (held) blocks 1, 172.20.0.0/16 (held) blocks 1, 12 more block the rest"
    )
    assert "name a subnet" in caught.value.remedy


def test_a_refused_pool_names_the_one_in_the_way(allocator: Allocator) -> None:
    allocator.request_pool(LOCAL, "10.20.0.0/16")
    with pytest.raises(PoolOverlapError, match=r"10\.0\.0\.0/8.*10\.20\.0\.0/16, which is held"):
        allocator.request_pool(LOCAL, "10.0.0.0/8")
    assert prefixes(allocator) == ["10.20.0.0/16"]


def test_pools_in_the_way_of_a_prefix_can_be_asked_for(allocator: Allocator) -> None:
    allocator.request_pool(LOCAL, "10.20.0.0/16")
    allocator.request_pool(LOCAL, "10.0.0.0/8", "10.30.0.0/16")
    found = allocator.overlapping(LOCAL, parse_prefix("10.20.5.0/24"))
    assert [str(prefix) for prefix in found] == ["10.0.0.0/8", "10.20.0.0/16"]
    assert allocator.overlapping(GLOBAL, parse_prefix("10.20.5.0/24")) == ()


def test_a_sub_pool_as_large_as_the_pool_is_the_pool(allocator: Allocator) -> None:
    lease = allocator.request_pool(LOCAL, "172.18.0.0/16", "172.16.0.0/12")
    assert lease.id == "LocalDefault/172.18.0.0/16/172.18.0.0/16"
    assert str(allocator.request_address(lease.id)) == "172.18.0.1/16"


@pytest.mark.parametrize(
    ("pool", "part", "reason"),
    [
        ("10.0.0.0/8", "11.0.0.0/16", "11.0.0.0/16 is not in 10.0.0.0/8"),
        ("10.0.0.0/8", "fd00::/64", "pool and subpool are of incompatible address families"),
        ("10.0.0.0/8", "10.0.0.0", "invalid CIDR block notation"),
        ("0.0.0.0/24", "10.0.0.0/25", "comes without a pool"),
        ("", "10.0.0.0/25", "comes without a pool"),
    ],
)
def test_a_sub_pool_is_part_of_a_pool(
    allocator: Allocator, pool: str, part: str, reason: str
) -> None:
    with pytest.raises(InvalidSubPoolError, match="invalid address subpool") as caught:
        allocator.request_pool(LOCAL, pool, part)
    assert reason in caught.value.message
    assert prefixes(allocator) == []


def test_a_pool_that_is_no_prefix_is_refused(allocator: Allocator) -> None:
    with pytest.raises(InvalidPoolError, match="invalid address pool: 'ten': invalid CIDR block"):
        allocator.request_pool(LOCAL, "ten")


def test_an_ipv4_pool_is_no_ipv6_pool(allocator: Allocator) -> None:
    for pool in ("10.0.0.0/8", "0.0.0.0/24"):
        with pytest.raises(InvalidPoolError, match="an IPv6 pool was asked for"):
            allocator.request_pool(LOCAL, pool, v6=True)


@pytest.mark.parametrize("space", ["", "localdefault", "x" * 1000])
def test_there_are_two_address_spaces(allocator: Allocator, space: str) -> None:
    for pool in ("", "10.0.0.0/8"):
        with pytest.raises(InvalidAddressSpaceError, match="there are LocalDefault and") as caught:
            allocator.request_pool(space, pool)
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "pool_id",
    [
        "",
        "x",
        "LocalDefault/",
        "LocalDefault/10.0.0.0/8/10.0.0.0",
        "LocalDefault/10.0.0.0/8/11.0.0.0/16",
        "a/b/c",
        "/" * 99999,
    ],
)
def test_what_is_not_a_pool_id_is_refused(allocator: Allocator, pool_id: str) -> None:
    with pytest.raises(InvalidPoolIdError, match="invalid pool id") as caught:
        allocator.release_pool(pool_id)
    assert len(str(caught.value)) < 500


def test_a_pool_that_is_not_held_cannot_be_released_or_used(allocator: Allocator) -> None:
    pool_id = allocator.request_pool(LOCAL, "10.0.0.0/8").id
    allocator.release_pool(pool_id)
    message = "address space does not contain specified address pool: LocalDefault/10.0.0.0/8"
    with pytest.raises(UnknownPoolError, match=message):
        allocator.release_pool(pool_id)
    with pytest.raises(UnknownPoolError, match=message):
        allocator.request_address(pool_id)
    with pytest.raises(UnknownPoolError, match=message):
        allocator.release_address(pool_id, "10.0.0.1")


def test_releasing_a_pool_held_only_by_its_sub_pool_changes_nothing(allocator: Allocator) -> None:
    part = allocator.request_pool(LOCAL, "10.0.0.0/8", "10.1.0.0/16")
    allocator.release_pool("LocalDefault/10.0.0.0/8")
    assert allocator.leases() == (part,)
    allocator.release_pool(part.id)
    assert allocator.leases() == ()


def test_a_pool_comes_back_empty(allocator: Allocator) -> None:
    for _ in range(2):
        lease = allocator.request_pool(LOCAL, "10.0.0.0/8")
        assert str(allocator.request_address(lease.id)) == "10.0.0.1/8"
        allocator.release_pool(lease.id)


def test_pools_are_restored_by_id_in_any_order(allocator: Allocator) -> None:
    whole = allocator.request_pool(LOCAL, "10.0.0.0/8")
    part = allocator.request_pool(LOCAL, "10.0.0.0/8", "10.1.0.0/16")
    again = Allocator()
    assert again.restore_pool(part.id) == part
    assert again.restore_pool(whole.id) == whole
    assert again.leases() == allocator.leases() == (whole, part)
    with pytest.raises(PoolOverlapError, match="is held already"):
        again.restore_pool(part.id)


def test_five_thousand_pools_are_chosen_one_by_one() -> None:
    allocator = Allocator(GLOBAL_POOLS)
    for number in range(5000):
        lease = allocator.request_pool(LOCAL)
        assert int(lease.prefix.network_address) == (10 << 24) + (number << 8)


@pytest.mark.parametrize(
    ("base", "size", "reason"),
    [
        ("ten", 24, "invalid CIDR block notation"),
        ("10.0.0.0/8", 7, "cannot be cut into subnets of /7; choose a size from 8 to 32"),
        ("10.0.0.0/8", 33, "cannot be cut into subnets of /33"),
        ("0.0.0.0/0", 0, "choose a size from 1 to 32"),
        ("fd00::/48", 129, "choose a size from 48 to 128"),
    ],
)
def test_a_default_pool_must_be_cuttable(base: str, size: int, reason: str) -> None:
    with pytest.raises(InvalidPoolError) as caught:
        predefined_pool(base, size)
    assert reason in str(caught.value)


def test_a_default_pool_with_host_bits_is_cut_from_there_on() -> None:
    allocator = Allocator([predefined_pool("10.0.200.0/16", 24)])
    assert str(allocator.request_pool(LOCAL).prefix) == "10.0.200.0/24"
