"""``moor rm``."""

import click

from mooring.cli.client import Client, path_to
from mooring.cli.target import for_each
from mooring.model.error import NotFoundError


@click.command("rm")
@click.option(
    "-f", "--force", is_flag=True, help="Kill those that live; do not mind those that are gone."
)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.pass_obj
def rm(client: Client, force: bool, runs: tuple[str, ...]) -> int:
    """Remove runs that have ended, with their logs."""

    def remove(reference: str) -> str:
        try:
            client.delete(path_to("containers", reference), force=force)
        except NotFoundError:
            if not force:
                raise
        return reference

    return for_each("removing", runs, remove)
