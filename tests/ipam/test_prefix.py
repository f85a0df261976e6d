"""Texts of addresses and prefixes are read strictly, and counted without overflow."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.ipam.prefix import (
    Prefix,
    PrefixSyntaxError,
    add,
    covers,
    overlaps,
    parse_address,
    parse_interface,
    parse_prefix,
    prefix_after,
    prefix_at,
    subnets_between,
)

prefixes = st.one_of(
    st.builds(prefix_at, st.just(4), st.integers(0, 2**32 - 1), st.integers(0, 32)),
    st.builds(prefix_at, st.just(6), st.integers(0, 2**128 - 1), st.integers(0, 128)),
)


@given(prefixes)
def test_the_text_of_a_prefix_reads_back(prefix: Prefix) -> None:
    assert parse_prefix(str(prefix)) == prefix
    assert parse_address(str(prefix.network_address)) == prefix.network_address


def test_host_bits_are_kept_in_an_interface_and_masked_in_a_prefix() -> None:
    assert str(parse_interface("10.1.2.3/8")) == "10.1.2.3/8"
    assert str(parse_prefix("10.1.2.3/8")) == "10.0.0.0/8"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "foobar",
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/33",
        "fd00::/129",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/08",
        "10.0.0.0/8 ",
        "10.0.0.0/8\n",
        " 10.0.0.0/8",
        "10.0.0.0/٨",
        "10.0.0.0/255.0.0.0",
        "10.0.0/8",
        "010.0.0.0/8",
        "10.0.0.0/8/8",
        "fe80::1%eth0/64",
        "::ffff:10.0.0.0/95",
    ],
)
def test_what_is_not_cidr_notation_is_refused(text: str) -> None:
    with pytest.raises(PrefixSyntaxError, match="invalid CIDR block notation"):
        parse_interface(text)


@pytest.mark.parametrize("text", ["", "1001.10.5.3", "dummy", "10.0.0.1/8", "fe80::1%eth0", "1"])
def test_what_is_not_an_address_is_refused(text: str) -> None:
    with pytest.raises(PrefixSyntaxError, match="invalid address"):
        parse_address(text)


def test_ipv4_in_ipv6_clothes_is_ipv4() -> None:
    assert str(parse_address("::ffff:10.0.0.1")) == "10.0.0.1"
    assert str(parse_interface("::ffff:10.0.0.1/104")) == "10.0.0.1/8"


@given(prefixes, prefixes)
def test_overlap_is_one_covering_the_other(one: Prefix, other: Prefix) -> None:
    expected = one.version == other.version and one.overlaps(other)
    assert overlaps(one, other) is expected
    assert covers(one, prefix_at(one.version, int(one.broadcast_address), one.max_prefixlen))


@given(prefixes, st.data())
def test_the_prefix_after_begins_after_and_skips_nothing(
    previous: Prefix, data: st.DataObject
) -> None:
    length = data.draw(st.integers(0, previous.max_prefixlen))
    following = prefix_after(previous, length)
    end = int(previous.broadcast_address)
    step = 1 << (previous.max_prefixlen - length)
    if following is None:
        assert (end // step + 1) * step == 1 << previous.max_prefixlen
    else:
        assert following.prefixlen == length
        assert 0 < int(following.network_address) - end <= step


@pytest.mark.parametrize("text", ["255.255.255.0/24", "0.0.0.0/0", "ffff::/16"])
def test_nothing_comes_after_the_last_prefix(text: str) -> None:
    assert prefix_after(ip_network(text), 24) is None


@pytest.mark.parametrize(
    ("first", "last"), [("10.0.1.0", "10.0.0.0"), ("10.0.0.0", "fd00::"), ("fd00::", "10.0.0.0")]
)
def test_no_subnets_lie_between_addresses_out_of_order_or_of_two_versions(
    first: str, last: str
) -> None:
    assert subnets_between(ip_address(first), ip_address(last), 24) == 0


def test_there_is_no_address_past_the_last() -> None:
    with pytest.raises(ValueError, match="4294967296"):
        add(ip_address("255.255.255.255"), 1)
