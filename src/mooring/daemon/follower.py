"""Doing something again whenever it has become due, one time after the other."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from mooring.model.error import MooringError

_LOG: Final = logging.getLogger(__name__)


class Follower:
    """Runs ``work`` after a notice; notices that come while it runs make it run once more."""

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._due = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._run())

    def notice(self) -> None:
        """There is something to follow."""
        self._due.set()

    async def close(self) -> None:
        """Follow no more."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                await self._work()
            except (MooringError, OSError):
                _LOG.exception("following a change of the host failed")
