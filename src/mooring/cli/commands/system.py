"""``moor system``: the machine and the daemon as a whole."""

from typing import Final

import click

from mooring.cli.client import Client
from mooring.cli.group import LazyGroup
from mooring.cli.progress import progress

_COMMANDS: Final = "mooring.cli.commands"

system = LazyGroup(
    "system",
    help="Look after the machine and the daemon.",
    lazy={
        "doctor": f"{_COMMANDS}.doctor:doctor",
        "info": f"{_COMMANDS}.info:info",
        "prune": f"{_COMMANDS}.system:prune",
        "events": f"{_COMMANDS}.events:events",
    },
)


@click.command("prune")
@click.option("-f", "--force", is_flag=True, help="Do not ask first.")
@click.pass_obj
def prune(client: Client, force: bool) -> None:
    """Remove every run that has ended and every network that nobody is on."""
    if not force:
        click.confirm(
            "Every run that has ended, with its log, and every network that nobody is on will be "
            "removed. Go on?",
            abort=True,
        )
    with progress("removing what nobody uses"):
        answer = client.post("/system/prune")
    for heading, names in (
        ("Deleted runs:", answer["ContainersDeleted"]),
        ("Deleted networks:", answer["NetworksDeleted"]),
    ):
        if names:
            click.echo("\n".join((heading, *names)) + "\n")
