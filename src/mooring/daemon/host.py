"""The files of the host that sandboxes' own are made from."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from mooring.linux.host_resolv_conf import HostResolvConf
from mooring.linux.resolv_conf import SYSTEMD_SOURCE, legacy_source, parse

_SIZE_LIMIT: Final = 1 << 20
"""Characters of a hosts file that are read."""


class Host:
    """What ``controller.contract.HostFiles`` asks for."""

    def __init__(
        self,
        resolv_conf: HostResolvConf,
        hosts: str = "/etc/hosts",
        systemd: HostResolvConf | None = None,
    ) -> None:
        self._resolv_conf = resolv_conf
        self._systemd = systemd or HostResolvConf(SYSTEMD_SOURCE)
        self._hosts = Path(hosts)
        self.path: Final = resolv_conf.path

    def resolv_conf(self) -> str:
        """The text of the host's resolv.conf."""
        return self._resolv_conf.resolv_conf()

    def name_servers(self) -> tuple[str, ...]:
        """The servers it names."""
        return self._resolv_conf.name_servers()

    def reachable_resolv_conf(self) -> tuple[str, str]:
        """Path and text of the file whose servers are not systemd's stub, if there is another."""
        text = self._resolv_conf.resolv_conf()
        if legacy_source(parse(text, self.path)) == self.path:
            return self.path, text
        return self._systemd.path, self._systemd.resolv_conf()

    def hosts(self) -> str:
        """The text of the host's hosts file; nothing if there is none."""
        with (
            suppress(OSError),
            self._hosts.open(encoding="utf-8", errors="surrogateescape") as opened,
        ):
            return opened.read(_SIZE_LIMIT)
        return ""

    def follow(
        self, changed: Callable[[tuple[str, ...]], None], rewritten: Callable[[], None]
    ) -> None:
        """Call ``changed`` with the servers whenever they are others than before, and ``rewritten``
        when a file says anything else than before."""
        self._resolv_conf.follow(changed, rewritten)
        self._systemd.follow(lambda servers: None, rewritten)

    async def close(self) -> None:
        """Follow no more."""
        await self._resolv_conf.close()
        await self._systemd.close()
