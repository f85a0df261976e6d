"""``moor wait``."""

import click

from mooring.cli.client import Client, path_to
from mooring.cli.target import for_each


@click.command("wait")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.pass_obj
def wait(client: Client, runs: tuple[str, ...]) -> int:
    """Wait until runs have ended and print their exit codes."""

    def wait_for(reference: str) -> str:
        answer = client.post(path_to("containers", reference, "wait"))
        return str(answer["StatusCode"])

    return for_each("waiting for", runs, wait_for)
