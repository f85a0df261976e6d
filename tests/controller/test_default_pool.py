"""The default bridge's addresses, as libnetwork's tests of getDefaultBridgeIPAMConf have them."""

from ipaddress import ip_interface

import pytest

from mooring.controller.default_pool import FamilyOptions, default_pool
from mooring.model.error import InvalidArgumentError
from mooring.model.network import AddressPool

# What is said, what the bridge has; then subnet, range and gateway.
OWN = {
    "nothing at all": ("", "", [], ("", "", "")),
    "an address that is there": (
        "",
        "",
        ["192.168.176.88/20"],
        ("192.168.176.0/20", "", "192.168.176.88"),
    ),
    "an address given": ("10.9.0.1/24", "", [], ("10.9.0.0/24", "", "10.9.0.1")),
    "an address given wins over one that is there": (
        "10.9.0.1/24",
        "",
        ["192.168.176.88/20"],
        ("10.9.0.0/24", "", "10.9.0.1"),
    ),
    "a range alone is the subnet": (
        "",
        "192.168.176.0/24",
        [],
        ("192.168.176.0/24", "192.168.176.0/24", ""),
    ),
    "a range with host bits": (
        "",
        "192.168.176.99/24",
        [],
        ("192.168.176.0/24", "192.168.176.0/24", ""),
    ),
    "a range in the given subnet": (
        "10.9.0.1/16",
        "10.9.4.0/24",
        [],
        ("10.9.0.0/16", "10.9.4.0/24", "10.9.0.1"),
    ),
    "a range in the subnet that is there": (
        "",
        "192.168.176.0/24",
        ["192.168.176.88/20"],
        ("192.168.176.0/20", "192.168.176.0/24", "192.168.176.88"),
    ),
    "a range around the subnet that is there widens it": (
        "",
        "192.168.176.0/20",
        ["192.168.176.88/24"],
        ("192.168.176.0/20", "192.168.176.0/20", "192.168.176.88"),
    ),
    "a range elsewhere drops the old address": (
        "",
        "192.168.190.0/24",
        ["192.168.176.88/24"],
        ("192.168.190.0/24", "192.168.190.0/24", ""),
    ),
    "of several addresses the one round the range": (
        "",
        "10.2.3.0/24",
        ["10.1.0.1/16", "10.2.0.1/16"],
        ("10.2.0.0/16", "10.2.3.0/24", "10.2.0.1"),
    ),
    "of several addresses the one in the range": (
        "",
        "10.2.0.0/16",
        ["10.1.0.1/24", "10.2.7.1/24"],
        ("10.2.0.0/16", "10.2.0.0/16", "10.2.7.1"),
    ),
}
OWN_V6 = {
    "a range in the subnet that is there": (
        "fdd1:8161:2d2c::/64",
        ["fdd1:8161:2d2c::8888/56"],
        ("fdd1:8161:2d2c::/56", "fdd1:8161:2d2c::/64", "fdd1:8161:2d2c::8888"),
    ),
    "a range around it": (
        "fdd1:8161:2d2c::/56",
        ["fdd1:8161:2d2c::8888/64"],
        ("fdd1:8161:2d2c::/56", "fdd1:8161:2d2c::/56", "fdd1:8161:2d2c::8888"),
    ),
    "a link-local address that the kernel made does not count": (
        "fdd1:8161:2d2c::/64",
        ["fe80::1234/64"],
        ("fdd1:8161:2d2c::/64", "fdd1:8161:2d2c::/64", ""),
    ),
    "but for a link-local range": (
        "fe80::/64",
        ["fdd1::1/64", "fe80::1234/64"],
        ("fe80::/64", "fe80::/64", "fe80::1234"),
    ),
    "another link-local prefix": (
        "fe80:1234::/64",
        ["fe80:1234::88/56"],
        ("fe80:1234::/56", "fe80:1234::/64", "fe80:1234::88"),
    ),
}
USERS = {
    "its address": ("", ["192.168.176.88/20"], ("192.168.176.0/20", "", "192.168.176.88")),
    "a range alone": (
        "192.168.176.0/24",
        [],
        ("192.168.176.0/24", "192.168.176.0/24", ""),
    ),
    "a range in its subnet": (
        "192.168.176.0/24",
        ["192.168.176.88/20"],
        ("192.168.176.0/20", "192.168.176.0/24", "192.168.176.88"),
    ),
    "a range bigger than its subnet is left out": (
        "192.168.176.0/20",
        ["192.168.176.88/24"],
        ("192.168.176.0/24", "", "192.168.176.88"),
    ),
    "a range elsewhere is left out": (
        "192.168.176.0/24",
        ["192.168.160.88/20"],
        ("192.168.160.0/20", "", "192.168.160.88"),
    ),
    "a range that contains its subnet is left out": (
        "192.168.176.0/20",
        ["192.168.177.1/24"],
        ("192.168.177.0/24", "", "192.168.177.1"),
    ),
}


def chosen(pool: AddressPool) -> tuple[str, str, str]:
    return pool.subnet, pool.ip_range, pool.gateway


@pytest.mark.parametrize("name", OWN)
def test_mooring_s_own_bridge(name: str) -> None:
    bip, fixed, present, expected = OWN[name]
    options = FamilyOptions(bip=bip, fixed_cidr=fixed)
    found = default_pool(4, options, map(ip_interface, present), user_managed=False)
    assert chosen(found.pool) == expected
    assert not found.notice


@pytest.mark.parametrize("name", OWN_V6)
def test_mooring_s_own_bridge_with_ipv6(name: str) -> None:
    fixed, present, expected = OWN_V6[name]
    options = FamilyOptions(fixed_cidr=fixed)
    found = default_pool(6, options, map(ip_interface, present), user_managed=False)
    assert chosen(found.pool) == expected


@pytest.mark.parametrize("name", USERS)
def test_a_bridge_of_the_user_s(name: str) -> None:
    fixed, present, expected = USERS[name]
    options = FamilyOptions(fixed_cidr=fixed)
    found = default_pool(4, options, map(ip_interface, present), user_managed=True)
    assert chosen(found.pool) == expected
    assert ("left out" in name) == bool(found.notice)


def test_an_ipv6_range_outside_the_user_s_bridge_is_refused() -> None:
    options = FamilyOptions(fixed_cidr="fdd1:8161:2d2c::/60")
    present = [ip_interface("fdd1:8161:2d2c::8888/64")]
    with pytest.raises(InvalidArgumentError, match="--fixed-cidr-v6 fdd1:8161:2d2c::/60 is in no"):
        default_pool(6, options, present, user_managed=True)


def test_addresses_of_the_other_family_say_nothing() -> None:
    found = default_pool(4, FamilyOptions(), [ip_interface("fd00::1/64")], user_managed=False)
    assert found.pool == AddressPool()


def test_a_default_gateway_is_kept_for_it_alone() -> None:
    options = FamilyOptions(bip="10.9.0.1/24", default_gateway="10.9.0.254")
    found = default_pool(4, options, [], user_managed=False)
    assert found.pool.aux_addresses == {"DefaultGatewayIPv4": "10.9.0.254"}
    assert found.pool.gateway == "10.9.0.1"


def test_a_default_gateway_that_is_the_bridge_needs_no_keeping() -> None:
    options = FamilyOptions(bip="10.9.0.1/24", default_gateway="10.9.0.1")
    assert not default_pool(4, options, [], user_managed=False).pool.aux_addresses


@pytest.mark.parametrize("present", [[], ["10.9.0.1/24"]])
def test_a_default_gateway_outside_the_subnet_is_refused(present: list[str]) -> None:
    options = FamilyOptions(default_gateway="10.8.0.254")
    with pytest.raises(InvalidArgumentError, match=r"10\.8\.0\.254 is not in the subnet"):
        default_pool(4, options, map(ip_interface, present), user_managed=False)
