"""One case: what it says, and whether all that it says was looked at."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_REMARKS: Final = frozenset(
    {"about", "comment", "derived", "doc", "name", "non_canonical_input", "note", "source"}
)
"""Fields that are for people and change nothing."""
_TITLES: Final = ("name", "doc", "q", "step", "input", "mode", "ip", "subnet", "prefix", "op")


class Case(Mapping[str, Any]):
    """The fields of a case. It remembers which of them somebody has asked for.

    A field that nobody asked for may be the very point of a case, so such a case proves nothing.
    """

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields: Final = fields
        self._read: Final[set[str]] = set()
        self._inner: Final[list[Case]] = []

    def __getitem__(self, key: str) -> Any:
        self._read.add(key)
        return self._fields[key]

    def __contains__(self, key: object) -> bool:
        self._read.add(str(key))
        return key in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    @property
    def title(self) -> str:
        """What to call the case; empty if it has nothing like a name."""
        named = (self._fields[key] for key in _TITLES if self._fields.get(key))
        return str(next(named, ""))

    def cases(self, key: str) -> list["Case"]:
        """A list of smaller cases, such as the steps of a sequence."""
        inner = [Case(fields) for fields in self.get(key) or ()]
        self._inner.extend(inner)
        return inner

    def unread(self) -> list[str]:
        """The fields that nobody asked for, apart from remarks and from those that are null."""
        known = self._read | _REMARKS
        own = [key for key, value in self._fields.items() if key not in known and value is not None]
        return own + [key for inner in self._inner for key in inner.unread()]
