"""The numbers of the DNS that this package names (IANA's DNS parameters)."""

from enum import IntEnum
from typing import Final


class Rcode(IntEnum):
    """Response codes (RFC 1035, section 4.1.1; RFC 2136; RFC 6891)."""

    NOERROR = 0
    FORMERR = 1
    SERVFAIL = 2
    NXDOMAIN = 3
    NOTIMP = 4
    REFUSED = 5
    NOTAUTH = 9
    BADVERS = 16
    BADCOOKIE = 23


class Type(IntEnum):
    """Record and question types that are named somewhere; any other number is as good."""

    A = 1
    NS = 2
    CNAME = 5
    SOA = 6
    PTR = 12
    MX = 15
    TXT = 16
    AAAA = 28
    SRV = 33
    DNAME = 39
    OPT = 41
    DS = 43
    RRSIG = 46
    NSEC = 47
    DNSKEY = 48
    NSEC3 = 50
    SVCB = 64
    HTTPS = 65
    IXFR = 251
    AXFR = 252
    ANY = 255


class ExtendedError(IntEnum):
    """Extended DNS Errors (RFC 8914, section 5)."""

    OTHER = 0
    STALE_ANSWER = 3
    CACHED_ERROR = 13
    NOT_READY = 14
    BLOCKED = 15
    FILTERED = 17
    PROHIBITED = 18
    STALE_NXDOMAIN_ANSWER = 19
    NOT_AUTHORITATIVE = 20
    NOT_SUPPORTED = 21
    NO_REACHABLE_AUTHORITY = 22
    NETWORK_ERROR = 23
    INVALID_DATA = 24


CLASS_IN: Final = 1

QR: Final = 0x8000
OPCODE: Final = 0x7800
AA: Final = 0x0400
TC: Final = 0x0200
RD: Final = 0x0100
RA: Final = 0x0080
AD: Final = 0x0020
CD: Final = 0x0010

HEADER: Final = 12
"""Octets of a message header (RFC 1035, section 4.1.1)."""
CLASSIC_UDP_SIZE: Final = 512
"""What a client without EDNS accepts over UDP (RFC 1035, section 4.2.1)."""
OWN_UDP_SIZE: Final = 1232
"""The EDNS size we announce: fits an IPv6 path of 1,280 octets unfragmented."""


def type_text(number: int) -> str:
    """``A``, or ``TYPE65280`` for a number without a name here (RFC 3597, section 5)."""
    try:
        return Type(number).name
    except ValueError:
        return f"TYPE{number}"
