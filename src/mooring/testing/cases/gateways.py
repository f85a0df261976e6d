"""Cases about the order of a sandbox's endpoints, and which of them is its way out."""

from typing import Final

from mooring.controller.gateway import in_order, plan_default_routes
from mooring.linux.operation import SetDefaultRoute
from mooring.model.endpoint import Endpoint
from mooring.model.network import Network
from mooring.model.sandbox import Sandbox
from mooring.testing.cases.case import Case
from mooring.testing.cases.outcome import same

_GATEWAYS: Final = {"ipv4": "192.0.2.1", "ipv6": "2001:db8::1"}
_LEAVING: Final = "after_leave_"


def order(case: Case, _group: Case) -> None:
    """Who comes first, and who does when the first ones leave one after the other."""
    networks: dict[str, Network] = {}
    endpoints: list[Endpoint] = []
    for each in case.cases("endpoints"):
        name = each.get("net") or each["id"]
        internal = bool(each.get("internal"))
        networks[name] = Network(id=name, name=name, driver="bridge", created="", internal=internal)
        gateways = {
            family: address
            for family, address in _GATEWAYS.items()
            if each.get(family) and not internal
        }
        endpoints.append(
            Endpoint(
                id=each["id"],
                network_id=name,
                sandbox_id="sandbox",
                interface=each["id"],
                gateway4=gateways.get("ipv4", ""),
                gateway6=gateways.get("ipv6", ""),
                priority=each.get("prio") or 0,
            )
        )
    ordered = in_order(endpoints, networks)
    if "expect_first" in case:
        same(_first(ordered), case["expect_first"], "the first")
    if "expect_order" in case:
        same([endpoint.id for endpoint in ordered], case["expect_order"], "the order")
    _gateways(case, ordered)
    gone: set[str] = set()
    for key in [key for key in case if key.startswith(_LEAVING)]:
        gone.add(key.removeprefix(_LEAVING).removesuffix("_first"))
        left = in_order([each for each in endpoints if each.id not in gone], networks)
        found = [each.id for each in left] if isinstance(case[key], list) else _first(left)
        same(found, case[key], key.replace("_", " "))


def _gateways(case: Case, ordered: list[Endpoint]) -> None:
    sandbox = Sandbox(id="sandbox", name="s", created="", netns="/n", owned=True, directory="/d")
    routes = plan_default_routes(sandbox, ordered)
    by_gateway = {
        route.gateway: route.interface for route in routes if isinstance(route, SetDefaultRoute)
    }
    for key, family in (("expect_gateway4", "ipv4"), ("expect_gateway6", "ipv6")):
        if key in case:
            same(by_gateway.get(_GATEWAYS[family]), case[key] or None, key.replace("_", " "))


def _first(ordered: list[Endpoint]) -> str | None:
    return ordered[0].id if ordered else None
