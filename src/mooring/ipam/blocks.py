"""Which prefixes of an address family are held, and where there is room for another.

A binary tree over the bits of the address. Every node knows the largest free block below it, so
the lowest free prefix of a length is found in one descent, however many are held.
"""

from collections.abc import Iterator
from typing import Final

from mooring.ipam.prefix import Prefix, prefix_at, width

_NO_ROOM: Final = 1 << 8
"""Longer than any prefix length: nothing is free here."""


class _Node:
    """A block that is held, or that holds smaller ones. A wholly free block has no node."""

    __slots__ = ("halves", "held", "room")

    def __init__(self) -> None:
        self.halves: Final[list[_Node | None]] = [None, None]
        self.held = False
        self.room = _NO_ROOM
        """Length of the shortest prefix that is free in this block."""

    @property
    def empty(self) -> bool:
        """Whether the block is wholly free: only the root is ever so, the others then go."""
        return not self.held and self.halves == [None, None]

    def measure(self, depth: int) -> None:
        """Work out ``room`` anew; ``depth`` is the block's own prefix length."""
        if self.held:
            self.room = _NO_ROOM
        else:
            low, high = self.halves
            self.room = min(low.room if low else depth + 1, high.room if high else depth + 1)


class BlockTree:
    """A set of prefixes of one IP version. They may overlap one another."""

    def __init__(self, version: int) -> None:
        self.version: Final = version
        self._width: Final = width(version)
        self._root = _Node()
        self._root.measure(0)

    def add(self, prefix: Prefix) -> None:
        """Hold ``prefix``."""
        path = [self._root]
        for half in self._turns(prefix):
            child = path[-1].halves[half]
            if child is None:
                child = path[-1].halves[half] = _Node()
            path.append(child)
        path[-1].held = True
        for depth in reversed(range(len(path))):
            path[depth].measure(depth)

    def remove(self, prefix: Prefix) -> None:
        """Hold ``prefix`` no more. KeyError if it is not held."""
        path = [self._root]
        turns = list(self._turns(prefix))
        for half in turns:
            child = path[-1].halves[half]
            if child is None:
                raise KeyError(prefix)
            path.append(child)
        if not path[-1].held:
            raise KeyError(prefix)
        path[-1].held = False
        for depth in reversed(range(len(path))):
            node = path[depth]
            if depth and node.empty:
                path[depth - 1].halves[turns[depth - 1]] = None
            else:
                node.measure(depth)

    def overlapping(self, prefix: Prefix) -> Iterator[Prefix]:
        """Held prefixes that share an address with ``prefix``, in the order of ``order``."""
        node: _Node | None = self._root
        number = int(prefix.network_address)
        for depth, half in enumerate(self._turns(prefix)):
            if node is None:
                return
            if node.held:
                yield prefix_at(self.version, number, depth)
            node = node.halves[half]
        if node is not None:
            yield from self._within(node, prefix.prefixlen, number)

    def __iter__(self) -> Iterator[Prefix]:
        """Every held prefix, by address and then by length."""
        return self._within(self._root, 0, 0)

    def lowest_free(self, within: Prefix, length: int, start: int = 0) -> Prefix | None:
        """The lowest free prefix of ``length`` bits inside ``within``.

        Free means that it overlaps no held one; it begins at the address number ``start`` or
        higher. None when there is no such prefix.
        """
        if length < within.prefixlen:
            return None
        node: _Node | None = None if self._root.empty else self._root
        for half in self._turns(within):
            if node is None:
                break
            if node.held:
                return None
            node = node.halves[half]
        first = int(within.network_address)
        found = self._lowest_free(node, within.prefixlen, first, length, start)
        return None if found is None else prefix_at(self.version, found, length)

    def _turns(self, prefix: Prefix) -> Iterator[int]:
        """Which half to enter at each depth on the way down to ``prefix``."""
        number = int(prefix.network_address)
        top = self._width - 1
        return (number >> (top - depth) & 1 for depth in range(prefix.prefixlen))

    def _within(self, node: _Node, depth: int, first: int) -> Iterator[Prefix]:
        if node.held:
            yield prefix_at(self.version, first, depth)
        for half, child in enumerate(node.halves):
            if child is not None:
                begin = first | half << (self._width - depth - 1)
                yield from self._within(child, depth + 1, begin)

    def _lowest_free(
        self, node: _Node | None, depth: int, first: int, length: int, start: int
    ) -> int | None:
        last = first + (1 << (self._width - depth)) - 1
        if last < start:
            return None
        if node is None:
            shift = self._width - length
            candidate = max(first, -(-start >> shift) << shift)
            return candidate if candidate <= last else None
        if node.room > length:
            return None
        for half, child in enumerate(node.halves):
            begin = first | half << (self._width - depth - 1)
            found = self._lowest_free(child, depth + 1, begin, length, start)
            if found is not None:
                return found
        return None
