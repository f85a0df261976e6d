"""A set of ordinals that stays small, empty or full."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mooring.ipam.bitmap import Bitmap

SIZES = st.sampled_from(
    [1, 2, 256, 1023, 1024, 1025, 4096, 1 << 20, (1 << 20) + 7, 1 << 64, 1 << 128]
)


def near(size: int) -> st.SearchStrategy[int]:
    """Ordinals that like to meet: few values, at the edges of nodes and of the bitmap."""
    edges = [0, 1023, 1024, 2047, 2048, (1 << 20) - 1, 1 << 20, size // 2, size - 1]
    spots = sorted({edge for edge in edges if edge < size})
    return st.one_of(
        st.sampled_from(spots), st.integers(0, min(size, 3000) - 1), st.integers(0, size - 1)
    )


class BitmapBesideSet(RuleBasedStateMachine):
    """Everything done to a bitmap is done to a plain set, and both say the same."""

    @initialize(size=SIZES)
    def begin(self, size: int) -> None:
        self.bitmap = Bitmap(size)
        self.plain: set[int] = set()

    @rule(data=st.data())
    def set_one(self, data: st.DataObject) -> None:
        ordinal = data.draw(near(self.bitmap.size))
        assert self.bitmap.set(ordinal) is (ordinal not in self.plain)
        self.plain.add(ordinal)

    @rule(block=st.integers(0, 3), length=st.sampled_from([1023, 1024, 2048, 2100]))
    def fill_nodes(self, block: int, length: int) -> None:
        first = min(block * 1024, self.bitmap.size - 1)
        run = range(first, min(first + length, self.bitmap.size))
        for ordinal in run:
            self.bitmap.set(ordinal)
        self.plain.update(run)

    @rule(data=st.data())
    def clear_one(self, data: st.DataObject) -> None:
        held = st.sampled_from(sorted(self.plain)) if self.plain else st.nothing()
        ordinal = data.draw(held | near(self.bitmap.size))
        assert self.bitmap.clear(ordinal) is (ordinal in self.plain)
        self.plain.discard(ordinal)

    @rule(data=st.data())
    def take_the_lowest(self, data: st.DataObject) -> None:
        first, last = sorted((data.draw(near(self.bitmap.size)), data.draw(near(self.bitmap.size))))
        found = self.bitmap.lowest_clear(first, last)
        expected = first
        while expected in self.plain:
            expected += 1
        assert found == (expected if expected <= last else None)

    @rule(data=st.data())
    def count_a_range(self, data: st.DataObject) -> None:
        first, last = sorted((data.draw(near(self.bitmap.size)), data.draw(near(self.bitmap.size))))
        expected = sum(first <= ordinal <= last for ordinal in self.plain)
        assert self.bitmap.count(first, last) == expected

    @invariant()
    def holds_the_same(self) -> None:
        assert list(self.bitmap) == sorted(self.plain)
        assert self.bitmap.count() == len(self.plain)


TestBitmapBesideSet = BitmapBesideSet.TestCase
TestBitmapBesideSet.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)


@given(size=SIZES, data=st.data())
@settings(max_examples=50, deadline=None)
def test_membership(size: int, data: st.DataObject) -> None:
    bitmap = Bitmap(size)
    ordinal, other = data.draw(near(size)), data.draw(near(size))
    bitmap.set(ordinal)
    assert ordinal in bitmap
    assert (other in bitmap) is (other == ordinal)


def nodes(bitmap: Bitmap) -> int:
    count, waiting = 0, [bitmap._root]
    while waiting:
        node = waiting.pop()
        count += 1
        waiting += node.partial.values()
    return count


def test_a_fresh_bitmap_of_every_ipv6_address_is_one_node() -> None:
    assert nodes(Bitmap(1 << 128)) == 1


def test_what_is_full_takes_no_nodes() -> None:
    bitmap = Bitmap(1 << 24)
    for ordinal in range(200_000):
        assert bitmap.lowest_clear() == ordinal
        bitmap.set(ordinal)
    assert nodes(bitmap) <= 3


def test_what_is_cleared_takes_no_nodes() -> None:
    bitmap = Bitmap(1 << 64)
    for ordinal in (0, 5, 1 << 40, (1 << 64) - 1):
        bitmap.set(ordinal)
        bitmap.clear(ordinal)
    assert nodes(bitmap) == 1
    assert bitmap.lowest_clear() == 0


def test_a_full_bitmap_has_nothing_clear() -> None:
    bitmap = Bitmap(1025)
    for ordinal in range(1025):
        bitmap.set(ordinal)
    assert bitmap.lowest_clear() is None
    bitmap.clear(1024)
    assert bitmap.lowest_clear() == 1024


def test_one_cleared_in_a_full_node_leaves_the_others() -> None:
    bitmap = Bitmap(1 << 20)
    for ordinal in range(1024):
        bitmap.set(ordinal)
    assert bitmap.clear(700)
    assert list(bitmap) == [*range(700), *range(701, 1024)]


def test_a_search_that_begins_inside_a_full_node_ends_right_behind_it() -> None:
    bitmap = Bitmap(1 << 20)
    for ordinal in range(1024):
        bitmap.set(ordinal)
    assert bitmap.lowest_clear(500) == 1024


@pytest.mark.parametrize("ordinal", [-1, 256, 1 << 130])
def test_an_ordinal_outside_is_an_error(ordinal: int) -> None:
    bitmap = Bitmap(256)
    for act in (bitmap.set, bitmap.clear, bitmap.lowest_clear, bitmap.__contains__):
        with pytest.raises(IndexError):
            act(ordinal)


@pytest.mark.parametrize("size", [0, -1, (1 << 128) + 1])
def test_a_bitmap_has_from_one_to_every_ipv6_address(size: int) -> None:
    with pytest.raises(ValueError, match="ordinals"):
        Bitmap(size)
