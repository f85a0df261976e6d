"""Dependents: what no longer holds when the book changes."""

from typing import Final, Protocol, TypeAlias

from mooring.book.book import Delta
from mooring.dns.query import Dependency
from mooring.wire.name import is_below


class Dependent(Protocol):
    """Something that was evaluated from the book."""

    @property
    def depends(self) -> tuple[Dependency, ...]:
        """Each scope and name that was looked at, once."""
        ...

    def drop(self) -> None:
        """The book changed there. May be called again; must take the dependent out of here."""
        ...


Held: TypeAlias = Dependent | set[Dependent]
"""What depends on one name: bare when there is one dependent, which is nearly always."""


class Dependents:
    """Every compiled answer of every view, by the scopes and names it was evaluated from.

    One subscription to the book serves all views, so a change costs what it touches, however many
    sandboxes there are.
    """

    def __init__(self) -> None:
        self._scopes: Final[dict[str, dict[bytes, Held]]] = {}

    def __len__(self) -> int:
        return sum(len(names) for names in self._scopes.values())

    def add(self, dependent: Dependent) -> None:
        """``dependent`` holds from now on, until it is dropped or removed."""
        for scope, name in dependent.depends:
            names = self._scopes.setdefault(scope, {})
            held = names.get(name)
            if held is None:
                names[name] = dependent
            elif isinstance(held, set):
                held.add(dependent)
            else:
                names[name] = {held, dependent}

    def remove(self, dependent: Dependent) -> None:
        """``dependent``, which was added, is of no more interest."""
        for scope, name in dependent.depends:
            names = self._scopes[scope]
            held = names[name]
            if isinstance(held, set):
                held.discard(dependent)
            if not isinstance(held, set) or not held:
                del names[name]
                if not names:
                    del self._scopes[scope]

    def update(self, delta: Delta) -> None:
        """Drop all that the change may have made untrue. To be subscribed to the book."""
        for scope, name in delta.names:
            held = self._scopes.get(scope, _NONE).get(name)
            if held is not None:
                _drop(held)
        for scope, apex in delta.zones:
            for name, held in tuple(self._scopes.get(scope, _NONE).items()):
                if is_below(name, apex):
                    _drop(held)


_NONE: Final[dict[bytes, Held]] = {}


def _drop(held: Held) -> None:
    for dependent in tuple(held) if isinstance(held, set) else (held,):
        dependent.drop()
