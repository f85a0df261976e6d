"""What the bridge driver would do, without doing it."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from mooring.controller.driver import DriverSettings
from mooring.drivers.bridge.driver import BridgeDriver
from mooring.linux.operation import (
    AddAddress,
    AddElements,
    Announce,
    AwaitRunning,
    CreateBridge,
    CreateVeth,
    ForgetAddresses,
    ForgetPort,
    LoadRules,
    SetHairpin,
    SetSysctl,
    SetUp,
)
from mooring.model.endpoint import Endpoint
from mooring.model.error import ConflictError, InvalidArgumentError, NotSupportedError
from mooring.model.network import AddressPool, Network, NetworkRequest
from mooring.model.port import PortRequest, Publication, PublishedPort
from mooring.model.sandbox import Sandbox

IDENTITY = "0123456789abcdef" * 4
BRIDGE = "mo-0123456789ab"
TABLE = "inet mooring"

NETWORK = Network(
    id=IDENTITY,
    name="app",
    driver="bridge",
    created="",
    enable_ipv6=True,
    pools=(
        AddressPool(subnet="172.18.0.0/16", gateway="172.18.0.1"),
        AddressPool(subnet="fd00:1::/64", gateway="fd00:1::1"),
    ),
)
SANDBOX = Sandbox(id="5" * 64, name="db", created="", netns="/n/s", owned=True, directory="/d")
ENDPOINT = Endpoint(
    id="e" * 64,
    network_id=IDENTITY,
    sandbox_id=SANDBOX.id,
    ipv4="172.18.0.2/16",
    ipv6="fd00:1::2/64",
    mac="02:00:00:00:00:02",
    interface="eth0",
    host_interface="moveeeeeeeeee",
)


def network(**changes: Any) -> Network:

    return replace(NETWORK, **changes)


def test_a_network_is_a_bridge_with_its_gateways_and_the_kernel_forwarding() -> None:
    assert BridgeDriver().plan_network(NETWORK) == (
        CreateBridge(BRIDGE, "02:01:23:45:67:89", 0),
        SetSysctl(f"net/ipv6/conf/{BRIDGE}/accept_ra", "0"),
        SetSysctl(f"net/ipv6/conf/{BRIDGE}/disable_ipv6", "0"),
        AddAddress(BRIDGE, "172.18.0.1/16"),
        AddAddress(BRIDGE, "fd00:1::1/64"),
        AddElements(
            TABLE,
            (
                ("bridges", f'"{BRIDGE}"'),
                ("within", f'"{BRIDGE}" . "{BRIDGE}"'),
                ("subnets4", "172.18.0.0/16"),
                ("masquerade4", "172.18.0.0/16"),
                ("subnets6", "fd00:1::/64"),
                ("masquerade6", "fd00:1::/64"),
            ),
        ),
        SetSysctl("net/ipv4/ip_forward", "1"),
        SetSysctl("net/ipv6/conf/all/forwarding", "1"),
    )


def test_an_internal_network_is_neither_masqueraded_nor_a_reason_to_forward() -> None:
    plan = BridgeDriver().plan_network(network(internal=True, enable_ipv6=False))
    (elements,) = [step for step in plan if isinstance(step, AddElements)]
    named = [name for name, _ in elements.elements]
    assert named == ["bridges", "within", "internal", "subnets4", "subnets6"]
    assert not [s for s in plan if isinstance(s, SetSysctl) and "forward" in s.key]


def test_masquerading_can_be_turned_off() -> None:
    off = {"com.docker.network.bridge.enable_ip_masquerade": "false"}
    (elements,) = [
        step
        for step in BridgeDriver().plan_network(network(options=off))
        if isinstance(step, AddElements)
    ]
    named = [name for name, _ in elements.elements]
    assert named == ["bridges", "within", "subnets4", "subnets6"]


def test_an_ipv4_address_of_the_bridge_can_be_inhibited() -> None:
    option = {"com.docker.network.bridge.inhibit_ipv4": "true"}
    plan = BridgeDriver().plan_network(network(options=option))
    addresses = [step.address for step in plan if isinstance(step, AddAddress)]
    assert addresses == ["fd00:1::1/64"]


def test_joining_is_a_veth_pair_that_is_announced_once_every_link_on_the_way_sends() -> None:
    assert BridgeDriver().plan_join(NETWORK, ENDPOINT, SANDBOX) == (
        CreateVeth("moveeeeeeeeee", BRIDGE, "eth0", "/n/s", "02:00:00:00:00:02", 0),
        AddAddress("eth0", "172.18.0.2/16", "/n/s"),
        AddAddress("eth0", "fd00:1::2/64", "/n/s"),
        SetUp("eth0", "/n/s"),
        SetUp("moveeeeeeeeee"),
        AwaitRunning("eth0", "/n/s"),
        AwaitRunning("moveeeeeeeeee"),
        AwaitRunning(BRIDGE),
        Announce("eth0", "02:00:00:00:00:02", "/n/s"),
    )


def test_addresses_that_nobody_had_before_are_not_announced() -> None:
    plan = BridgeDriver().plan_join(NETWORK, replace(ENDPOINT, inherited=False), SANDBOX)
    assert not [step for step in plan if isinstance(step, Announce)]


def test_an_interface_without_an_ipv6_address_has_no_ipv6() -> None:

    plan = BridgeDriver().plan_join(NETWORK, replace(ENDPOINT, ipv6=""), SANDBOX)
    assert SetSysctl("net/ipv6/conf/eth0/disable_ipv6", "1", "/n/s") in plan


def test_the_mtu_goes_to_both_ends_and_the_bridge() -> None:
    small = network(options={"com.docker.network.driver.mtu": "1400"})
    (bridge,) = [s for s in BridgeDriver().plan_network(small) if isinstance(s, CreateBridge)]
    (pair,) = [
        s for s in BridgeDriver().plan_join(small, ENDPOINT, SANDBOX) if isinstance(s, CreateVeth)
    ]
    assert (bridge.mtu, pair.mtu) == (1400, 1400)


def test_leaving_makes_the_network_forget_both_addresses() -> None:
    assert BridgeDriver().plan_forget(NETWORK, [ENDPOINT]) == (
        ForgetAddresses(BRIDGE, ("172.18.0.2", "fd00:1::2")),
    )


def published(protocol: str, host_ip: str, host_port: int, container_port: int) -> PublishedPort:
    asked = PortRequest(container_port=container_port, protocol=protocol)
    return PublishedPort(
        protocol=protocol,
        host_ip=host_ip,
        host_port=host_port,
        container_port=container_port,
        asked=asked,
    )


PORTS = (
    published("tcp", "0.0.0.0", 8080, 80),
    published("tcp", "::", 8080, 80),
    published("udp", "127.0.0.1", 5353, 53),
    published("sctp", "2001:db8::1", 9000, 90),
)
PUBLICATION = Publication(NETWORK, ENDPOINT, PORTS)
PORT_ELEMENTS = (
    ("everywhere4", "tcp . 8080 : 172.18.0.2 . 80"),
    ("everywhere6", "tcp . 8080 : fd00:1::2 . 80"),
    ("closed6", "tcp . 8080"),
    ("published4", "127.0.0.1 . udp . 5353 : 172.18.0.2 . 53"),
    ("published6", "2001:db8::1 . sctp . 9000 : fd00:1::2 . 90"),
)


def test_publishing_is_elements_with_stale_udp_flows_forgotten_on_both_ways() -> None:
    assert BridgeDriver().plan_publish(PUBLICATION) == (
        SetHairpin("moveeeeeeeeee"),
        SetSysctl(f"net/ipv4/conf/{BRIDGE}/route_localnet", "1"),
        ForgetPort("127.0.0.1", 5353),
        AddElements(TABLE, PORT_ELEMENTS),
        ForgetPort("127.0.0.1", 5353),
    )


def test_ports_in_ipv6_alone_leave_the_kernel_s_ipv4_loopback_alone() -> None:
    plan = BridgeDriver().plan_publish(Publication(NETWORK, ENDPOINT, PORTS[1:2]))
    assert not [step for step in plan if isinstance(step, SetSysctl)]


def test_the_whole_table_word_for_word() -> None:
    (rules,) = BridgeDriver().plan_start([NETWORK], [PUBLICATION])
    assert isinstance(rules, LoadRules)
    assert rules.text == (Path(__file__).parent / "table.nft").read_text()


def test_the_table_holds_every_network_as_elements_and_its_chains_never_grow() -> None:
    def chains(networks: list[Network]) -> str:
        (rules,) = BridgeDriver().plan_start(networks)
        assert isinstance(rules, LoadRules)
        return rules.text[rules.text.index("chain") :]

    other = network(id="f" * 64, pools=(AddressPool(subnet="10.0.0.0/24", gateway="10.0.0.1"),))
    assert chains([]) == chains([NETWORK]) == chains([NETWORK, other])
    (rules,) = BridgeDriver().plan_start([NETWORK, other])
    assert isinstance(rules, LoadRules)
    assert f'elements = {{ "{BRIDGE}", "mo-ffffffffffff" }}' in rules.text
    assert "elements = { 172.18.0.0/16, 10.0.0.0/24 }" in rules.text


def test_a_bridge_of_one_network_is_refused_to_another() -> None:
    name = {"com.docker.network.bridge.name": "lan0"}
    request = NetworkRequest(name="b", options=name)
    with pytest.raises(ConflictError, match="the bridge lan0 belongs to the network app"):
        BridgeDriver().check(request, [network(options=name)])


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("com.docker.network.bridge.name", "a/b", "no name for a link"),
        ("com.docker.network.bridge.name", "a-name-too-long0", "no name for a link"),
        ("com.docker.network.driver.mtu", "big", "no MTU"),
        ("com.docker.network.driver.mtu", "67", "from 68 to 65535"),
        ("com.docker.network.bridge.enable_ip_masquerade", "maybe", "neither true nor false"),
        ("com.docker.network.container_iface_prefix", "0x", "cannot begin the name"),
        ("com.example.mystery", "1", "has no option 'com.example.mystery'"),
    ],
)
def test_an_option_that_makes_no_sense_is_named(option: str, value: str, said: str) -> None:
    with pytest.raises(InvalidArgumentError, match=said):
        BridgeDriver().check(NetworkRequest(name="b", options={option: value}), [])


@pytest.mark.parametrize(
    "name", ['x","eth0', "br%d", "br*", "a\0b", "a\nb", "ä0", "-x", ".", "..", "all", "default", ""]
)
def test_a_bridge_has_no_name_that_rules_paths_or_the_kernel_would_read_otherwise(
    name: str,
) -> None:
    request = NetworkRequest(name="b", options={"com.docker.network.bridge.name": name})
    with pytest.raises(InvalidArgumentError, match="no name for a link"):
        BridgeDriver().check(request, [])


def test_an_option_that_is_known_and_not_built_yet_is_refused_not_ignored() -> None:
    request = NetworkRequest(
        name="b", options={"com.docker.network.bridge.gateway_mode_ipv4": "routed"}
    )
    with pytest.raises(NotSupportedError, match="not built yet"):
        BridgeDriver().check(request, [])


def test_an_mtu_too_small_for_ipv6_is_refused_on_a_network_with_ipv6() -> None:
    small = {"com.docker.network.driver.mtu": "1000"}
    BridgeDriver().check(NetworkRequest(name="b", options=small), [])
    with pytest.raises(InvalidArgumentError, match="too small for IPv6"):
        BridgeDriver().check(NetworkRequest(name="b", options=small, enable_ipv6=True), [])


def test_a_bridge_that_was_there_before_is_kept_with_its_settings() -> None:
    plan = BridgeDriver().plan_network(network(adopted=True, enable_ipv6=False))
    assert plan[0] == CreateBridge(BRIDGE, "02:01:23:45:67:89", keep=True)
    assert not [o for o in plan if isinstance(o, SetSysctl) and BRIDGE in o.key]


def test_without_a_firewall_to_manage_there_are_no_rules() -> None:
    driver = BridgeDriver()
    driver.configure(DriverSettings(firewall4=False, firewall6=False))
    assert driver.plan_start([NETWORK]) == (LoadRules(TABLE, ""),)
    assert not [o for o in driver.plan_network(NETWORK) if isinstance(o, AddElements)]


@pytest.mark.parametrize("version", [4, 6])
def test_packets_of_a_family_that_is_left_alone_leave_every_chain_first(version: int) -> None:
    driver = BridgeDriver()
    driver.configure(DriverSettings(firewall4=version == 6, firewall6=version == 4))
    (table,) = driver.plan_start([NETWORK])
    assert isinstance(table, LoadRules)
    chains = [chain for chain in table.text.split("chain ")[1:] if " hook " in chain]
    assert len(chains) >= 6
    for chain in chains:
        assert chain.splitlines()[2].strip() == f"meta nfproto ipv{version} accept"


def test_forwarding_can_be_left_alone() -> None:
    driver = BridgeDriver()
    driver.configure(DriverSettings(forwarding=False))
    keys = [o.key for o in driver.plan_network(NETWORK) if isinstance(o, SetSysctl)]
    assert not [key for key in keys if "forward" in key]


def test_no_network_of_a_user_s_is_the_default_bridge() -> None:
    option = "com.docker.network.bridge.default_bridge"
    request = NetworkRequest(name="app", options={option: "true"})
    with pytest.raises(InvalidArgumentError, match="which the daemon makes itself"):
        BridgeDriver().check(request, [])
