"""What a network asks for by way of addresses is checked whole, and comes to a list of pools."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.ipam.allocator import LOCAL, SERIAL_OPTION, Allocator
from mooring.ipam.error import InvalidNetworkConfigError
from mooring.ipam.predefined import LOCAL_POOLS, ula_pool
from mooring.ipam.request import PoolPlan, plan_pools, problems
from mooring.model.network import AddressPool


def pool(
    subnet: str = "", ip_range: str = "", gateway: str = "", **aux_addresses: str
) -> AddressPool:
    return AddressPool(
        subnet=subnet, ip_range=ip_range, gateway=gateway, aux_addresses=aux_addresses
    )


@pytest.mark.parametrize(
    "asked",
    [
        pool(),
        pool("10.0.0.0/8", "10.10.0.0/16", "10.10.0.1", router="10.0.0.1"),
        pool("10.0.0.0/8", "10.0.0.0/8", "10.255.255.254"),
        pool("192.168.0.0/31", "", "192.168.0.0", peer="192.168.0.1"),
        pool("fd00::/64", "fd00::1:0/112", "fd00::1"),
        pool("0.0.0.0/24"),
        pool("::/64"),
    ],
)
def test_a_sound_request_has_no_problems(asked: AddressPool) -> None:
    assert problems([asked], enable_ipv6=True) == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (
            pool("foobar", "alike", "1001.10.5.3"),
            ["invalid subnet foobar: invalid CIDR block notation"],
        ),
        (
            pool("10.10.10.0/24", "foobar", "1001.10.5.3", host="dummy"),
            [
                "invalid ip-range foobar: invalid CIDR block notation",
                "invalid gateway 1001.10.5.3: invalid address",
                "invalid auxiliary address host: invalid address",
            ],
        ),
        (
            pool("10.10.10.0/24", "2001:db8::/32", "2001:db8::1", host="2001:db8::1"),
            [
                "invalid ip-range 2001:db8::/32: parent subnet is an IPv4 block",
                "invalid gateway 2001:db8::1: parent subnet is an IPv4 block",
                "invalid auxiliary address host: parent subnet is an IPv4 block",
            ],
        ),
        (
            pool("2001:db8::/32", gateway="10.0.0.1"),
            ["invalid gateway 10.0.0.1: parent subnet is an IPv6 block"],
        ),
        (
            pool("10.0.0.0/8", "192.168.0.1/24", "192.168.0.1", host="192.168.0.1"),
            [
                "invalid ip-range 192.168.0.1/24: it should be 192.168.0.0/24",
                "invalid ip-range 192.168.0.1/24: "
                "parent subnet 10.0.0.0/8 doesn't contain ip-range",
                "invalid gateway 192.168.0.1: "
                "parent subnet 10.0.0.0/8 doesn't contain this address",
                "invalid auxiliary address host: "
                "parent subnet 10.0.0.0/8 doesn't contain this address",
            ],
        ),
        (
            pool("10.10.10.0/24", "10.0.0.0/8"),
            [
                "invalid ip-range 10.0.0.0/8: "
                "CIDR block is bigger than its parent subnet 10.10.10.0/24"
            ],
        ),
        (
            pool("10.10.10.0/8", "", "10.20.0.1"),
            ["invalid subnet 10.10.10.0/8: it should be 10.0.0.0/8"],
        ),
        (
            pool("", "10.0.0.0/24", "10.0.0.1", host="10.0.0.2"),
            [
                "invalid ip-range 10.0.0.0/24: there is no subnet",
                "invalid gateway 10.0.0.1: there is no subnet",
                "invalid auxiliary address host: there is no subnet",
            ],
        ),
        (
            pool("0.0.0.0/0", "10.0.0.0/24", "10.0.0.1"),
            [
                "invalid ip-range 10.0.0.0/24: subnet 0.0.0.0/0 asks for any free one",
                "invalid gateway 10.0.0.1: subnet 0.0.0.0/0 asks for any free one",
            ],
        ),
        (
            pool("10.0.0.0/24", gateway="10.0.0.0", host="10.0.0.255"),
            [
                "invalid gateway 10.0.0.0: 10.0.0.0 is the network address of 10.0.0.0/24",
                "invalid auxiliary address host: 10.0.0.255 is the broadcast address",
            ],
        ),
        (
            pool("fd00::/64", gateway="fd00::"),
            ["invalid gateway fd00::: fd00:: is the routers' anycast address of fd00::/64"],
        ),
        (
            pool("10.0.0.0/24", "", "10.0.0.1", one="10.0.0.1", two="10.0.0.2", three="10.0.0.2"),
            [
                "invalid auxiliary address one: 10.0.0.1 is gateway 10.0.0.1 too",
                "invalid auxiliary address three: 10.0.0.2 is auxiliary address two too",
            ],
        ),
    ],
)
def test_every_problem_is_told_at_once(asked: AddressPool, expected: list[str]) -> None:
    found = problems([asked], enable_ipv6=True)
    assert len(found) == len(expected)
    for sentence, beginning in zip(found, expected, strict=True):
        assert sentence.startswith(beginning)
        assert ";" in sentence, "it says what would work"


def test_subnets_of_one_network_do_not_overlap() -> None:
    found = problems([pool("10.0.0.0/8"), pool("11.0.0.0/8"), pool("10.1.0.0/16")])
    assert found == [
        "invalid subnet 10.1.0.0/16: it overlaps 10.0.0.0/8 of the same network; keep one"
    ]


def test_several_pools_of_any_length_do_not_overlap() -> None:
    assert problems([pool("0.0.0.0/24"), pool("0.0.0.0/24"), pool("10.0.0.0/8")]) == []


@pytest.mark.parametrize(
    ("name", "value", "sound"),
    [
        (SERIAL_OPTION, "true", True),
        (SERIAL_OPTION, "false", True),
        (SERIAL_OPTION, "yes", False),
        ("com.docker.network.ipam.sreial", "true", False),
        ("org.example.color", "blue", True),
    ],
)
def test_ipam_options_of_dockers_own_are_checked(name: str, value: str, sound: bool) -> None:
    found = problems([], options={name: value})
    assert (found == []) is sound
    assert all(sentence.startswith("invalid ipam option") for sentence in found)


def test_pools_of_a_version_that_is_not_enabled_are_left_out() -> None:
    asked = [pool("10.0.0.0/8", "nonsense"), pool("fd00::1/64")]
    assert problems(asked, enable_ipv4=False, enable_ipv6=False) == []
    assert plan_pools(asked, enable_ipv4=False) == ()


def test_an_enabled_version_without_a_pool_gets_a_default_one() -> None:
    assert plan_pools([pool("10.0.0.0/8")], enable_ipv6=True) == (
        PoolPlan(False, pool("10.0.0.0/8")),
        PoolPlan(True, pool()),
    )
    assert plan_pools([]) == plan_pools([pool()]) == (PoolPlan(False, pool()),)


def test_a_plan_is_in_canonical_text_ipv4_first() -> None:
    asked = [
        pool("FD00:0::/64", gateway="fd00:0::1"),
        pool("::ffff:10.0.0.0/104", "::ffff:10.1.0.0/112", a="::ffff:10.0.0.9"),
    ]
    assert plan_pools(asked, enable_ipv6=True) == (
        PoolPlan(False, pool("10.0.0.0/8", "10.1.0.0/16", a="10.0.0.9")),
        PoolPlan(True, pool("fd00::/64", gateway="fd00::1")),
    )


def test_a_request_with_problems_is_refused_with_all_of_them() -> None:
    with pytest.raises(InvalidNetworkConfigError) as caught:
        plan_pools([pool("10.0.0.1/8", gateway="11.0.0.1")], options={SERIAL_OPTION: ""})
    head, *rest = caught.value.message.split("\n")
    assert head == "invalid network config:"
    assert [line.split(" ")[1] for line in rest] == ["subnet", "gateway", "ipam"]


def test_a_hostile_text_does_not_fill_the_message() -> None:
    text = "x\n" * 100_000
    asked = [pool(text), pool("10.0.0.0/8", text, text, **{text: text}), pool("", text)]
    found = problems(asked, options={f"com.docker.network.ipam.{text}": text})
    assert len(found) == 6
    assert all(len(sentence) < 400 and "\n" not in sentence for sentence in found)


prefixes = st.sampled_from(
    ["", "0.0.0.0/24", "10.0.0.0/8", "10.0.0.0/30", "10.1.0.0/16", "10.1.0.1/16", "fd00::/64", "x"]
)
addresses = st.sampled_from(["", "10.0.0.0", "10.0.0.1", "10.0.0.2", "10.1.2.3", "fd00::1", "x"])


@given(st.builds(pool, prefixes, prefixes, addresses, one=addresses, two=addresses))
def test_what_has_no_problems_can_be_had(asked: AddressPool) -> None:
    if problems([asked], enable_ipv6=True):
        return
    allocator = Allocator((*LOCAL_POOLS, ula_pool("host")))
    for plan in plan_pools([asked], enable_ipv6=True):
        part = plan.pool.ip_range
        lease = allocator.request_pool(LOCAL, plan.pool.subnet, part, v6=plan.v6)
        for address in (plan.pool.gateway, *plan.pool.aux_addresses.values()):
            if address:
                assert str(allocator.request_address(lease.id, address).ip) == address
