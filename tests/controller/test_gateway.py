"""Which endpoint comes first: libnetwork's order, and the default routes that follow from it."""

from mooring.controller.gateway import in_order, plan_default_routes
from mooring.linux.operation import SetDefaultRoute
from mooring.model.endpoint import Endpoint
from mooring.model.network import Network
from mooring.model.sandbox import Sandbox

SANDBOX = Sandbox(id="s", name="s", created="", netns="/n", owned=True, directory="/d")


def made(*described: tuple[str, str, str, int]) -> tuple[list[Endpoint], dict[str, Network]]:
    """Endpoints from (id, network, families and flags, priority); ``4``, ``6``, ``i`` internal."""
    endpoints, networks = [], {}
    for identity, name, flags, priority in described:
        networks[name] = Network(
            id=name, name=name, driver="bridge", created="", internal="i" in flags
        )
        endpoints.append(
            Endpoint(
                id=identity,
                network_id=name,
                sandbox_id="s",
                interface=identity,
                gateway4="192.0.2.1" if "4" in flags else "",
                gateway6="2001:db8::1" if "6" in flags else "",
                priority=priority,
            )
        )
    return endpoints, networks


def order(endpoints: list[Endpoint], networks: dict[str, Network]) -> list[str]:
    return [endpoint.id for endpoint in in_order(endpoints, networks)]


def test_a_higher_priority_comes_first_even_if_internal_or_without_gateways() -> None:
    endpoints, networks = made(
        ("ep1", "net_0", "46", 1), ("ep2", "net_1", "i", 2), ("ep3", "net_2", "", 3)
    )
    assert order(endpoints, networks) == ["ep3", "ep2", "ep1"]
    assert order(endpoints[:2], networks) == ["ep2", "ep1"]


def test_with_equal_priority_more_gateway_families_then_the_name_and_internal_ones_last() -> None:
    endpoints, networks = made(
        ("one", "net_1", "4", 0),
        ("dual", "net_2", "46", 0),
        ("inside", "net_3", "i", 0),
        ("zero", "net_0", "4", 0),
    )
    assert order(endpoints, networks) == ["dual", "zero", "one", "inside"]
    assert order([e for e in endpoints if e.id != "dual"], networks)[0] == "zero"


def test_each_family_takes_its_gateway_from_the_first_endpoint_that_has_one() -> None:
    endpoints, networks = made(("dual", "net_a", "46", 0), ("v4", "net_b", "4", 1000))
    assert plan_default_routes(SANDBOX, in_order(endpoints, networks)) == (
        SetDefaultRoute("v4", "192.0.2.1", "/n"),
        SetDefaultRoute("dual", "2001:db8::1", "/n"),
    )


def test_without_gateways_there_is_no_default_route() -> None:
    endpoints, networks = made(("inside", "net_3", "i", 0))
    assert plan_default_routes(SANDBOX, in_order(endpoints, networks)) == ()
