"""Noticing that a namespace which was lent to us has been taken away."""

import asyncio
import contextlib
import logging
from typing import Final

from mooring.controller.ledger import Ledger
from mooring.controller.sandboxes import Sandboxes
from mooring.linux import netns
from mooring.model.error import MooringError
from mooring.model.sandbox import Sandbox

_LOG: Final = logging.getLogger(__name__)

_INTERVAL: Final = 0.5
"""Seconds between looks. A path has no descriptor that would tell of its end."""


def _lives(sandbox: Sandbox) -> bool:
    return netns.exists(sandbox.netns, sandbox.namespace_inode)


class Reaper:
    """Deletes sandboxes whose namespace, made by others, is no longer at its path."""

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
            for sandbox in list(self._ledger.sandboxes.values()):
                if sandbox.ready and sandbox.netns and not _lives(sandbox):
                    await self._reap(sandbox)

    async def _reap(self, sandbox: Sandbox) -> None:
        _LOG.info("the namespace %s of %s is gone", sandbox.netns, sandbox.name)
        try:
            await self._sandboxes.delete(sandbox.id)
        except MooringError:
            _LOG.exception("clearing away %s failed", sandbox.name)
