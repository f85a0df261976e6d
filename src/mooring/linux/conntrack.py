"""Connection tracking: forgetting the flows of an address that is given back.

``struct nfgenmsg { __u8 family, version; __be16 resource; }`` and the attributes of
``linux/netfilter/nfnetlink_conntrack.h``. Pure: values in, bytes out.
"""

import socket
import struct
from ipaddress import ip_address
from typing import Final

from mooring.linux.netlink import Message, attribute, attributes, number32

_GET: Final = (1 << 8) | 1
_DELETE: Final = (1 << 8) | 2
"""NFNL_SUBSYS_CTNETLINK, and IPCTNL_MSG_CT_GET and IPCTNL_MSG_CT_DELETE."""
_HEADER: Final = struct.Struct("=BBH")
_NESTED: Final = 0x8000
_TUPLE_ORIGINAL, _TUPLE_REPLY, _FILTER = 1, 2, 25
_TUPLE_IP, _TUPLE_PROTOCOL = 1, 2
_SOURCE4, _SOURCE6 = 1, 3
_DESTINATION4, _DESTINATION6 = 2, 4
_PROTOCOL_NUMBER, _PROTOCOL_DESTINATION = 1, 3
_FILTER_ORIGINAL, _FILTER_REPLY = 1, 2
_BY_SOURCE: Final = 1
_BY_DESTINATION, _BY_NUMBER, _BY_DESTINATION_PORT = 1 << 1, 1 << 3, 1 << 5


LIST: Final = Message(_GET, 0, _HEADER.pack(socket.AF_UNSPEC, 0, 0))
"""Asks for every flow."""


def parse_sources(body: bytes) -> list[bytes]:
    """The packed addresses that began a flow and that answer it, as the kernel lists it."""
    flow = attributes(body, _HEADER.size)
    addresses = (
        attributes(attributes(flow.get(direction, b""), 0).get(_TUPLE_IP, b""), 0)
        for direction in (_TUPLE_ORIGINAL, _TUPLE_REPLY)
    )
    return [found.get(_SOURCE4) or found.get(_SOURCE6, b"") for found in addresses]


def forget(address: str) -> list[Message]:
    """Requests that drop every flow that an address began or answers, translated or not.

    The kernel filters (Linux 5.8 and newer): its answer to each is an acknowledgement.
    """
    value = ip_address(address)
    family, source = (
        (socket.AF_INET, _SOURCE4) if value.version == 4 else (socket.AF_INET6, _SOURCE6)
    )
    directions = ((_TUPLE_ORIGINAL, _FILTER_ORIGINAL), (_TUPLE_REPLY, _FILTER_REPLY))
    return [
        _delete(
            family,
            way,
            attribute(_TUPLE_IP | _NESTED, attribute(source, value.packed)),
            by,
            _BY_SOURCE,
        )
        for way, by in directions
    ]


def forget_port(address: str, port: int) -> Message:
    """A request that drops every UDP flow that was begun to a port of an address of the host.

    ``0.0.0.0`` and ``::`` mean any address of the family.
    """
    value = ip_address(address)
    family, destination = (
        (socket.AF_INET, _DESTINATION4) if value.version == 4 else (socket.AF_INET6, _DESTINATION6)
    )
    protocol = attribute(_PROTOCOL_NUMBER, bytes([socket.IPPROTO_UDP]))
    protocol += attribute(_PROTOCOL_DESTINATION, struct.pack("!H", port))
    described = attribute(_TUPLE_PROTOCOL | _NESTED, protocol)
    flags = _BY_NUMBER | _BY_DESTINATION_PORT
    if not value.is_unspecified:
        flags |= _BY_DESTINATION
    described = attribute(_TUPLE_IP | _NESTED, attribute(destination, value.packed)) + described
    return _delete(family, _TUPLE_ORIGINAL, described, _FILTER_ORIGINAL, flags)


def _delete(family: int, direction: int, described: bytes, filtered: int, flags: int) -> Message:
    body = _HEADER.pack(family, 1, 0)
    body += attribute(direction | _NESTED, described)
    body += attribute(_FILTER | _NESTED, number32(filtered, flags))
    return Message(_DELETE, 0, body)
