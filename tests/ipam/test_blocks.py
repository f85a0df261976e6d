"""Held prefixes and the room between them, beside a plain list searched from end to end."""

from ipaddress import IPv4Network, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mooring.ipam.blocks import BlockTree
from mooring.ipam.prefix import Prefix, order, prefix_at

SPACE = ip_network("10.0.0.0/24")
"""Small enough to be searched from end to end."""

lengths = st.integers(24, 32)
prefixes = st.builds(
    lambda offset, length: prefix_at(4, int(SPACE.network_address) + offset, length),
    st.integers(0, 255),
    lengths,
)


@given(st.lists(prefixes, max_size=12), st.data())
@settings(max_examples=200, deadline=None)
def test_the_tree_agrees_with_a_list(added: list[Prefix], data: st.DataObject) -> None:
    tree, plain = BlockTree(4), set(added)
    for prefix in added:
        tree.add(prefix)
    for prefix in data.draw(
        st.lists(st.sampled_from(added), unique=True) if added else st.just([])
    ):
        tree.remove(prefix)
        plain.discard(prefix)
    assert list(tree) == sorted(plain, key=order)

    asked = data.draw(prefixes)
    overlapping = [held for held in sorted(plain, key=order) if held.overlaps(asked)]
    assert list(tree.overlapping(asked)) == overlapping

    within, length = data.draw(prefixes), data.draw(lengths)
    start = int(SPACE.network_address) + data.draw(st.integers(0, 256))
    free = [
        candidate
        for candidate in (within.subnets(new_prefix=length) if length >= within.prefixlen else ())
        if int(candidate.network_address) >= start
        and not any(candidate.overlaps(held) for held in plain)
    ]
    assert tree.lowest_free(within, length, start) == (free[0] if free else None)


def test_a_removed_prefix_leaves_nothing_behind() -> None:
    tree = BlockTree(6)
    for text in ("fd00::/8", "fd00::/64", "fd00:1::/64"):
        tree.add(ip_network(text))
    for held in list(tree):
        tree.remove(held)
    assert list(tree) == []
    assert tree.lowest_free(ip_network("::/0"), 0) == ip_network("::/0")


@pytest.mark.parametrize("text", ["10.0.0.0/9", "10.0.0.0/8", "11.0.0.0/16"])
def test_removing_what_is_not_held_is_an_error(text: str) -> None:
    tree = BlockTree(4)
    tree.add(IPv4Network("10.0.0.0/16"))
    with pytest.raises(KeyError):
        tree.remove(ip_network(text))
    assert list(tree) == [IPv4Network("10.0.0.0/16")]
