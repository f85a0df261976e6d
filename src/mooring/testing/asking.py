"""Asking a sandbox's resolver from inside the sandbox."""

import socket
from typing import Final

import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from mooring.linux import netns

_ADDRESS: Final = "127.0.0.11"
_SECONDS: Final = 5.0


def ask(namespace: str, name: str, rtype: str = "A") -> dns.message.Message:
    """The reply to one question over UDP, with EDNS."""
    query = dns.message.make_query(name, rtype, use_edns=0)
    with netns.inside(namespace):
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with client:
        client.setblocking(False)
        return dns.query.udp(query, _ADDRESS, timeout=_SECONDS, sock=client)


def answers(namespace: str, name: str, rtype: str = "A") -> list[str]:
    """The texts of the records in the answer, sorted."""
    reply = ask(namespace, name, rtype)
    return sorted(item.to_text() for rrset in reply.answer for item in rrset)


def verdict(namespace: str, name: str, rtype: str = "A") -> tuple[str, str]:
    """The rcode, and the text of an Extended DNS Error if there is one."""
    reply = ask(namespace, name, rtype)
    texts = [option.to_text() for option in reply.options]
    return dns.rcode.to_text(reply.rcode()), " ".join(texts)
