"""The functions of templates, and how values look as text. Pure."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from mooring.cli.template.token import TemplateError

Value = object


def text_of(value: Value) -> str:
    """A value as Go prints it: ``true``, ``[a b]``, ``map[k:v]``, ``<no value>``."""
    match value:
        case None:
            return "<no value>"
        case bool():
            return "true" if value else "false"
        case Mapping():
            return f"map[{' '.join(f'{text_of(k)}:{text_of(v)}' for k, v in value.items())}]"
        case str():
            return value
        case Sequence():
            return f"[{' '.join(text_of(item) for item in value)}]"
        case _ if callable(value):
            raise TemplateError("a method is used without its argument")
        case _:
            return str(value)


def plain(value: Value) -> Value:
    """``value`` without methods, as JSON shows it."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items() if not callable(item)}
    return value


def _json(value: Value) -> str:
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))


def _join(items: Value, separator: Value) -> str:
    if not isinstance(items, Sequence) or isinstance(items, str):
        raise TemplateError("join takes a list and a separator")
    return text_of(separator).join(text_of(item) for item in items)


def _split(text: Value, separator: Value) -> list[str]:
    if not isinstance(text, str) or not isinstance(separator, str) or not separator:
        raise TemplateError("split takes a text and a separator")
    return text.split(separator)


def _len(value: Value) -> int:
    if not isinstance(value, Sequence | Mapping):
        raise TemplateError(f"{text_of(value)!r} has no length")
    return len(value)


def _index(value: Value, *keys: Value) -> Value:
    for key in keys:
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, Sequence) and isinstance(key, int) and 0 <= key < len(value):
            value = value[key]
        else:
            raise TemplateError(f"there is nothing at index {text_of(key)!r}")
    return value


def _equal(first: Value, *others: Value) -> bool:
    return any(first == other for other in others)


def _and(first: Value, *others: Value) -> Value:
    value = first
    for other in others:
        value = value and other
    return value


def _or(first: Value, *others: Value) -> Value:
    value = first
    for other in others:
        value = value or other
    return value


FUNCTIONS: Final[Mapping[str, Callable[..., Value]]] = {
    "and": _and,
    "eq": _equal,
    "index": _index,
    "join": _join,
    "json": _json,
    "len": _len,
    "lower": lambda value: text_of(value).lower(),
    "ne": lambda first, second: first != second,
    "not": lambda value: not value,
    "or": _or,
    "println": lambda *values: " ".join(text_of(value) for value in values) + "\n",
    "split": _split,
    "title": lambda value: text_of(value).title(),
    "upper": lambda value: text_of(value).upper(),
}
