"""``moor resolve``: what a name means, seen from somewhere, and why."""

import json
from typing import Any

import click

from mooring.cli.client import Client
from mooring.cli.failure import FAILED, complain
from mooring.cli.progress import progress
from mooring.cli.table import layout


@click.command("resolve")
@click.option(
    "--from", "sandbox", metavar="RUN|SANDBOX", default="", help="Whose eyes to see it with."
)
@click.option("--network", metavar="NETWORK", default="", help="The network to ask on instead.")
@click.option(
    "-t",
    "--type",
    "rtype",
    metavar="TYPE",
    default="A",
    show_default=True,
    help="The type of record to ask for.",
)
@click.option("--trace", is_flag=True, help="Print every step to the answer.")
@click.option("--json", "as_json", is_flag=True, help="Print the API's answer as JSON.")
@click.argument("name", metavar="NAME")
@click.pass_obj
def resolve(
    client: Client,
    sandbox: str,
    network: str,
    rtype: str,
    trace: bool,
    as_json: bool,
    name: str,
) -> int:
    """Ask what a name means, and see why.

    The question is asked as a run or a sandbox would, or something on a network. The exit code is 1
    when there is no such record.
    """
    if bool(sandbox) == bool(network):
        raise click.UsageError(
            "a name depends on whose eyes see it: give either --from or --network"
        )
    with progress(f"resolving {name}"):
        answer = client.get("/resolve", name=name, type=rtype, sandbox=sandbox, network=network)
    if as_json:
        click.echo(json.dumps(answer, indent=4, ensure_ascii=False))
    else:
        if trace:
            _print_trace(answer)
        for record in answer["Records"]:
            click.echo(record)
    if answer["Records"]:
        return 0
    if not as_json:
        complain(_why_not(answer))
    return FAILED


def _print_trace(answer: Any) -> None:
    rows = [
        (step["Stage"], step["Subject"], step["Outcome"], f"{step['Milliseconds']:.2f} ms")
        for step in answer["Steps"]
    ]
    total = ("answer", answer["Name"], answer["Rcode"], f"{answer['Milliseconds']:.2f} ms")
    for line in layout([("STAGE", "SUBJECT", "OUTCOME", "TIME"), *rows, total]):
        click.echo(line)


def _why_not(answer: Any) -> str:
    rcode = "no such record" if answer["Rcode"] == "NOERROR" else answer["Rcode"]
    sentence = f"{answer['Name']} {answer['Type']}: {rcode}"
    return f"{sentence}; {answer['Explanation']}" if answer["Explanation"] else sentence
