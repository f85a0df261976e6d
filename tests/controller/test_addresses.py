"""Addresses: held while used, and left to rest afterwards."""

import pytest

from mooring.controller.addresses import Addresses
from mooring.ipam.allocator import Allocator
from mooring.ipam.error import AddressesExhaustedError, AddressInUseError, PoolOverlapError
from mooring.linux.rtnetlink import RouteInfo
from mooring.model.endpoint import Endpoint, EndpointRequest
from mooring.model.error import InvalidArgumentError
from mooring.model.network import AddressPool, Network, NetworkRequest

NETWORK = Network(id="n", name="app", driver="bridge", created="")
ENDPOINT = Endpoint(id="e", network_id="n", sandbox_id="s")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def addresses(clock: Clock) -> Addresses:
    return Addresses(Allocator(), clock, tuple)


def ask(ipv4: str = "", ipv6: str = "") -> EndpointRequest:
    return EndpointRequest(network="app", ipv4=ipv4, ipv6=ipv6)


def lease(addresses: Addresses, *pools: AddressPool, network: Network = NETWORK) -> Network:
    return addresses.lease_pools(network, pools, [])


def test_the_gateway_is_the_first_address_and_endpoints_follow(addresses: Addresses) -> None:
    network = lease(addresses)
    assert network.pools == (AddressPool(subnet="172.17.0.0/16", gateway="172.17.0.1"),)
    first = addresses.take(network, ENDPOINT, ask())
    assert (first.ipv4, first.gateway4) == ("172.17.0.2/16", "172.17.0.1")


def test_a_subnet_that_the_machine_is_attached_to_is_not_chosen(addresses: Addresses) -> None:
    route = RouteInfo(destination="172.17.0.0/24", gateway="", interface=2, on_link=True)
    network = addresses.lease_pools(NETWORK, [], [route])
    assert network.pools[0].subnet == "172.18.0.0/16"


def test_auxiliary_addresses_are_never_given_out(addresses: Addresses) -> None:
    network = lease(
        addresses,
        AddressPool(subnet="10.1.0.0/29", aux_addresses={"printer": "10.1.0.1", "nas": "10.1.0.3"}),
    )
    assert network.pools[0].gateway == "10.1.0.2"
    taken = [addresses.take(network, ENDPOINT, ask()).ipv4 for _ in range(3)]
    assert taken == ["10.1.0.4/29", "10.1.0.5/29", "10.1.0.6/29"]
    with pytest.raises(AddressesExhaustedError):
        addresses.take(network, ENDPOINT, ask())


def test_a_freed_address_rests_before_it_is_given_out_again(
    addresses: Addresses, clock: Clock
) -> None:
    network = lease(addresses)
    first = addresses.take(network, ENDPOINT, ask())
    addresses.give_back(network, first)
    assert addresses.take(network, ENDPOINT, ask()).ipv4 == "172.17.0.3/16"
    clock.now += 31
    assert addresses.take(network, ENDPOINT, ask()).ipv4 == "172.17.0.2/16"


def test_when_nothing_else_is_left_the_longest_rested_address_is_given_out(
    addresses: Addresses, clock: Clock
) -> None:
    network = lease(addresses, AddressPool(subnet="10.1.0.0/29"))
    taken = [addresses.take(network, ENDPOINT, ask()) for _ in range(5)]
    for endpoint in (taken[3], taken[1]):
        addresses.give_back(network, endpoint)
        clock.now += 1
    assert addresses.take(network, ENDPOINT, ask()).ipv4 == taken[3].ipv4
    assert addresses.take(network, ENDPOINT, ask()).ipv4 == taken[1].ipv4
    with pytest.raises(AddressesExhaustedError):
        addresses.take(network, ENDPOINT, ask())


def test_a_resting_address_can_be_had_by_asking_for_it(addresses: Addresses) -> None:
    network = lease(addresses)
    first = addresses.take(network, ENDPOINT, ask("172.17.0.9"))
    with pytest.raises(AddressInUseError):
        addresses.take(network, ENDPOINT, ask("172.17.0.9"))
    addresses.give_back(network, first)
    assert addresses.take(network, ENDPOINT, ask("172.17.0.9")).ipv4 == "172.17.0.9/16"


def test_an_endpoint_has_an_address_of_each_family_or_none_is_held(addresses: Addresses) -> None:
    dual = Network(id="n", name="app", driver="bridge", created="", enable_ipv6=True)
    network = lease(
        addresses,
        AddressPool(subnet="10.1.0.0/24"),
        AddressPool(subnet="fd00:1::/64"),
        network=dual,
    )
    endpoint = addresses.take(network, ENDPOINT, ask(ipv6="fd00:1::9"))
    assert (endpoint.ipv4, endpoint.ipv6) == ("10.1.0.2/24", "fd00:1::9/64")
    assert endpoint.gateway6 == "fd00:1::1"
    with pytest.raises(AddressInUseError):
        addresses.take(network, ENDPOINT, ask("10.1.0.7", "fd00:1::9"))
    assert addresses.take(network, ENDPOINT, ask("10.1.0.7")).ipv4 == "10.1.0.7/24"


def test_an_internal_network_leads_nowhere(addresses: Addresses) -> None:
    inside = Network(id="n", name="app", driver="bridge", created="", internal=True)
    endpoint = addresses.take(lease(addresses, network=inside), ENDPOINT, ask())
    assert endpoint.gateway4 == ""


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (ask("192.0.2.1"), "192.0.2.1 is not in the network app; choose an address of 172.17"),
        (ask("one"), "'one' is no IP address"),
        (ask(ipv6="fd00::1"), "the network app has no IPv6"),
    ],
)
def test_an_address_that_cannot_be_had_is_named_with_what_can(
    addresses: Addresses, request_: EndpointRequest, said: str
) -> None:
    network = lease(addresses)
    with pytest.raises(InvalidArgumentError, match=said):
        addresses.take(network, ENDPOINT, request_)


def test_what_a_network_held_is_held_again_after_a_restart(addresses: Addresses) -> None:
    network = lease(addresses, AddressPool(subnet="10.1.0.0/24", ip_range="10.1.0.128/25"))
    endpoint = addresses.take(network, ENDPOINT, ask())
    again = Addresses(Allocator(), Clock(), tuple)
    again.reclaim_pools(network)
    again.reclaim(network, endpoint)
    with pytest.raises(AddressInUseError):
        again.take(network, ENDPOINT, ask(endpoint.ipv4.partition("/")[0]))
    assert again.take(network, ENDPOINT, ask()).ipv4 != endpoint.ipv4


@pytest.mark.parametrize("subnet", ["172.17.0.0/16", "172.17.5.0/24", "172.16.0.0/12"])
def test_two_networks_never_share_addresses_not_even_by_naming_a_range(
    addresses: Addresses, subnet: str
) -> None:
    lease(addresses)
    with pytest.raises(PoolOverlapError, match=r"Pool overlaps .* 172\.17\.0\.0/16"):
        lease(addresses, AddressPool(subnet=subnet))
    with pytest.raises(PoolOverlapError):
        lease(addresses, AddressPool(subnet=subnet, ip_range=subnet))
    assert lease(addresses).pools[0].subnet == "172.18.0.0/16", "nothing else was held by it"


def test_a_request_for_no_family_at_all_is_refused(addresses: Addresses) -> None:
    with pytest.raises(InvalidArgumentError, match="neither IPv4 nor IPv6"):
        addresses.check(NetworkRequest(name="app", enable_ipv4=False))


def test_an_address_is_inherited_if_somebody_may_have_had_it_before(
    addresses: Addresses, clock: Clock
) -> None:
    network = lease(addresses)
    first, second = (addresses.take(network, ENDPOINT, ask()) for _ in range(2))
    assert not first.inherited
    assert not second.inherited
    addresses.give_back(network, second)
    assert not addresses.take(network, ENDPOINT, ask()).inherited
    clock.now += 3600
    reused = addresses.take(network, ENDPOINT, ask())
    assert (reused.ipv4, reused.inherited) == (second.ipv4, True)


def test_after_a_restart_every_address_may_have_been_somebodys(addresses: Addresses) -> None:
    network = lease(addresses, AddressPool(subnet="10.1.0.0/24"))
    again = Addresses(Allocator(), Clock(), tuple)
    again.reclaim_pools(network)
    assert again.take(network, ENDPOINT, ask("10.1.0.254")).inherited
