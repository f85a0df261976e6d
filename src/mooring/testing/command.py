"""The command ``moor`` in the process of the test."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import final

from mooring.cli.main import main


@final
class Moor:
    """Runs command lines, and keeps what the last one printed."""

    def __init__(self) -> None:
        self.out = ""
        self.err = ""

    def __call__(self, *arguments: str, exits: int = 0, types: str = "") -> str:
        """Its standard output. It must exit with ``exits``; ``types`` is what somebody types."""
        out, err = (io.TextIOWrapper(io.BytesIO(), write_through=True) for _ in range(2))
        keyboard, sys.stdin = sys.stdin, io.StringIO(types)
        try:
            with redirect_stdout(out), redirect_stderr(err):
                exit_code = main(arguments)
        finally:
            sys.stdin = keyboard
        self.out, self.err = (_text(stream) for stream in (out, err))
        if exit_code != exits:
            raise AssertionError(f"moor {' '.join(arguments)} exits {exit_code}: {self.err}")
        return self.out


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()
