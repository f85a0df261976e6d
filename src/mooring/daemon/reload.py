"""Reading the options again while the daemon runs, and applying those that can change by then."""

import logging
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from mooring.controller.controller import Controller
from mooring.daemon.config import Config
from mooring.daemon.log import set_level
from mooring.daemon.option import OPTIONS
from mooring.daemon.wish import dns_defaults
from mooring.dns.resolver import Resolver
from mooring.model.error import MooringError

_LOG: Final = logging.getLogger(__name__)


class Reload:
    """Knows what the daemon was last told. A call reads it again."""

    def __init__(
        self,
        config: Config,
        read: Callable[[], Config],
        controller: Controller,
        resolver: Resolver,
    ) -> None:
        self._config = config
        self._read = read
        self._controller = controller
        self._resolver = resolver

    def __call__(self) -> None:
        """Read the options and apply what can be. If any is wrong, nothing changes.

        The log says by name what has changed, and what needs a restart.
        """
        try:
            wished = self._read()
        except MooringError as error:
            _LOG.error("the options stay as they were: %s", error)
            return
        differ = [o for o in OPTIONS if getattr(wished, o.field) != getattr(self._config, o.field)]
        live = {o.field: getattr(wished, o.field) for o in differ if o.live}
        self._apply(replace(self._config, **live))
        changed = ", ".join(option.name for option in differ if option.live)
        waiting = ", ".join(option.name for option in differ if not option.live)
        _LOG.info("options read again; changed: %s", changed or "none")
        if waiting:
            _LOG.warning("these options take effect when the daemon is restarted: %s", waiting)

    def _apply(self, config: Config) -> None:
        before, self._config = self._config, config
        set_level(config.log_level)
        self._controller.sandboxes.dns_defaults = dns_defaults(config)
        if config.dns_ttl != before.dns_ttl:
            self._resolver.change_ttl(config.dns_ttl)
            self._controller.change_ttl(config.dns_ttl)
