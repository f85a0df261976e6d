"""What a template is made of once it has been parsed. Pure."""

from typing import NamedTuple, TypeAlias


class Text(NamedTuple):
    """Text as it stands."""

    text: str


class Literal(NamedTuple):
    """A string, a number, true, false or nil."""

    value: object


class Path(NamedTuple):
    """A value and the way into it: ``.A.B`` has no root, ``$x.A`` a variable, ``(…).A`` a pipe."""

    root: "str | Pipeline | None"
    fields: tuple[str, ...]


class Call(NamedTuple):
    """A function's name, or a value (which may be a method), with its arguments."""

    target: "str | Operand"
    arguments: tuple["Operand", ...]


Operand: TypeAlias = "Literal | Path | Pipeline | Call"


class Pipeline(NamedTuple):
    """Calls, each with the value of the one before as its last argument."""

    calls: tuple[Call, ...]


class Emit(NamedTuple):
    """The value of a pipeline, as text; with a ``variable`` it is kept under that name instead."""

    pipeline: Pipeline
    variable: str = ""


class If(NamedTuple):
    """One of two bodies. With ``binds``, the value becomes the dot of the first one (``with``)."""

    condition: Pipeline
    body: "Nodes"
    otherwise: "Nodes"
    binds: bool


class Range(NamedTuple):
    """A body for every item, with the item as its dot, and another when there is none."""

    key: str
    value: str
    items: Pipeline
    body: "Nodes"
    otherwise: "Nodes"


Node: TypeAlias = Text | Emit | If | Range
Nodes: TypeAlias = tuple[Node, ...]
