"""Templates and a value to text. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from mooring.cli.template.function import FUNCTIONS, Value, text_of
from mooring.cli.template.node import (
    Call,
    Emit,
    If,
    Literal,
    Nodes,
    Operand,
    Path,
    Pipeline,
    Range,
    Text,
)
from mooring.cli.template.token import TemplateError


def render(nodes: Nodes, value: Value) -> str:
    """The text of a template for one value, a tree of mappings, lists and scalars.

    A callable in a mapping is a method: ``.Label "team"``. Raises TemplateError for a field that is
    not there, with those that are.
    """
    return "".join(_render(nodes, value, {"$": value}))


def _render(nodes: Nodes, dot: Value, variables: dict[str, Value]) -> Iterator[str]:
    for node in nodes:
        match node:
            case Text(text):
                yield text
            case Emit(pipeline, ""):
                yield text_of(_run(pipeline, dot, variables))
            case Emit(pipeline, variable):
                variables[variable] = _run(pipeline, dot, variables)
            case If(condition, body, otherwise, binds):
                value = _run(condition, dot, variables)
                inner = value if value and binds else dot
                yield from _render(body if value else otherwise, inner, dict(variables))
            case Range():
                yield from _render_range(node, dot, variables)


def _render_range(node: Range, dot: Value, variables: dict[str, Value]) -> Iterator[str]:
    items = list(_items(_run(node.items, dot, variables)))
    for key, item in items:
        inner = dict(variables)
        if node.key:
            inner[node.key] = key
        if node.value:
            inner[node.value] = item
        yield from _render(node.body, item, inner)
    if not items:
        yield from _render(node.otherwise, dot, dict(variables))


def _items(value: Value) -> Iterator[tuple[Value, Value]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from enumerate(value)
    elif value is not None:
        raise TemplateError(f"range takes a list or a map, not {text_of(value)!r}")


def _run(pipeline: Pipeline, dot: Value, variables: Mapping[str, Value]) -> Value:
    first, *rest = pipeline.calls
    value = _call(first, (), dot, variables)
    for call in rest:
        value = _call(call, (value,), dot, variables)
    return value


def _call(
    call: Call, piped: tuple[Value, ...], dot: Value, variables: Mapping[str, Value]
) -> Value:
    arguments = (*(_value(argument, dot, variables) for argument in call.arguments), *piped)
    if isinstance(call.target, str):
        function: Value = FUNCTIONS.get(call.target)
        name = call.target
        if function is None:
            raise TemplateError(f"no function {name!r}", f"there are: {', '.join(FUNCTIONS)}")
    else:
        function = _value(call.target, dot, variables)
        name = "this value"
        if not arguments:
            return function
    if not callable(function):
        raise TemplateError(f"{text_of(function)!r} takes no arguments")
    try:
        return function(*arguments)
    except TypeError as error:
        raise TemplateError(f"{name} does not take {len(arguments)} such arguments") from error


def _value(operand: Operand, dot: Value, variables: Mapping[str, Value]) -> Value:
    match operand:
        case Literal(value):
            return value
        case Pipeline():
            return _run(operand, dot, variables)
        case Call():
            return _call(operand, (), dot, variables)
        case Path(root, fields):
            match root:
                case None:
                    value = dot
                case Pipeline():
                    value = _run(root, dot, variables)
                case _:
                    if root not in variables:
                        raise TemplateError(f"no variable {root}")
                    value = variables[root]
            return _follow(value, fields)


def _follow(value: Value, fields: tuple[str, ...]) -> Value:
    for depth, field in enumerate(fields):
        if not isinstance(value, Mapping) or field not in value:
            where = "." + ".".join(fields[:depth])
            known = ", ".join(map(str, value)) if isinstance(value, Mapping) else ""
            raise TemplateError(
                f"no field {field!r} in {where}", f"there are: {known}" if known else ""
            )
        value = value[field]
    return value
