"""Streams: messages with their length before them, in any pieces (RFC 1035, section 4.2.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.wire.stream import Framer, frame


@given(st.lists(st.binary(max_size=300), max_size=8), st.lists(st.integers(1, 40)))
def test_messages_arrive_whole_however_the_stream_is_cut(
    messages: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(frame(message) for message in messages)
    framer = Framer()
    taken = []
    for size in [*cuts, len(stream) + 1]:
        framer.feed(stream[:size])
        stream = stream[size:]
        while (message := framer.take()) is not None:
            taken.append(message)
    assert taken == messages
    assert len(framer) == 0


def test_a_message_that_has_not_arrived_in_full_is_not_taken() -> None:
    framer = Framer()
    framer.feed(frame(b"abc")[:-1])
    assert framer.take() is None
    assert len(framer) == 4


def test_a_message_is_65535_octets_at_most() -> None:
    assert len(frame(bytes(65535))) == 65537
    with pytest.raises(OverflowError):
        frame(bytes(65536))
