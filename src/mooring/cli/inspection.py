"""``inspect``: objects as the API shows them, or by a template."""

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from mooring.cli.failure import FAILED, complain
from mooring.cli.template.parse import parse
from mooring.cli.template.render import render
from mooring.model.error import MooringError

F = TypeVar("F", bound=Callable[..., Any])


def format_option(command: F) -> F:
    """``--format`` of the commands that show one object in full."""
    return click.option(
        "-f",
        "--format",
        "template",
        metavar="TEMPLATE",
        default="",
        help="Print each by a Go template, such as '{{.Name}}' or '{{json .}}'.",
    )(command)


def inspect_each(references: Sequence[str], fetch: Callable[[str], Any], template: str) -> int:
    """Print each of the objects that there are, complain of the others, return the exit code."""
    nodes = parse("{{json .}}" if template == "json" else template) if template else ()
    found: list[Any] = []
    exit_code = 0
    for reference in references:
        try:
            found.append(fetch(reference))
        except MooringError as error:
            complain(str(error))
            exit_code = FAILED
    if nodes:
        for item in found:
            click.echo(render(nodes, item))
    else:
        click.echo(json.dumps(found, indent=4, ensure_ascii=False))
    return exit_code
