"""Special-use names: what every resolver answers by itself and asks nobody.

They are claims in a small book of their own, so that what exists, what does not, and what has no
data follow from the same rules as everywhere else.
"""

from typing import Final

from mooring.book.book import Book
from mooring.book.claim import Put, Record
from mooring.dns.soa import soa_rdata
from mooring.model.view import NameScope
from mooring.wire.constant import Type
from mooring.wire.name import ROOT, from_text, is_below, labels_of, reverse

SPECIAL_SCOPE: Final = NameScope("special-use", "")

_TTL: Final = 10800
"""Seconds; what RFC 6303, section 3, gives to such zones."""

_LOCALHOST: Final = from_text("localhost")
_LOOPBACK4: Final = bytes([127, 0, 0, 1])
_LOOPBACK6: Final = bytes([*[0] * 15, 1])

_ZONES: Final = (
    _LOCALHOST,  # RFC 6761, section 6.3
    from_text("invalid"),  # RFC 6761, section 6.4
    from_text("onion"),  # RFC 7686, section 2
    from_text("127.in-addr.arpa"),  # RFC 6303, section 4.2
    reverse(_LOOPBACK6),  # RFC 6303, section 4.3
    from_text("resolver.arpa"),  # RFC 9462, section 6.1: upstreams are not found past us
)


def _record(name: bytes, rtype: Type, rdata: bytes) -> Record:
    return Record(SPECIAL_SCOPE.scope, name, rtype, _TTL, rdata)


def _book() -> Book:
    book = Book()
    zones = tuple(_record(apex, Type.SOA, soa_rdata(apex, _TTL)) for apex in _ZONES)
    hosts = (
        _record(_LOCALHOST, Type.A, _LOOPBACK4),
        _record(_LOCALHOST, Type.AAAA, _LOOPBACK6),
        _record(reverse(_LOOPBACK4), Type.PTR, _LOCALHOST),
        _record(reverse(_LOOPBACK6), Type.PTR, _LOCALHOST),
    )
    book.apply([Put("special-use names", zones + hosts)])
    return book


def _top_level(name: bytes) -> bytes:
    label = labels_of(name)[-1]
    return bytes([len(label)]) + label + ROOT


SPECIAL_BOOK: Final = _book()
_TOP_LEVELS: Final = tuple({_top_level(apex) for apex in _ZONES})


def special_name(name: bytes) -> bytes | None:
    """The name to look up for a folded wire name; None if it cannot be special.

    Every name below ``localhost`` is ``localhost``.
    """
    if not name.endswith(_TOP_LEVELS):
        return None
    return _LOCALHOST if is_below(name, _LOCALHOST) else name
