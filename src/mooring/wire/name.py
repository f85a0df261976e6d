"""Domain names as bytes: the wire form of RFC 1035, section 3.1, uncompressed.

A *wire name* is ``b"\\x02db\\x00"``. Folding to lower case is ``bytes.lower`` on the whole of it: a
length octet is at most 63, below every capital letter, so it never changes.
"""

from typing import Final

ROOT: Final = b"\x00"
LABEL_LIMIT: Final = 63
NAME_LIMIT: Final = 255
"""Octets of a whole wire name, its final zero included (RFC 1035, section 2.3.4)."""


class NameSyntaxError(ValueError):
    """A text or a run of bytes that is not a domain name."""


def from_text(text: str) -> bytes:
    """The wire name of ``text``, folded to lower case; a final dot makes no difference.

    ``\\DDD`` and ``\\c`` escapes are read as in RFC 1035, section 5.1; what is not ASCII is taken
    as UTF-8. ``""`` and ``"."`` are the root. Raises NameSyntaxError.
    """
    if text in ("", "."):
        return ROOT
    if "\\" not in text and text.isascii():
        labels = text.removesuffix(".").lower().encode().split(b".")
    else:
        labels = _split_escaped(text)
    wire = bytearray()
    for label in labels:
        if not label:
            raise NameSyntaxError(f"{text!r} has an empty label")
        if len(label) > LABEL_LIMIT:
            raise NameSyntaxError(f"{text!r} has a label of {len(label)} octets, more than 63")
        wire.append(len(label))
        wire += label
    wire.append(0)
    if len(wire) > NAME_LIMIT:
        raise NameSyntaxError(f"{text[:60]!r}… is {len(wire)} octets on the wire, more than 255")
    return bytes(wire)


def _split_escaped(text: str) -> list[bytes]:
    labels = [bytearray()]
    try:
        octets = text.encode().lower()
    except UnicodeEncodeError:
        raise NameSyntaxError(f"{text!r} is not text that UTF-8 can write") from None
    at = 0
    while at < len(octets):
        octet = octets[at]
        at += 1
        if octet == 0x2E:
            labels.append(bytearray())
        elif octet != 0x5C:
            labels[-1].append(octet)
        elif octets[at : at + 1].isdigit():
            digits = octets[at : at + 3]
            if len(digits) < 3 or not digits.isdigit() or int(digits) > 255:
                raise NameSyntaxError(f"{text!r} has an escape that is not \\000 to \\255")
            labels[-1] += bytes([int(digits)]).lower()
            at += 3
        elif at < len(octets):
            labels[-1].append(octets[at])
            at += 1
        else:
            raise NameSyntaxError(f"{text!r} ends in a backslash")
    if not labels[-1]:
        labels.pop()
    return [bytes(label) for label in labels]


def to_text(name: bytes) -> str:
    """The text of a wire name, with a final dot and RFC 1035's escapes: ``db.``."""
    if name == ROOT:
        return "."
    return "".join(_escape(label) + "." for label in labels_of(name))


def _escape(label: bytes) -> str:
    out = []
    for octet in label:
        if octet in b'."\\;@$()':
            out.append("\\" + chr(octet))
        elif 0x20 < octet < 0x7F:
            out.append(chr(octet))
        else:
            out.append(f"\\{octet:03d}")
    return "".join(out)


def labels_of(name: bytes) -> list[bytes]:
    """The labels of a wire name, leftmost first, without the root's empty one."""
    labels = []
    at = 0
    while length := name[at]:
        labels.append(name[at + 1 : at + 1 + length])
        at += 1 + length
    return labels


def parent(name: bytes) -> bytes:
    """The name without its leftmost label; the root's parent is the root."""
    return name[1 + name[0] :] or ROOT


def ancestors(name: bytes) -> list[bytes]:
    """The name itself and every name above it, down to and with the root."""
    found = [name]
    while name != ROOT:
        name = parent(name)
        found.append(name)
    return found


def is_below(name: bytes, apex: bytes) -> bool:
    """Whether ``name`` is ``apex`` or lies below it. Both folded alike."""
    if not name.endswith(apex):
        return False
    at = 0
    boundary = len(name) - len(apex)
    while at < boundary:
        at += 1 + name[at]
    return at == boundary


def reverse(address: bytes) -> bytes:
    """The name that a PTR record of ``address`` (4 or 16 octets) has.

    ``in-addr.arpa`` as RFC 1035, section 3.5; ``ip6.arpa`` as RFC 3596, section 2.5.
    """
    if len(address) == 4:
        return from_text(".".join(str(octet) for octet in reversed(address)) + ".in-addr.arpa")
    return from_text(".".join(reversed(address.hex())) + ".ip6.arpa")
