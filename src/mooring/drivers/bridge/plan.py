"""Plans of the bridge driver: a bridge for each network, a veth pair for each endpoint. Pure."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from mooring.controller.driver import DriverSettings
from mooring.drivers.bridge import firewall, options
from mooring.linux.operation import (
    AddAddress,
    Announce,
    AwaitRunning,
    CreateBridge,
    CreateVeth,
    ForgetAddresses,
    ForgetPort,
    Operation,
    Plan,
    SetHairpin,
    SetSysctl,
    SetUp,
)
from mooring.model.endpoint import Endpoint
from mooring.model.network import Network
from mooring.model.port import Publication
from mooring.model.sandbox import Sandbox


def plan_network(network: Network, settings: DriverSettings = DriverSettings()) -> Plan:  # noqa: B008
    """A bridge with the gateways' addresses, forwarding, and the network's firewall elements.

    A bridge that was there before us keeps its settings, but that it is up and has the addresses.
    """
    chosen = options.read(network)
    bridge = chosen.bridge
    ipv6 = "0" if network.enable_ipv6 else "1"
    operations: list[Operation] = [
        CreateBridge(bridge, _mac(network.id), chosen.mtu, keep=network.adopted)
    ]
    if not network.adopted:
        operations.append(SetSysctl(f"net/ipv6/conf/{bridge}/accept_ra", "0"))
    if network.enable_ipv6 or not network.adopted:
        operations.append(SetSysctl(f"net/ipv6/conf/{bridge}/disable_ipv6", ipv6))
    for pool in network.pools:
        subnet = ip_network(pool.subnet)
        if pool.gateway and not (subnet.version == 4 and chosen.inhibit_ipv4):
            operations.append(AddAddress(bridge, f"{pool.gateway}/{subnet.prefixlen}"))
    if (elements := firewall.elements(network, settings)).elements:
        operations.append(elements)
    if settings.forwarding and not network.internal:
        if network.enable_ipv4:
            operations.append(SetSysctl("net/ipv4/ip_forward", "1"))
        if network.enable_ipv6:
            operations.append(SetSysctl("net/ipv6/conf/all/forwarding", "1"))
    return tuple(operations)


def plan_join(network: Network, endpoint: Endpoint, sandbox: Sandbox) -> Plan:
    """A veth pair between the bridge and the sandbox, with the endpoint's addresses inside.

    Addresses that somebody had before are announced when every link on the way sends what it is
    given. Others are not, since the kernel tells everyone on the bridge, one after the other.
    """
    chosen = options.read(network)
    inside = sandbox.netns
    operations: list[Operation] = [
        CreateVeth(
            host=endpoint.host_interface,
            bridge=chosen.bridge,
            peer=endpoint.interface,
            namespace=inside,
            mac=endpoint.mac,
            mtu=chosen.mtu,
        )
    ]
    if not sandbox.owned:
        kinds = ("ipv4", "arp_notify"), ("ipv6", "ndisc_notify")
        operations += [
            SetSysctl(f"net/{family}/conf/{endpoint.interface}/{key}", "1", inside)
            for family, key in kinds
        ]
    if not endpoint.ipv6:
        key = f"net/ipv6/conf/{endpoint.interface}/disable_ipv6"
        operations.append(SetSysctl(key, "1", inside))
    operations += [
        AddAddress(endpoint.interface, address, inside)
        for address in (endpoint.ipv4, endpoint.ipv6)
        if address
    ]
    operations += [
        SetUp(endpoint.interface, inside),
        SetUp(endpoint.host_interface),
        AwaitRunning(endpoint.interface, inside),
        AwaitRunning(endpoint.host_interface),
        AwaitRunning(chosen.bridge),
    ]
    if endpoint.inherited:
        operations.append(Announce(endpoint.interface, endpoint.mac, inside))
    return tuple(operations)


def plan_publish(publication: Publication) -> Plan:
    """The firewall's elements, and what makes the ports reachable from the host's loopback and from
    the sandbox itself.

    UDP flows that are under way are forgotten after the elements have come, and again, on the way
    back, after they have gone: until then packets could begin one that goes the old way.
    """
    udp = [port for port in publication.ports if port.protocol == "udp"]
    forgotten = [ForgetPort(port.host_ip, port.host_port) for port in udp]
    operations: list[Operation] = [SetHairpin(publication.endpoint.host_interface)]
    if any(ip_address(port.host_ip).version == 4 for port in publication.ports):
        bridge = options.read(publication.network).bridge
        operations.append(SetSysctl(f"net/ipv4/conf/{bridge}/route_localnet", "1"))
    return (*operations, *forgotten, firewall.port_elements(publication), *forgotten)


def plan_forget(network: Network, endpoints: Sequence[Endpoint]) -> Plan:
    """No flow and no neighbour of the host may still mean an endpoint that left."""
    addresses = tuple(
        address.partition("/")[0]
        for endpoint in endpoints
        for address in (endpoint.ipv4, endpoint.ipv6)
        if address
    )
    return (ForgetAddresses(options.read(network).bridge, addresses),)


def _mac(identity: str) -> str:
    """A locally administered address that is the same whenever the plan is made again."""
    return ":".join(["02", *(identity[at : at + 2] for at in range(0, 10, 2))])
