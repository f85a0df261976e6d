"""``moor kill``."""

import click

from mooring.cli.client import Client, path_to
from mooring.cli.target import for_each


@click.command("kill")
@click.option(
    "-s",
    "--signal",
    default="KILL",
    show_default=True,
    metavar="SIGNAL",
    help="The signal to send, by name or number.",
)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.pass_obj
def kill(client: Client, signal: str, runs: tuple[str, ...]) -> int:
    """Send a signal to the command of runs."""

    def kill_one(reference: str) -> str:
        client.post(path_to("containers", reference, "kill"), signal=signal)
        return reference

    return for_each("killing", runs, kill_one)
