"""A line on the terminal while something takes longer than a second."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO

_PATIENCE: Final = 1.0
_CLEAR: Final = "\r\x1b[K"


@contextmanager
def progress(doing: str, stream: TextIO | None = None) -> Iterator[None]:
    """Say what is being done, and for how long, until the block ends.

    Nothing is said within the first second, nor when standard error is not a terminal. The thread
    that says it has ended when the block has, so that the caller may fork.
    """
    stream = stream or sys.stderr
    if not stream.isatty():
        yield
        return
    done = threading.Event()
    speaker = threading.Thread(
        target=_speak, args=(doing, stream, done), name="progress", daemon=True
    )
    speaker.start()
    try:
        yield
    finally:
        done.set()
        speaker.join()


def _speak(doing: str, stream: TextIO, done: threading.Event) -> None:
    begun = time.monotonic()
    spoken = False
    while not done.wait(_PATIENCE):
        stream.write(f"{_CLEAR}{doing} … {time.monotonic() - begun:.0f} s")
        stream.flush()
        spoken = True
    if spoken:
        stream.write(_CLEAR)
        stream.flush()
