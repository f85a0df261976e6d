"""Sets of ordinals, small where they are empty and small where they are full.

A radix tree with 1,024 slots to a node. A slot is *full* (a bit of the node's number), *partial*
(a child) or empty (neither), so a whole allocated /16 is one bit, a fresh /64 is one empty node,
and a search reads one number per level. In a bottom node each slot is one ordinal.
"""

from collections.abc import Iterator
from typing import Final

_BITS: Final = 10
_FAN: Final = 1 << _BITS
_ALL: Final = (1 << _FAN) - 1
_LIMIT: Final = 1 << 128
"""Ordinals of the largest set: every IPv6 address."""


class _Node:
    """Which of 1,024 slots are full, and the children of those that are partly so."""

    __slots__ = ("full", "partial")

    def __init__(self, full: int = 0) -> None:
        self.full = full
        self.partial: Final[dict[int, _Node]] = {}


class Bitmap:
    """A set of ordinals below ``size`` (at most 2**128). An ordinal beyond raises IndexError."""

    __slots__ = ("_root", "_shifts", "_total", "size")

    def __init__(self, size: int) -> None:
        if not 0 < size <= _LIMIT:
            raise ValueError(f"a bitmap of {size} ordinals: from 1 to 2**128 are possible")
        self.size: Final = size
        levels = max(1, -(-(size - 1).bit_length() // _BITS))
        self._shifts: Final = tuple(_BITS * level for level in reversed(range(1, levels)))
        """By how much an ordinal is shifted to give its slot, above the bottom level."""
        self._root: Final = _Node()
        self._total = 0

    def __contains__(self, ordinal: int) -> bool:
        self._check(ordinal)
        node = self._root
        for shift in self._shifts:
            slot = ordinal >> shift & _FAN - 1
            if node.full >> slot & 1:
                return True
            child = node.partial.get(slot)
            if child is None:
                return False
            node = child
        return bool(node.full >> (ordinal & _FAN - 1) & 1)

    def set(self, ordinal: int) -> bool:
        """Put ``ordinal`` in; False if it was in already."""
        self._check(ordinal)
        path: list[tuple[_Node, int]] = []
        node = self._root
        for shift in self._shifts:
            slot = ordinal >> shift & _FAN - 1
            if node.full >> slot & 1:
                return False
            child = node.partial.get(slot)
            if child is None:
                child = node.partial[slot] = _Node()
            path.append((node, slot))
            node = child
        bit = 1 << (ordinal & _FAN - 1)
        if node.full & bit:
            return False
        node.full |= bit
        self._total += 1
        while node.full == _ALL and path:
            node, slot = path.pop()
            del node.partial[slot]
            node.full |= 1 << slot
        return True

    def clear(self, ordinal: int) -> bool:
        """Take ``ordinal`` out; False if it was not in."""
        self._check(ordinal)
        path: list[tuple[_Node, int]] = []
        node = self._root
        for shift in self._shifts:
            slot = ordinal >> shift & _FAN - 1
            if node.full >> slot & 1:
                node.full &= ~(1 << slot)
                node.partial[slot] = _Node(_ALL)
            child = node.partial.get(slot)
            if child is None:
                return False
            path.append((node, slot))
            node = child
        bit = 1 << (ordinal & _FAN - 1)
        if not node.full & bit:
            return False
        node.full &= ~bit
        self._total -= 1
        while not node.full and not node.partial and path:
            node, slot = path.pop()
            del node.partial[slot]
        return True

    def lowest_clear(self, first: int = 0, last: int | None = None) -> int | None:
        """The lowest ordinal from ``first`` to ``last``, both included, that is not in the set."""
        last = self.size - 1 if last is None else last
        self._check(first)
        self._check(last)
        found = _lowest_clear(self._root, len(self._shifts) * _BITS, first)
        return found if found is not None and found <= last else None

    def count(self, first: int = 0, last: int | None = None) -> int:
        """How many ordinals from ``first`` to ``last``, both included, are in the set."""
        last = self.size - 1 if last is None else last
        self._check(first)
        self._check(last)
        if (first, last) == (0, self.size - 1):
            return self._total
        return _count(self._root, len(self._shifts) * _BITS, first, last) if first <= last else 0

    def __iter__(self) -> Iterator[int]:
        """Every ordinal in the set, lowest first."""
        return _each(self._root, len(self._shifts) * _BITS, 0)

    def _check(self, ordinal: int) -> None:
        if not 0 <= ordinal < self.size:
            raise IndexError(f"ordinal {ordinal} is not below {self.size}")


def _lowest_clear(node: _Node, shift: int, first: int) -> int | None:
    """The lowest clear ordinal from ``first`` on, counted from the node's own beginning.

    Nodes do not know where the bitmap ends: beyond it all is clear, so what is found there says
    that nothing is clear before.
    """
    slot = first >> shift
    below = first & (1 << shift) - 1
    while slot < _FAN:
        gaps = ~(node.full >> slot)
        skipped = (gaps & -gaps).bit_length() - 1
        if skipped:
            slot += skipped
            below = 0
            if slot >= _FAN:
                break
        child = node.partial.get(slot)
        if child is None:
            return slot << shift | below
        found = _lowest_clear(child, shift - _BITS, below)
        if found is not None:
            return slot << shift | found
        # Only a child entered in its middle can fail: it has room, but before ``first``.
        slot += 1
        below = 0
    return None


def _count(node: _Node, shift: int, first: int, last: int) -> int:
    low, high = first >> shift, last >> shift
    end = (1 << shift) - 1
    total = (node.full & (2 << high) - (1 << low)).bit_count() << shift
    if node.full >> low & 1:
        total -= first & end
    if node.full >> high & 1:
        total -= end - (last & end)
    for slot, child in node.partial.items():
        if low <= slot <= high:
            begin = first & end if slot == low else 0
            stop = last & end if slot == high else end
            total += _count(child, shift - _BITS, begin, stop)
    return total


def _each(node: _Node, shift: int, start: int) -> Iterator[int]:
    used = node.full
    for slot in node.partial:
        used |= 1 << slot
    while used:
        slot = (used & -used).bit_length() - 1
        used &= used - 1
        begin = start + (slot << shift)
        child = node.partial.get(slot)
        if child is None:
            yield from range(begin, begin + (1 << shift))
        else:
            yield from _each(child, shift - _BITS, begin)
