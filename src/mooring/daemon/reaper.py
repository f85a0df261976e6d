"""Noticing that a namespace which was lent to us has been taken away."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Final

from mooring.controller.ledger import Ledger
from mooring.controller.sandboxes import Sandboxes
from mooring.linux import netns
from mooring.model.error import MooringError, NotFoundError
from mooring.model.sandbox import Sandbox

_LOG: Final = logging.getLogger(__name__)

_INTERVAL: Final = 0.5
"""Seconds between looks. A path has no descriptor that would tell of its end."""


def _gone(sandboxes: Sequence[Sandbox]) -> list[Sandbox]:
    return [s for s in sandboxes if not netns.exists(s.netns, s.namespace_inode)]


class Reaper:
    """Deletes sandboxes whose namespace is no longer at its path: whoever lent it took it back."""

    def __init__(self, ledger: Ledger, sandboxes: Sandboxes) -> None:
        self._ledger = ledger
        self._sandboxes = sandboxes
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_INTERVAL)
            ready = [s for s in self._ledger.sandboxes.values() if s.ready and s.netns]
            # Thousands of looks would keep those who ask for names waiting.
            for sandbox in await asyncio.to_thread(_gone, ready):
                await self._reap(sandbox)

    async def _reap(self, sandbox: Sandbox) -> None:
        _LOG.info("the namespace %s of %s is gone", sandbox.netns, sandbox.name)
        try:
            await self._sandboxes.delete(sandbox.id)
        except NotFoundError:
            return  # Somebody else deleted it first.
        except MooringError:
            _LOG.exception("clearing away %s failed", sandbox.name)
