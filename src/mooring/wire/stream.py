"""Streams: messages one after the other, each behind its length (RFC 1035, section 4.2.2)."""

from typing import Final

_PREFIX: Final = 2


def frame(message: bytes) -> bytes:
    """A message with its length before it. Raises OverflowError above 65,535 octets."""
    return len(message).to_bytes(_PREFIX, "big") + message


class Framer:
    """Cuts what arrives into messages. Never raises: any bytes are a beginning of some stream.

    It holds what was fed and not yet taken, so whoever feeds it bounds it by not reading on.
    """

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer: Final = bytearray()

    def feed(self, data: bytes) -> None:
        """Take what arrived."""
        self._buffer.extend(data)

    def take(self) -> bytes | None:
        """The next whole message, which may be empty; None if it has not arrived in full."""
        buffer = self._buffer
        end = _PREFIX + int.from_bytes(buffer[:_PREFIX], "big")
        if len(buffer) < end:
            return None
        message = bytes(buffer[_PREFIX:end])
        del buffer[:end]
        return message

    def __len__(self) -> int:
        """Octets fed and not taken."""
        return len(self._buffer)
