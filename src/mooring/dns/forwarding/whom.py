"""Whom a sandbox's questions go to: its own servers, the host's, or nobody, and then why."""

import itertools
from collections import OrderedDict
from typing import Final

from mooring.dns.forwarding import refusal
from mooring.dns.forwarding.servers import ServerSet, read_servers
from mooring.dns.forwarding.settings import Limits, Timing
from mooring.model.view import View
from mooring.wire.reply import Reply


class ServerSets:
    """Sets of servers, each made when a view first needs it and kept while there is room.

    Sandboxes that ask the host's servers share one set; a sandbox with servers of its own has its
    own, which none other shares even if it names the same addresses: inside, they are others.
    """

    def __init__(self, own: frozenset[str], limits: Limits, timing: Timing) -> None:
        self._own: Final = own
        self._limits: Final = limits
        self._timing: Final = timing
        self._numbers: Final = itertools.count(1)
        self._sets: Final[OrderedDict[tuple[str, str, tuple[str, ...]], ServerSet]] = OrderedDict()
        self.host: tuple[str, ...] = ()
        """The host's servers."""

    def of(self, view: View) -> ServerSet | Reply:
        """Whom this view may ask, or the refusal if nobody."""
        if view.servers:
            return self._get((view.sandbox, view.namespace, view.servers), self._own)
        if view.internal:
            return refusal.INTERNAL
        if self.host:
            return self._get(("", "", self.host), frozenset())
        return refusal.UNCONFIGURED

    def forget(self, sandbox: str) -> None:
        """Drop what belongs to one sandbox alone."""
        for key in [key for key in self._sets if key[0] == sandbox]:
            if sandbox:
                del self._sets[key]

    def _get(self, key: tuple[str, str, tuple[str, ...]], own: frozenset[str]) -> ServerSet | Reply:
        found = self._sets.get(key)
        if found is None:
            _sandbox, namespace, texts = key
            servers, useless = read_servers(
                texts, own=own, limit=self._limits.servers, timing=self._timing
            )
            found = self._sets[key] = ServerSet(next(self._numbers), namespace, servers, useless)
            if len(self._sets) > self._limits.sets:
                self._sets.popitem(last=False)
        self._sets.move_to_end(key)
        return found if found.servers else refusal.useless(found.useless)
