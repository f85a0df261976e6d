"""The files of the host that sandboxes' own are made from."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from mooring.linux.host_resolv_conf import HostResolvConf

_SIZE_LIMIT: Final = 1 << 20
"""Characters of a hosts file that are read."""


class Host:
    """What ``controller.contract.HostFiles`` asks for."""

    def __init__(self, resolv_conf: HostResolvConf, hosts: str = "/etc/hosts") -> None:
        self._resolv_conf = resolv_conf
        self._hosts = Path(hosts)
        self.path: Final = resolv_conf.path

    def resolv_conf(self) -> str:
        """The text of the host's resolv.conf."""
        return self._resolv_conf.resolv_conf()

    def name_servers(self) -> tuple[str, ...]:
        """The servers it names."""
        return self._resolv_conf.name_servers()

    def hosts(self) -> str:
        """The text of the host's hosts file; nothing if there is none."""
        with (
            suppress(OSError),
            self._hosts.open(encoding="utf-8", errors="surrogateescape") as opened,
        ):
            return opened.read(_SIZE_LIMIT)
        return ""

    def follow(self, changed: Callable[[tuple[str, ...]], None]) -> None:
        """Call ``changed`` with the servers whenever they are others than before."""
        self._resolv_conf.follow(changed)

    async def close(self) -> None:
        """Follow no more."""
        await self._resolv_conf.close()
