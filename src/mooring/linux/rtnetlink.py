"""Links, addresses, routes and neighbours as rtnetlink messages. Pure: values in, bytes out.

Fixed parts, as in ``linux/rtnetlink.h``, ``if_link.h``, ``if_addr.h`` and ``neighbour.h``::

    struct ifinfomsg { __u8 family, pad; __u16 type; __s32 index; __u32 flags, change; };
    struct ifaddrmsg { __u8 family, prefixlen, flags, scope; __u32 index; };
    struct rtmsg     { __u8 family, dst_len, src_len, tos, table, protocol, scope, type;
                       __u32 flags; };
    struct ndmsg     { __u8 family, pad1; __u16 pad2; __s32 index; __u16 state; __u8 flags, type; };
"""

import socket
import struct
import sys
from ipaddress import IPv4Interface, IPv6Interface, ip_address, ip_interface
from typing import Final, TypeAlias

import msgspec

from mooring.linux.netlink import (
    CREATE,
    EXCLUSIVE,
    REPLACE,
    Message,
    attribute,
    attributes,
    number32,
    text,
)

Interface: TypeAlias = IPv4Interface | IPv6Interface
"""An address with prefix length, as a link has it."""

_NEWLINK: Final = 16
_DELLINK: Final = 17
_GETLINK: Final = 18
_SETLINK: Final = 19
_NEWADDR: Final = 20
_GETADDR: Final = 22
_NEWROUTE: Final = 24
_GETROUTE: Final = 26
_DELNEIGH: Final = 29

_LINK: Final = struct.Struct("=BBHiII")
_ADDRESS: Final = struct.Struct("=BBBBI")
_ROUTE: Final = struct.Struct("=BBBBBBBBI")
_NEIGHBOUR: Final = struct.Struct("=BBHiHBB")

_UP: Final = 1
_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_MASTER = 1, 3, 4, 10
_IFLA_OPERSTATE, _IFLA_LINKINFO, _IFLA_NET_NS_FD = 16, 18, 28
_INFO_SLAVE_DATA: Final = 5
_INFO_SLAVE_KIND: Final = 4
_BRIDGE_PORT_STATE, _BRIDGE_PORT_HAIRPIN = 1, 4
_FORWARDING: Final = b"\x03"
_OPERATING: Final = b"\x06"
_INFO_KIND, _INFO_DATA = 1, 2
_VETH_PEER: Final = 1
_BRIDGE_FORWARD_DELAY: Final = 1
_IFA_ADDRESS, _IFA_LOCAL, _IFA_FLAGS = 1, 2, 8
_IFA_NO_DAD: Final = 0x02
_IFA_PERMANENT: Final = 0x80
_RTA_DST, _RTA_OIF, _RTA_GATEWAY = 1, 4, 5
_TABLE_MAIN: Final = 254
_PROTOCOL_BOOT: Final = 3
_SCOPE_UNIVERSE, _SCOPE_LINK = 0, 253
_UNICAST: Final = 1
_NDA_DST: Final = 1


class LinkInfo(msgspec.Struct, frozen=True):
    """What the kernel says of a link. ``master`` is an index, 0 for none."""

    index: int
    name: str
    mac: str
    mtu: int
    master: int
    kind: str
    up: bool
    running: bool
    """Whether the kernel has noticed its carrier and sends what it is given (RFC 2863), and the
    bridge, if it is a port of one, forwards to it and from it."""


class RouteInfo(msgspec.Struct, frozen=True):
    """A route of the main table. ``destination`` is empty for a default route."""

    destination: str
    gateway: str
    interface: int
    on_link: bool


def mac_bytes(mac: str) -> bytes:
    """The six octets of ``02:42:…``."""
    return bytes.fromhex(mac.replace(":", ""))


def create_bridge(name: str, mac: str, mtu: int) -> Message:
    """A bridge that forwards at once (no spanning tree, no forward delay), up."""
    data = attribute(_INFO_DATA, number32(_BRIDGE_FORWARD_DELAY, 0))
    return _new_link(name, "bridge", data, mac=mac, mtu=mtu)


def create_veth(
    name: str, peer: str, *, namespace: int, master: int, mac: str, mtu: int
) -> Message:
    """A veth pair, down: ``name`` here, a port of the bridge with index ``master``; ``peer`` with
    address ``mac`` in the namespace of the open file ``namespace``."""
    inside = _LINK.pack(0, 0, 0, 0, 0, 0) + text(_IFLA_IFNAME, peer)
    inside += number32(_IFLA_NET_NS_FD, namespace) + attribute(_IFLA_ADDRESS, mac_bytes(mac))
    if mtu:
        inside += number32(_IFLA_MTU, mtu)
    data = attribute(_INFO_DATA, attribute(_VETH_PEER, inside))
    return _new_link(name, "veth", data, mtu=mtu, master=master, up=False)


def _new_link(
    name: str,
    kind: str,
    data: bytes,
    *,
    mac: str = "",
    mtu: int = 0,
    master: int = 0,
    up: bool = True,
) -> Message:
    flags = _UP if up else 0
    body = _LINK.pack(0, 0, 0, 0, flags, flags) + text(_IFLA_IFNAME, name)
    if mac:
        body += attribute(_IFLA_ADDRESS, mac_bytes(mac))
    if mtu:
        body += number32(_IFLA_MTU, mtu)
    if master:
        body += number32(_IFLA_MASTER, master)
    body += attribute(_IFLA_LINKINFO, text(_INFO_KIND, kind) + data)
    return Message(_NEWLINK, CREATE | EXCLUSIVE, body)


def set_up(index: int) -> Message:
    """Bring a link up."""
    return Message(_SETLINK, 0, _LINK.pack(0, 0, 0, index, _UP, _UP))


def set_mac(index: int, mac: str) -> Message:
    """Give a link a hardware address. The same one again makes the kernel announce its addresses,
    where ``arp_notify`` and ``ndisc_notify`` are on."""
    body = _LINK.pack(0, 0, 0, index, 0, 0) + attribute(_IFLA_ADDRESS, mac_bytes(mac))
    return Message(_SETLINK, 0, body)


def set_master(index: int, master: int) -> Message:
    """Make a link a port of the bridge with index ``master``."""
    return Message(_SETLINK, 0, _LINK.pack(0, 0, 0, index, 0, 0) + number32(_IFLA_MASTER, master))


def set_hairpin(index: int) -> Message:
    """Let a port of a bridge send packets back to where they came from."""
    port = text(_INFO_SLAVE_KIND, "bridge")
    port += attribute(_INFO_SLAVE_DATA, attribute(_BRIDGE_PORT_HAIRPIN, b"\x01"))
    body = _LINK.pack(0, 0, 0, index, 0, 0) + attribute(_IFLA_LINKINFO, port)
    return Message(_NEWLINK, 0, body)


def delete_link(name: str) -> Message:
    """Delete a link, and with it its addresses, routes, and a veth's peer."""
    return Message(_DELLINK, 0, _LINK.pack(0, 0, 0, 0, 0, 0) + text(_IFLA_IFNAME, name))


def get_link(name: str) -> Message:
    """Ask for one link by name."""
    return Message(_GETLINK, 0, _LINK.pack(0, 0, 0, 0, 0, 0) + text(_IFLA_IFNAME, name))


LIST_LINKS: Final = Message(_GETLINK, 0, _LINK.pack(0, 0, 0, 0, 0, 0))
LIST_ADDRESSES: Final = Message(_GETADDR, 0, _ADDRESS.pack(0, 0, 0, 0, 0))
LIST_ROUTES: Final = Message(_GETROUTE, 0, _ROUTE.pack(0, 0, 0, 0, 0, 0, 0, 0, 0))


def parse_link(body: bytes) -> LinkInfo:
    """A link from the body of an RTM_NEWLINK."""
    _, _, _, index, flags, _ = _LINK.unpack_from(body)
    found = attributes(body, _LINK.size)
    info = attributes(found.get(_IFLA_LINKINFO, b""), 0)
    state = attributes(info.get(_INFO_SLAVE_DATA, b""), 0).get(_BRIDGE_PORT_STATE, b"")
    return LinkInfo(
        index=index,
        name=_string(found.get(_IFLA_IFNAME, b"")),
        mac=found.get(_IFLA_ADDRESS, b"").hex(":"),
        mtu=_integer(found.get(_IFLA_MTU, b"")),
        master=_integer(found.get(_IFLA_MASTER, b"")),
        kind=_string(info.get(_INFO_KIND, b"")),
        up=bool(flags & _UP),
        running=found.get(_IFLA_OPERSTATE, b"") == _OPERATING and state in (b"", _FORWARDING),
    )


def parse_index(body: bytes) -> int:
    """Only the index of a link from the body of an RTM_NEWLINK."""
    index: int = _LINK.unpack_from(body)[3]
    return index


def add_address(index: int, address: str) -> Message:
    """Give a link an address with prefix length; IPv6 without duplicate address detection."""
    value = ip_interface(address)
    family = socket.AF_INET if value.version == 4 else socket.AF_INET6
    body = _ADDRESS.pack(family, value.network.prefixlen, 0, _SCOPE_UNIVERSE, index)
    body += attribute(_IFA_LOCAL, value.ip.packed) + attribute(_IFA_ADDRESS, value.ip.packed)
    if value.version == 6:
        body += number32(_IFA_FLAGS, _IFA_NO_DAD | _IFA_PERMANENT)
    return Message(_NEWADDR, CREATE | REPLACE, body)


def add_default_route(index: int, gateway: str) -> Message:
    """The default route of the gateway's family, put in the place of one that is there."""
    via = ip_address(gateway)
    family = socket.AF_INET if via.version == 4 else socket.AF_INET6
    body = _ROUTE.pack(family, 0, 0, 0, _TABLE_MAIN, _PROTOCOL_BOOT, _SCOPE_UNIVERSE, _UNICAST, 0)
    body += attribute(_RTA_GATEWAY, via.packed) + number32(_RTA_OIF, index)
    return Message(_NEWROUTE, CREATE | REPLACE, body)


def parse_address(body: bytes) -> tuple[int, Interface]:
    """The link's index and the address from the body of an RTM_NEWADDR."""
    _, length, _, _, index = _ADDRESS.unpack_from(body)
    found = attributes(body, _ADDRESS.size)
    packed = found.get(_IFA_LOCAL) or found[_IFA_ADDRESS]
    return index, ip_interface(f"{ip_address(packed)}/{length}")


def parse_route(body: bytes) -> RouteInfo | None:
    """A unicast route of the main table from the body of an RTM_NEWROUTE; None for others."""
    _, length, _, _, table, _, scope, kind, _ = _ROUTE.unpack_from(body)
    if table != _TABLE_MAIN or kind != _UNICAST:
        return None
    found = attributes(body, _ROUTE.size)
    destination, gateway = found.get(_RTA_DST), found.get(_RTA_GATEWAY)
    return RouteInfo(
        destination=f"{ip_address(destination)}/{length}" if destination else "",
        gateway=str(ip_address(gateway)) if gateway else "",
        interface=_integer(found.get(_RTA_OIF, b"")),
        on_link=scope == _SCOPE_LINK,
    )


def delete_neighbour(index: int, address: str) -> Message:
    """Forget which hardware address an address on a link had."""
    value = ip_address(address)
    family = socket.AF_INET if value.version == 4 else socket.AF_INET6
    body = _NEIGHBOUR.pack(family, 0, 0, index, 0, 0, 0) + attribute(_NDA_DST, value.packed)
    return Message(_DELNEIGH, 0, body)


def _string(payload: bytes) -> str:
    return payload.split(b"\0", 1)[0].decode(errors="replace")


def _integer(payload: bytes) -> int:
    return int.from_bytes(payload[:4], sys.byteorder) if payload else 0
