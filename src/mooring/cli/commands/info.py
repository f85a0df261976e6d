"""``moor info``: how much there is of everything."""

import json
from typing import Final

import click

from mooring.cli.client import Client
from mooring.cli.inspection import format_option
from mooring.cli.template.parse import parse
from mooring.cli.template.render import render

_LINES: Final = (
    ("Runs", "Containers"),
    (" Running", "ContainersRunning"),
    (" Stopped", "ContainersStopped"),
    ("Networks", "Networks"),
    ("Sandboxes", "Sandboxes"),
    ("Endpoints", "Endpoints"),
    ("Server version", "ServerVersion"),
    ("Kernel version", "KernelVersion"),
    ("Architecture", "Architecture"),
    ("CPUs", "NCPU"),
    ("Name", "Name"),
)


@click.command("info")
@format_option
@click.option("--json", "as_json", is_flag=True, help="Print the API's answer as JSON.")
@click.pass_obj
def info(client: Client, template: str, as_json: bool) -> None:
    """Show how much there is of everything."""
    answer = client.get("/info")
    if as_json or template == "json":
        click.echo(json.dumps(answer, indent=4, ensure_ascii=False))
        return
    if template:
        click.echo(render(parse(template), answer))
        return
    for label, field in _LINES:
        click.echo(f"{label}: {answer[field]}")
    click.echo(f"Network drivers: {' '.join(answer['Plugins']['Network'])}")
    click.echo(f"Address: {client.address}")
