"""``moor stop``."""

import click

from mooring.cli.client import Client, path_to
from mooring.cli.target import for_each


@click.command("stop")
@click.option(
    "-t",
    "--timeout",
    "--time",
    "seconds",
    type=float,
    default=10,
    show_default=True,
    metavar="SECONDS",
    help="How long it may take before it is killed; negative: forever.",
)
@click.option(
    "-s",
    "--signal",
    default="TERM",
    show_default=True,
    metavar="SIGNAL",
    help="The signal that asks it to stop.",
)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.pass_obj
def stop(client: Client, seconds: float, signal: str, runs: tuple[str, ...]) -> int:
    """Stop runs; their names go first."""

    def stop_one(reference: str) -> str:
        client.post(path_to("containers", reference, "stop"), t=f"{seconds:g}", signal=signal)
        return reference

    return for_each("stopping", runs, stop_one)
