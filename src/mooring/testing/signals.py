"""Signal masks as ``/proc/<pid>/status`` shows them."""

from typing import Final

_OF_THE_LIBRARY: Final = 0b11 << 31
"""Signals 32 and 33, which the C library keeps for threads. Nobody can set them through it, and
some programs, GNU make for one, pass them on ignored to all they start."""


def read_mask(line: str) -> int:
    """The mask of a line such as ``SigIgn: 0000000000001000``, without the library's own."""
    return int(line.split()[1], 16) & ~_OF_THE_LIBRARY
