"""From what is asked to what is bound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.model.error import InvalidArgumentError
from mooring.model.port import PortRequest
from mooring.ports.binding import bindings, wanted

WEB = PortRequest(container_port=80)


def test_without_an_address_a_port_is_bound_for_every_family_of_the_sandbox() -> None:
    for families, addresses in (
        ({4}, ["0.0.0.0"]),
        ({6}, ["::"]),
        ({4, 6}, ["0.0.0.0", "::"]),
        (set[int](), None),
    ):
        found = bindings([WEB], families)
        assert [[a for a, _ in b.places] for b in found] == ([addresses] if addresses else [])


def test_requests_that_differ_by_their_address_alone_share_a_port() -> None:
    asked = [
        PortRequest(container_port=80, host_ip=address) for address in ("127.0.0.1", "192.0.2.1")
    ]
    (binding,) = bindings(asked, {4})
    assert [address for address, _ in binding.places] == ["127.0.0.1", "192.0.2.1"]


def test_every_exposed_port_that_is_not_published_yet_is_with_publish_all() -> None:
    exposed = [(80, "tcp"), (53, "udp")]
    chosen = PortRequest(container_port=80, host_port=8080)
    dns = PortRequest(container_port=53, protocol="udp")
    assert wanted([chosen], exposed, publish_all=True) == (chosen, dns)
    assert wanted([chosen], exposed, publish_all=False) == (chosen,)
    assert wanted([WEB, WEB], (), publish_all=False) == (WEB,)


def test_more_ports_than_a_sandbox_can_have_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="4096 are the most"):
        wanted([PortRequest(container_port=n) for n in range(1, 5000)], (), publish_all=False)


REQUESTS = st.builds(
    PortRequest,
    container_port=st.integers(1, 4),
    protocol=st.sampled_from(["tcp", "udp", "sctp"]),
    host_ip=st.sampled_from(["", "0.0.0.0", "127.0.0.1", "::", "2001:db8::1"]),
    host_port=st.sampled_from([0, 8080]),
    host_port_end=st.just(0),
)


@given(st.lists(REQUESTS, max_size=12))
def test_every_request_is_bound_once_for_each_family_that_it_means(
    asked: list[PortRequest],
) -> None:
    requests = wanted(asked, (), publish_all=False)
    found = bindings(requests, {4, 6})
    places = [place for binding in found for place in binding.places]
    assert len(places) == sum(1 if request.host_ip else 2 for request in set(asked))
    assert {request for _, request in places} == set(asked)
    assert found == bindings(reversed(requests), {4, 6})
    exact = [bool(binding.start) for binding in found]
    assert exact == sorted(exact, reverse=True)
