"""Lists of objects as the user wants them: a table, a template for each, ids alone, or JSON."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import click

from mooring.cli.table import layout
from mooring.cli.template.node import Emit, Node, Path, Text
from mooring.cli.template.parse import parse
from mooring.cli.template.render import render

Row: TypeAlias = Mapping[str, Any]
"""What a template sees of one object; a callable is a method."""

_TABLE: Final = "table "


class Presentation(NamedTuple):
    """How a user wants a list: ``--format``, ``--quiet``, ``--json``."""

    template: str
    quiet: bool
    as_json: bool


def list_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options ``--format``, ``-q`` and ``--json``."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the API's answer as JSON."),
        click.option("-q", "--quiet", is_flag=True, help="Print ids alone."),
        click.option(
            "--format",
            "template",
            metavar="TEMPLATE",
            default="table",
            help="Print each by a Go template: '{{.Name}}', 'table {{.ID}}\\t{{.Name}}', 'json'.",
        ),
    ):
        command = option(command)
    return command


def show(
    answer: Sequence[Any],
    row_of: Callable[[Any], Row],
    presentation: Presentation,
    *,
    columns: str,
    headings: Mapping[str, str],
) -> None:
    """Print what the API answered.

    ``columns`` is the template of the table by default. ``headings`` are those that are not simply
    a field's name in capitals.
    """
    if presentation.as_json:
        click.echo(json.dumps(answer, indent=4, ensure_ascii=False))
        return
    template = presentation.template.replace("\\t", "\t").replace("\\n", "\n")
    if template == "table":
        template = _TABLE + columns
    if presentation.quiet:
        template = "{{.ID}}"
    if template == "json":
        template = "{{json .}}"
    is_table = template.startswith(_TABLE)
    nodes = parse(template.removeprefix(_TABLE))
    lines = [render(nodes, row_of(item)) for item in answer]
    if is_table:
        heading = "".join(_heading(node, headings) for node in nodes)
        lines = layout([line.split("\t") for line in (heading, *lines)])
    for line in lines:
        click.echo(line)


def _heading(node: Node, headings: Mapping[str, str]) -> str:
    """What stands above the text of a node: the first field that its value is made from."""
    if isinstance(node, Text):
        return node.text
    if not isinstance(node, Emit):
        return ""
    for call in node.pipeline.calls:
        for operand in (call.target, *call.arguments):
            if isinstance(operand, Path) and operand.root is None and operand.fields:
                field = operand.fields[-1]
                return headings.get(field, field.upper())
    return ""
