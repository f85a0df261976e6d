"""The kernel's words on ports: its ephemeral range, and those that it is told to leave alone.

Both files are described in the kernel's Documentation/networking/ip-sysctl.rst.
"""

from typing import Final

import msgspec

_FALLBACK: Final = (49153, 65535)
_LAST: Final = 65535


class Ephemeral(msgspec.Struct, frozen=True):
    """Ports to choose from when any will do: from ``first`` to ``last``, but for ``reserved``."""

    first: int = _FALLBACK[0]
    last: int = _FALLBACK[1]
    reserved: frozenset[int] = frozenset()


def parse_ephemeral(port_range: str, reserved: str) -> Ephemeral:
    """From the texts of ``ip_local_port_range`` and ``ip_local_reserved_ports``.

    A range that makes no sense is as good as none, and so is a list of reserved ports.
    """
    first, last = _FALLBACK
    numbers = port_range.split()
    if len(numbers) == 2 and all(number.isdecimal() for number in numbers):
        start, end = map(int, numbers)
        if 0 < start <= end <= _LAST:
            first, last = start, end
    try:
        left_alone = parse_reserved(reserved, first, last)
    except ValueError:
        left_alone = []
    return Ephemeral(first, last, frozenset(left_alone))


def parse_reserved(text: str, first: int, last: int) -> list[int]:
    """The reserved ports from ``first`` to ``last``; raises ValueError naming what is wrong."""
    found: set[int] = set()
    for part in text.strip().split(",") if text.strip() else ():
        start, dash, end = part.partition("-")
        if dash and not (start.isdecimal() and end.isdecimal()):
            raise ValueError(f'invalid port range "{part}"')
        begin = _number(start)
        until = _number(end) if dash else begin
        if until < begin:
            raise ValueError(f'invalid port range "{part}"')
        found.update(range(max(begin, first), min(until, last) + 1))
    return sorted(found)


def _number(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= _LAST:
        raise ValueError(f'invalid port "{text}"')
    return int(text)
