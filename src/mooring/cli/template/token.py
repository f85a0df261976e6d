"""A template as text and actions, and an action as tokens. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from mooring.model.error import InvalidArgumentError

_ACTION: Final = re.compile(
    r"\{\{(- )?((?:\"(?:[^\"\\]|\\.)*\"|`[^`]*`|[^\"`])*?)( -)?\}\}", re.DOTALL
)
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*"|`[^`]*`)
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<variable>\$\w*)
      | (?P<field>\.[A-Za-z_]\w*)
      | (?P<word>[A-Za-z_]\w*)
      | (?P<symbol>:=|[.|(),=])
    )""",
    re.VERBOSE | re.ASCII,
)


class TemplateError(InvalidArgumentError):
    """A template that cannot be read, or does not fit what it is to show."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(f"cannot format: {reason}", remedy)


class Piece(NamedTuple):
    """Text as it stands, or what is between the braces of an action."""

    is_action: bool
    text: str


class Token(NamedTuple):
    """A word of an action. ``spaced`` tells whether anything separates it from the one before."""

    kind: str
    text: str
    spaced: bool


def pieces(source: str) -> Iterator[Piece]:
    """The text and the actions of a template, in order; comments are left out."""
    position = 0
    trim = False
    for action in _ACTION.finditer(source):
        text = source[position : action.start()]
        text = text.lstrip() if trim else text
        text = text.rstrip() if action[1] else text
        _check_text(text)
        if text:
            yield Piece(False, text)
        if not (action[2].startswith("/*") and action[2].endswith("*/")):
            yield Piece(True, action[2].strip())
        position, trim = action.end(), bool(action[3])
    rest = source[position:]
    rest = rest.lstrip() if trim else rest
    _check_text(rest)
    if rest:
        yield Piece(False, rest)


def _check_text(text: str) -> None:
    if "{{" in text:
        opened = text[text.index("{{") :][:40]
        raise TemplateError(f"{opened!r} is never closed", "end it with }}")


def tokens(action: str) -> list[Token]:
    """The tokens of an action."""
    found: list[Token] = []
    position = 0
    while position < len(action):
        match = _TOKEN.match(action, position)
        if match is None or match.lastgroup is None:
            raise TemplateError(
                f"unexpected {action[position:].strip()[:20]!r} in {{{{{action}}}}}"
            )
        text = match[match.lastgroup]
        found.append(Token(match.lastgroup, text, match.start(match.lastgroup) > position))
        position = match.end()
    return found


def unquote(text: str) -> str:
    """A string literal's value: Go's quoted form, or raw between back quotes."""
    if text.startswith("`"):
        return text[1:-1]
    try:
        value = json.loads(text)
    except ValueError as error:
        raise TemplateError(f"{text} is not a string") from error
    return str(value)
