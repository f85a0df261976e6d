"""What the machine uses itself is kept clear of."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.ipam.prefix import Prefix, prefix_at
from mooring.ipam.reservation import (
    NAME_SERVER,
    ON_LINK,
    Reservation,
    Reservations,
    reserved_prefixes,
)


def test_name_servers_of_both_versions_are_reserved() -> None:
    assert reserved_prefixes([], ["192.168.1.53", "fd00::53", "fe80::1%eth0"]) == (
        Reservation(ip_network("192.168.1.53/32"), NAME_SERVER),
        Reservation(ip_network("fd00::53/128"), NAME_SERVER),
        Reservation(ip_network("fe80::1/128"), NAME_SERVER),
    )


@pytest.mark.parametrize(
    ("prefix", "scope"),
    [
        ("0.0.0.0/0", "link"),
        ("0.0.0.0/1", "link"),
        ("10.0.0.0/8", "universe"),
        ("fd00::/64", "link"),
    ],
)
def test_routes_that_say_nothing_of_who_is_where_reserve_nothing(prefix: str, scope: str) -> None:
    assert reserved_prefixes([(ip_network(prefix), scope)], ["not an address", ""]) == ()


def test_a_prefix_is_reserved_once() -> None:
    route = (ip_network("10.0.0.53/32"), "link")
    assert reserved_prefixes([route, route], ["10.0.0.53"]) == (
        Reservation(ip_network("10.0.0.53/32"), ON_LINK),
    )


prefixes = st.builds(
    prefix_at, st.just(4), st.integers(0, 15).map(lambda n: n << 28), st.integers(0, 8)
)


@given(st.lists(prefixes), prefixes)
def test_a_reservation_in_the_way_is_found(reserved: list[Prefix], wanted: Prefix) -> None:
    found = Reservations(4, map(Reservation, reserved)).blocking(wanted)
    in_the_way = [prefix for prefix in reserved if prefix.overlaps(wanted)]
    if found is None:
        assert not in_the_way
    else:
        assert found.prefix in in_the_way
        assert max(map(last, in_the_way)) == last(found.prefix)


def last(prefix: Prefix) -> int:
    return int(prefix.broadcast_address)
