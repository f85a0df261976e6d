"""Cases about what is set up on the machine: compared by meaning, since ours are other words."""

import re
from typing import Final

from mooring.drivers.bridge import options
from mooring.drivers.bridge.plan import plan_network
from mooring.ipam.request import problems
from mooring.linux import resolver
from mooring.linux.operation import AddAddress, AddElements, CreateBridge, Operation, SetSysctl
from mooring.model.error import InvalidArgumentError
from mooring.model.network import AddressPool, Network
from mooring.testing.cases.case import Case
from mooring.testing.cases.outcome import Differs, Mismatch, NotApplicable, same

_ADDRESS: Final = "127.0.0.11"
_PORTS: Final = {"UDP_PORT": 40053, "TCP_PORT": 41053}
_HOOKS: Final = {"nat output dstnat": "nat hook output", "nat postrouting srcnat": "nat hook post"}

_FIREWALL_FIRST: Final = Differs(
    "a bridge is up as soon as it is made, with nobody on it, and forwarding is turned on last, "
    "when the firewall stands"
)


def resolver_rules(case: Case, _group: Case) -> None:
    """The rules that lead port 53 of a sandbox to its resolver."""
    if case["backend"] != "nftables":
        raise NotApplicable(
            "never: rules are nftables; which packets arrive is tested with packets"
        )
    ours = _normal(resolver.rules(_ADDRESS, *_PORTS.values()))
    for rule in case["rules"]:
        for word, port in _PORTS.items():
            rule = rule.replace(word, str(port))
        if _normal(rule.replace("to :", f"to {_ADDRESS}:")) not in ours:
            raise Mismatch(f"there is no rule that means {rule!r}")
    for chain in case["chains"].values():
        if _HOOKS.get(chain, chain) not in ours:
            raise Mismatch(f"there is no chain for {chain!r}")
    if not case["table"].startswith("ip "):
        raise Mismatch(f"our table is {resolver.TABLE!r}, expected one like {case['table']!r}")


def bridge_settings(case: Case, _group: Case) -> None:
    """Whether a bridge can have these settings."""
    found = []
    gateways = {key: case[key] for key in case if "gateway" in key and case[key]}
    for family in ("ipv4", "ipv6"):
        aux = {key: text for key, text in gateways.items() if (":" in text) == (family == "ipv6")}
        if case.get(family) or aux:
            pool = AddressPool(subnet=case.get(family) or "", aux_addresses=aux)
            found += problems([pool], enable_ipv6=True)
    if "mtu" in case:
        try:
            options.parse({options.MTU: str(case["mtu"])}, "bridge")
        except InvalidArgumentError as error:
            found.append(str(error))
    same(not found, case["ok"], f"whether these can be had ({'; '.join(found)})")


def bridge_queue(case: Case, _group: Case) -> Differs:
    """The order in which a bridge is set up: of the steps that exist here, ours in their order."""
    if case["version"] != "current":
        raise NotApplicable("never: this is the queue of a release that nobody runs any more")
    plan = plan_network(
        Network(
            id="0" * 64,
            name="app",
            driver="bridge",
            created="",
            enable_ipv6=True,
            pools=(
                AddressPool(subnet="172.30.0.0/16", gateway="172.30.0.1"),
                AddressPool(subnet="fd00::/64", gateway="fd00::1"),
            ),
        )
    )
    wanted = [name for name, _ in case["steps"] if name in _ORDERED]
    found = list(dict.fromkeys(step for operation in plan if (step := _step(operation))))
    if [step for step in found if step in _ORDERED] != wanted:
        raise Mismatch(f"the steps are {found}, expected {wanted}")
    if found.index("addfirewallerNetwork") > found.index("setupIPv4Forwarding"):
        raise Mismatch("something is forwarded before the firewall stands")
    return _FIREWALL_FIRST


_ORDERED: Final = (
    "setupDevice",
    "setupBridgeIPv4",
    "setupBridgeIPv6",
    "setupIPv4Forwarding",
    "setupIPv6Forwarding",
)
"""Steps that ours have too, in the same order."""


def _step(operation: Operation) -> str:
    """The name that the step has elsewhere."""
    match operation:
        case CreateBridge():
            return "setupDevice"
        case AddAddress(address=address):
            return "setupBridgeIPv6" if ":" in address else "setupBridgeIPv4"
        case AddElements():
            return "addfirewallerNetwork"
        case SetSysctl(key="net/ipv4/ip_forward"):
            return "setupIPv4Forwarding"
        case SetSysctl(key="net/ipv6/conf/all/forwarding"):
            return "setupIPv6Forwarding"
        case _:
            return ""


def _normal(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace(" counter ", " ")).strip()
