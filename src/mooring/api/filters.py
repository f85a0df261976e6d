"""Filters of lists and of the event stream, in Docker's form. Pure.

Docker matches names and ids as regular expressions. Here a pattern is a part of the name, with
``^`` and ``$`` as anchors: the same for what people write, and no pattern takes the daemon's time.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from mooring.model.error import InvalidArgumentError

Filters: TypeAlias = Mapping[str, Sequence[str]]
"""Values by key. The values of one key are alternatives, except labels, which must all be there."""

_LIMIT: Final = 64
_PATTERN: Final = re.compile(r"\^?[\w.-]*\$?\Z", re.ASCII)
_PATTERN_KEYS: Final = frozenset({"name", "id"})


def parse_filters(text: str, known: frozenset[str]) -> Filters:
    """The ``filters`` parameter: ``{"name": ["db"]}``, or Docker's ``{"name": {"db": true}}``.

    Raises InvalidArgumentError for what is not of that form, for keys that are not ``known``, for
    patterns with anything but a part of a name in them, and for more than 64 values.
    """
    if not text:
        return {}
    try:
        raw = msgspec.json.decode(text, type=dict[str, list[str] | dict[str, bool]])
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise InvalidArgumentError(
            f"the filters are not of the right form: {error}",
            'write them as JSON, {"key": ["value"]}',
        ) from error
    parsed = {
        key: tuple(values)
        if isinstance(values, list)
        else tuple(value for value, wanted in values.items() if wanted)
        for key, values in raw.items()
    }
    if sum(len(values) for values in parsed.values()) > _LIMIT:
        raise InvalidArgumentError(f"more than {_LIMIT} filters", "ask for less at once")
    for key, values in parsed.items():
        _check(key, values, known)
    return parsed


def _check(key: str, values: Sequence[str], known: frozenset[str]) -> None:
    if key not in known:
        raise InvalidArgumentError(
            f"invalid filter {key[:40]!r}", f"there are: {', '.join(sorted(known))}"
        )
    if key in _PATTERN_KEYS:
        for value in values:
            if not _PATTERN.match(value):
                raise InvalidArgumentError(
                    f"filter {key}={value[:60]} is not part of a name or an id",
                    "write a part of it; ^ anchors it at the start and $ at the end",
                )


def matches(filters: Filters, key: str, value: str) -> bool:
    """Whether ``value`` is one of the alternatives, or there are none."""
    wanted = filters.get(key)
    return not wanted or value in wanted


def matches_part(filters: Filters, key: str, value: str) -> bool:
    """Whether one of the patterns is in ``value``, or there are none."""
    wanted = filters.get(key)
    return not wanted or any(_fits(pattern, value) for pattern in wanted)


def matches_object(filters: Filters, key: str, identity: str, name: str) -> bool:
    """Whether one of the alternatives is the name or the beginning of the id."""
    wanted = filters.get(key)
    return not wanted or any(ref and (ref == name or identity.startswith(ref)) for ref in wanted)


def matches_labels(filters: Filters, labels: Mapping[str, str], key: str = "label") -> bool:
    """Whether every ``name`` or ``name=value`` is among the labels."""
    return all(_labelled(labels, wanted) for wanted in filters.get(key, ()))


def lacks_labels(filters: Filters, labels: Mapping[str, str]) -> bool:
    """Whether no ``label!`` is among the labels."""
    return not any(_labelled(labels, unwanted) for unwanted in filters.get("label!", ()))


def _labelled(labels: Mapping[str, str], wanted: str) -> bool:
    name, separator, value = wanted.partition("=")
    return name in labels and (not separator or labels[name] == value)


def _fits(pattern: str, value: str) -> bool:
    start, end = pattern.startswith("^"), pattern.endswith("$")
    part = pattern.removeprefix("^").removesuffix("$")
    if start and end:
        return value == part
    if start:
        return value.startswith(part)
    return value.endswith(part) if end else part in value
