"""``moor version``: of the client and of the daemon."""

import json

import click

from mooring import __version__
from mooring.cli.client import Client
from mooring.cli.failure import FAILED, complain
from mooring.cli.inspection import format_option
from mooring.cli.template.parse import parse
from mooring.cli.template.render import render
from mooring.model.error import MooringError


@click.command("version")
@format_option
@click.option("--json", "as_json", is_flag=True, help="Print both as JSON.")
@click.pass_obj
def version(client: Client, template: str, as_json: bool) -> int:
    """Show the version of this client and of the daemon."""
    versions = {"Client": {"Version": __version__}, "Server": None}
    refusal: MooringError | None = None
    try:
        versions["Server"] = client.get("/version")
    except MooringError as error:
        refusal = error
    if as_json or template == "json":
        click.echo(json.dumps(versions, indent=4, ensure_ascii=False))
    elif template:
        click.echo(render(parse(template), versions))
    else:
        click.echo(f"Client: {__version__}")
        if server := versions["Server"]:
            click.echo(f"Daemon: {server['Version']} (API {server['ApiVersion']})")
    if refusal is None:
        return 0
    complain(str(refusal))
    return FAILED
