"""``moor events``: what happens, as it happens."""

import json
from datetime import UTC, datetime
from typing import Any

import click

from mooring.cli.client import Client
from mooring.cli.options import filter_option
from mooring.cli.table import printable
from mooring.cli.template.parse import parse
from mooring.cli.template.render import render
from mooring.model.error import UnavailableError


@click.command("events")
@filter_option("type, event, container, sandbox, network, label", "-f")
@click.option(
    "--until", metavar="TIME", default="", help="When to end, in seconds since the epoch."
)
@click.option("--json", "as_json", is_flag=True, help="Print each as a line of JSON.")
@click.option("--format", "template", metavar="TEMPLATE", default="", help="A Go template.")
@click.pass_obj
def events(
    client: Client,
    filters: dict[str, list[str]],
    until: str,
    as_json: bool,
    template: str,
) -> None:
    """Print what happens from now on, until interrupted."""
    as_json = as_json or template == "json"
    nodes = parse(template) if template and not as_json else ()
    for event in client.stream("/events", filters=filters, until=until):
        if "Type" not in event:
            raise UnavailableError(event.get("message", str(event)), event.get("remedy", ""))
        if as_json:
            click.echo(json.dumps(event, ensure_ascii=False))
        else:
            click.echo(render(nodes, event) if nodes else _line(event))
    if not until:
        raise UnavailableError("the daemon ended the stream", "begin again when it is back")


def _line(event: Any) -> str:
    seconds, nanoseconds = divmod(event["timeNano"], 1_000_000_000)
    when = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    actor = event["Actor"]
    attributes = ", ".join(f"{key}={value}" for key, value in sorted(actor["Attributes"].items()))
    what = f"{event['Type']} {event['Action']} {actor['ID']}"
    return printable(f"{when}.{nanoseconds:09d}Z {what} ({attributes})")
