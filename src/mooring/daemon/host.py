"""The host's resolv.conf, as it is now and whenever it changes."""

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from typing import Final

from mooring.linux import resolv_conf
from mooring.model.error import MooringError

_LOG: Final = logging.getLogger(__name__)

_INTERVAL: Final = 0.5
"""Seconds between looks. The file is a link as often as not, replaced here and rewritten there, and
no notification covers every way; one stat of it costs a microsecond or two."""


class Host:
    """Reads the file at a path. A missing file has no servers; a damaged one changes nothing."""

    def __init__(self, path: str) -> None:
        self.path: Final = path
        self._seen: tuple[int, ...] | None = None
        self._text = ""
        self._servers: tuple[str, ...] = ()
        self._task: asyncio.Task[None] | None = None
        self._look()

    def resolv_conf(self) -> str:
        """The text of the file."""
        return self._text

    def name_servers(self) -> tuple[str, ...]:
        """The addresses of its servers."""
        return self._servers

    def follow(self, changed: Callable[[], None]) -> None:
        """Call ``changed`` whenever the servers are others than before."""
        self._task = asyncio.get_running_loop().create_task(self._run(changed))

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self, changed: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(_INTERVAL)
            before = self._servers
            self._look()
            if self._servers != before:
                _LOG.info("the host's name servers are now %s", " ".join(self._servers) or "none")
                changed()

    def _look(self) -> None:
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            self._seen, self._text, self._servers = None, "", ()
            return
        seen = (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)
        if seen == self._seen:
            return
        try:
            with open(self.path, encoding="utf-8", errors="replace") as opened:
                text = opened.read(resolv_conf.LINE_LIMIT * 4)
            servers = resolv_conf.parse(text, self.path).servers
        except (OSError, MooringError) as error:
            _LOG.warning("%s is left as it was: %s", self.path, error)
            return
        self._seen, self._text, self._servers = seen, text, servers
