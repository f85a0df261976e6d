"""Connection tracking: forgetting the flows of an address that is given back.

``struct nfgenmsg { __u8 family, version; __be16 resource; }`` and the attributes of
``linux/netfilter/nfnetlink_conntrack.h``. Pure but for nothing: messages only.
"""

import socket
import struct
from ipaddress import ip_address
from typing import Final

from mooring.linux.netlink import Message, attribute, number32

_DELETE: Final = (1 << 8) | 2
"""NFNL_SUBSYS_CTNETLINK and IPCTNL_MSG_CT_DELETE."""
_NESTED: Final = 0x8000
_TUPLE_ORIGINAL, _TUPLE_REPLY, _FILTER = 1, 2, 25
_TUPLE_IP: Final = 1
_SOURCE4, _DESTINATION4, _SOURCE6, _DESTINATION6 = 1, 2, 3, 4
_FILTER_ORIGINAL, _FILTER_REPLY = 1, 2
_BY_SOURCE, _BY_DESTINATION = 1, 2


def forget(address: str) -> list[Message]:
    """Requests that drop every flow from or to an address, also where it was translated to.

    The kernel filters (Linux 5.8 and newer): its answer to each is an acknowledgement.
    """
    value = ip_address(address)
    family = socket.AF_INET if value.version == 4 else socket.AF_INET6
    source, destination = (
        (_SOURCE4, _DESTINATION4) if value.version == 4 else (_SOURCE6, _DESTINATION6)
    )
    return [
        _delete(family, tuple_, field, flags_, value.packed, by)
        for tuple_, flags_ in ((_TUPLE_ORIGINAL, _FILTER_ORIGINAL), (_TUPLE_REPLY, _FILTER_REPLY))
        for field, by in ((source, _BY_SOURCE), (destination, _BY_DESTINATION))
    ]


def _delete(family: int, tuple_: int, field: int, flags_: int, packed: bytes, by: int) -> Message:
    nested = attribute(_TUPLE_IP | _NESTED, attribute(field, packed))
    body = struct.pack("=BBH", family, 1, 0)
    body += attribute(tuple_ | _NESTED, nested)
    body += attribute(_FILTER | _NESTED, number32(flags_, by))
    return Message(_DELETE, 0, body)
