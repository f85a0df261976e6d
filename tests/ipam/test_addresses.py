"""Addresses of a pool: the lowest free one, one by name, or the next in turn."""

import pytest

from mooring.ipam.allocator import LOCAL, SERIAL_OPTION, Allocator
from mooring.ipam.error import (
    AddressesExhaustedError,
    AddressInUseError,
    AddressOutOfRangeError,
    InvalidAddressError,
)
from mooring.ipam.pool import PoolStatus


@pytest.fixture
def allocator() -> Allocator:
    return Allocator()


def take(allocator: Allocator, pool_id: str, count: int, *, serial: bool = False) -> list[str]:
    return [str(allocator.request_address(pool_id, serial=serial).ip) for _ in range(count)]


def test_an_address_comes_with_the_prefix_length_of_its_pool(allocator: Allocator) -> None:
    pool = allocator.request_pool(LOCAL, "172.18.0.0/16", "172.18.5.0/24").id
    assert str(allocator.request_address(pool)) == "172.18.5.0/16"


def test_network_and_broadcast_addresses_are_never_given_out(allocator: Allocator) -> None:
    pool = allocator.request_pool(LOCAL, "192.168.0.0/29").id
    assert take(allocator, pool, 6) == [f"192.168.0.{n}" for n in range(1, 7)]
    for address, name in (("192.168.0.0", "network"), ("192.168.0.7", "broadcast")):
        allocator.release_address(pool, address)
        with pytest.raises(AddressInUseError, match=f"Address already in use: .* {name} address"):
            allocator.request_address(pool, address)


def test_a_31_and_a_32_are_given_out_whole(allocator: Allocator) -> None:
    pair = allocator.request_pool(LOCAL, "192.168.0.0/31").id
    single = allocator.request_pool(LOCAL, "192.168.0.9/32").id
    assert take(allocator, pair, 2) == ["192.168.0.0", "192.168.0.1"]
    assert take(allocator, single, 1) == ["192.168.0.9"]


def test_the_first_address_of_an_ipv6_pool_is_never_given_out(allocator: Allocator) -> None:
    pool = allocator.request_pool(LOCAL, "fd00::/126").id
    assert take(allocator, pool, 3) == ["fd00::1", "fd00::2", "fd00::3"]
    with pytest.raises(AddressInUseError, match="routers' anycast address"):
        allocator.request_address(pool, "fd00::")


def test_a_named_address_may_lie_outside_the_sub_pool(allocator: Allocator) -> None:
    pool = allocator.request_pool(LOCAL, "172.18.0.0/16", "172.18.5.0/24").id
    assert str(allocator.request_address(pool, "172.18.200.1")) == "172.18.200.1/16"


@pytest.mark.parametrize("address", ["172.19.0.1", "172.17.255.255", "fd00::1", "0.0.0.0"])
def test_a_named_address_may_not_lie_outside_the_pool(allocator: Allocator, address: str) -> None:
    pool = allocator.request_pool(LOCAL, "172.18.0.0/16").id
    with pytest.raises(AddressOutOfRangeError, match="requested address is out of range") as caught:
        allocator.request_address(pool, address)
    assert "choose one from 172.18.0.0 to 172.18.255.255" in caught.value.remedy
    with pytest.raises(AddressOutOfRangeError):
        allocator.release_address(pool, address)


def test_an_ipv4_address_is_not_in_an_ipv6_pool_whatever_its_number(allocator: Allocator) -> None:
    pool = allocator.request_pool(LOCAL, "::ac12:0/112").id
    with pytest.raises(AddressOutOfRangeError):
        allocator.request_address(pool, "172.18.0.1")


def test_a_named_address_is_held_once(allocator: Allocator) -> None:
    pool = allocator.request_pool(LOCAL, "172.18.0.0/16").id
    allocator.request_address(pool, "172.18.0.2")
    with pytest.raises(AddressInUseError, match=r"Address already in use: 172\.18\.0\.2 of"):
        allocator.request_address(pool, "::ffff:172.18.0.2")
    assert take(allocator, pool, 2) == ["172.18.0.1", "172.18.0.3"]


def test_sub_pools_of_one_pool_share_its_addresses(allocator: Allocator) -> None:
    wide = allocator.request_pool(LOCAL, "10.0.0.0/8", "10.1.0.0/16").id
    narrow = allocator.request_pool(LOCAL, "10.0.0.0/8", "10.1.0.0/24").id
    assert take(allocator, wide, 2) == ["10.1.0.0", "10.1.0.1"]
    assert take(allocator, narrow, 1) == ["10.1.0.2"]
    assert list(allocator.addresses(wide)) == list(allocator.addresses(narrow))


def test_a_released_address_is_free_at_once(allocator: Allocator) -> None:
    pool = allocator.request_pool(LOCAL, "10.0.0.0/24").id
    take(allocator, pool, 9)
    allocator.release_address(pool, "10.0.0.4")
    assert take(allocator, pool, 2) == ["10.0.0.4", "10.0.0.10"]


def test_releasing_a_free_address_changes_nothing(allocator: Allocator) -> None:
    pool = allocator.request_pool(LOCAL, "10.0.0.0/24").id
    allocator.release_address(pool, "10.0.0.4")
    assert allocator.status(pool) == PoolStatus(in_use=2, available=254)


@pytest.mark.parametrize("text", ["", "10.0.0.256", "10.0.0.1/24", "fe80::1%eth0", "x" * 9999])
def test_what_is_not_an_address_is_refused(allocator: Allocator, text: str) -> None:
    pool = allocator.request_pool(LOCAL, "10.0.0.0/24").id
    with pytest.raises(InvalidAddressError, match="invalid address") as caught:
        allocator.release_address(pool, text)
    assert len(str(caught.value)) < 200


def test_no_address_or_an_empty_one_means_any(allocator: Allocator) -> None:
    pool = allocator.request_pool(LOCAL, "10.0.0.0/24").id
    assert str(allocator.request_address(pool, None)) == "10.0.0.1/24"
    assert str(allocator.request_address(pool, "")) == "10.0.0.2/24"


def test_exhaustion_says_how_many_are_held(allocator: Allocator) -> None:
    pool = allocator.request_pool(LOCAL, "10.0.0.0/29", "10.0.0.4/30").id
    take(allocator, pool, 3)
    with pytest.raises(AddressesExhaustedError) as caught:
        allocator.request_address(pool)
    assert caught.value.message == (
        "no available addresses on this pool: all 3 addresses of 10.0.0.4/30 are held"
    )
    assert str(allocator.request_address(pool, "10.0.0.1")) == "10.0.0.1/29"


@pytest.mark.parametrize("where", ["option", "argument"])
def test_serial_goes_round(allocator: Allocator, where: str) -> None:
    options = {SERIAL_OPTION: "true"} if where == "option" else None
    pool = allocator.request_pool(LOCAL, "10.0.0.0/29", options=options).id
    serial = where == "argument"
    assert take(allocator, pool, 2, serial=serial) == ["10.0.0.1", "10.0.0.2"]
    allocator.release_address(pool, "10.0.0.1")
    assert take(allocator, pool, 5, serial=serial) == [
        *("10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"),
        "10.0.0.1",
    ]
    with pytest.raises(AddressesExhaustedError):
        allocator.request_address(pool, serial=serial)


def test_serial_does_not_give_back_what_was_just_released(allocator: Allocator) -> None:
    pool = allocator.request_pool(LOCAL, "10.0.0.0/29").id
    assert take(allocator, pool, 1, serial=True) == ["10.0.0.1"]
    allocator.release_address(pool, "10.0.0.1")
    assert take(allocator, pool, 1, serial=True) == ["10.0.0.2"]


def test_status_counts_the_subnet_and_what_the_sub_pool_has_left(allocator: Allocator) -> None:
    pool = allocator.request_pool(LOCAL, "10.0.0.0/16", "10.0.1.0/24").id
    take(allocator, pool, 10)
    allocator.request_address(pool, "10.0.9.9")
    assert allocator.status(pool) == PoolStatus(in_use=13, available=246)


def test_a_fresh_64_has_every_address_but_one(allocator: Allocator) -> None:
    pool = allocator.request_pool(LOCAL, "fd00::/64").id
    assert allocator.status(pool) == PoolStatus(in_use=1, available=(1 << 64) - 1)
    last = "fd00::ffff:ffff:ffff:ffff"
    assert str(allocator.request_address(pool, last)) == f"{last}/64"
