"""Waiting for what will be true soon, with a deadline."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, TypeVar

_INTERVAL: Final = 0.01

_T = TypeVar("_T")


def eventually(condition: Callable[[], _T], seconds: float = 10.0) -> _T:
    """The first true value of ``condition``; ``AssertionError`` if there is none in that time."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} seconds: {condition}")
        time.sleep(_INTERVAL)
    return value


async def soon(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Let the event loop run until ``condition`` is true; ``AssertionError`` if that takes long."""
    for _ in range(int(seconds / _INTERVAL) + 1):
        if condition():
            return
        await asyncio.sleep(_INTERVAL)
    raise AssertionError(f"not within {seconds} seconds: {condition}")
