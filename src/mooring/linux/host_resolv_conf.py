"""The host's resolv.conf, as it is now and whenever it changes."""

import asyncio
import contextlib
import logging
import os
import stat
from collections.abc import Callable
from typing import Final, TypeAlias

from mooring.linux import resolv_conf
from mooring.model.error import InvalidArgumentError

_log = logging.getLogger(__name__)

_SIZE_LIMIT: Final = 4 * resolv_conf.LINE_LIMIT
"""Octets. A file is read at most so far."""

_Identity: TypeAlias = tuple[int, ...]
_GONE: Final[_Identity] = ()


class HostResolvConf:
    """Looks at the file at ``path``, or where that leads to, every ``interval`` seconds.

    The file is a link as often as not, replaced here and rewritten there, and no notification
    covers every way; a look at a file that did not change costs a few microseconds.

    A file that is gone or has no servers is believed at the second look only: those who write it in
    place leave it empty for a moment. One that cannot be read changes nothing, and a line in the
    log says why.
    """

    def __init__(self, path: str = "/etc/resolv.conf", interval: float = 0.5) -> None:
        self.path: Final = path
        self._interval: Final = interval
        self._seen: _Identity | None = None
        self._doubted: _Identity | None = None
        self._complaint = ""
        self._text = ""
        self._servers: tuple[str, ...] = ()
        self._task: asyncio.Task[None] | None = None
        self.look()

    def resolv_conf(self) -> str:
        """The text of the file."""
        return self._text

    def name_servers(self) -> tuple[str, ...]:
        """The addresses of its servers, in order."""
        return self._servers

    def follow(
        self,
        changed: Callable[[tuple[str, ...]], None],
        rewritten: Callable[[], None] = lambda: None,
    ) -> None:
        """From now on, call ``changed`` with the servers whenever they are others than before, and
        ``rewritten`` whenever anything of the text is."""
        self._task = asyncio.get_running_loop().create_task(self._follow(changed, rewritten))

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _follow(
        self, changed: Callable[[tuple[str, ...]], None], rewritten: Callable[[], None]
    ) -> None:
        while True:
            await asyncio.sleep(self._interval)
            before, text = self._servers, self._text
            self.look()
            if self._text != text:
                rewritten()
            if self._servers != before:
                _log.info("%s names the servers %s", self.path, " ".join(self._servers) or "none")
                changed(self._servers)

    def look(self) -> None:
        """Read the file if it is another than it was."""
        try:
            identity = _identify(self.path)
            if identity == self._seen:
                return
            text = _read(self.path, identity) if identity != _GONE else ""
            servers = resolv_conf.parse(text, self.path).servers
        except (FileNotFoundError, InterruptedError):
            return  # it is changing under our eyes; the next look will tell
        except (OSError, InvalidArgumentError) as error:
            if str(error) != self._complaint:
                _log.warning("%s stays as it was last known: %s", self.path, error)
            self._complaint = str(error)
            return
        self._complaint = ""
        first_sight, self._doubted = identity != self._doubted, identity
        if self._servers and not servers and first_sight:
            return
        self._seen, self._text, self._servers = identity, text, servers


def _identify(path: str) -> _Identity:
    try:
        return _identity(os.stat(path))
    except FileNotFoundError:
        return _GONE


def _identity(status: os.stat_result) -> _Identity:
    """What differs between two states of a file, and between two files."""
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size


def _read(path: str, identity: _Identity) -> str:
    """The text of the file in this state; InterruptedError if it is in another by now."""
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(opened, encoding="utf-8", errors="replace") as file:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise OSError(f"{path} is no regular file")
        text = file.read(_SIZE_LIMIT)
        if _identity(os.fstat(opened)) != identity:
            raise InterruptedError
    return text
