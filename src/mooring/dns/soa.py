"""SOA records: made for names that no zone of the book covers, and aged for negative answers."""

import struct
from typing import Final

from mooring.wire.constant import Type
from mooring.wire.name import from_text
from mooring.wire.record import render

_TIMES: Final = struct.Struct("!IIIII")
_CONTACT: Final = from_text("nobody.invalid")
_REFRESH, _RETRY, _EXPIRE = 3600, 1200, 604800


def soa_rdata(apex: bytes, minimum: int, serial: int = 1) -> bytes:
    """The SOA of a zone that nobody transfers, in the values of RFC 6303, section 3.

    ``minimum`` is how many seconds a negative answer holds (RFC 2308, section 4).
    """
    return apex + _CONTACT + _TIMES.pack(serial, _REFRESH, _RETRY, _EXPIRE, minimum)


def own_soa(owner: bytes, ttl: int, question: bytes) -> list[bytes]:
    """The SOA of a zone that begins at the name itself, for a negative answer to ``question``."""
    return render(owner, Type.SOA, ttl, (soa_rdata(owner.lower(), ttl),), question)


def negative_ttl(ttl: int, rdata: bytes) -> int:
    """What a negative answer's SOA has for TTL: the lower of its own and its minimum field (RFC
    2308, section 3)."""
    return min(ttl, int.from_bytes(rdata[-4:], "big"))
