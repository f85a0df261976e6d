"""``moor doctor``: what is wrong on this machine, and what to do about it."""

import json
from typing import Any

import click

from mooring.cli.client import Client
from mooring.cli.failure import FAILED
from mooring.cli.progress import progress


@click.command("doctor")
@click.option(
    "--from",
    "sandbox",
    metavar="RUN|SANDBOX",
    default="",
    help="Measure look-ups in there instead, and say what makes them slow. Needs root.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the API's answer as JSON.")
@click.argument("name", metavar="[NAME]", required=False)
@click.pass_obj
def doctor(client: Client, sandbox: str, as_json: bool, name: str | None) -> int:
    """Say what is wrong on this machine.

    With --from, look up names inside a run or sandbox as its programs do: one of its own, the
    outside NAME (example.com unless given), and one below NAME that does not exist.

    Every finding comes with what to do about it. The exit code is 1 if one of them is an error; a
    warning is none.
    """
    if name is not None and not sandbox:
        raise click.UsageError("a name is looked up inside a sandbox: say which with --from")
    if sandbox:
        from mooring.cli.lookups import examine

        with progress(f"looking names up in {sandbox}"):
            answer = examine(client, sandbox, name or "example.com")
    else:
        with progress("looking at the machine"):
            answer = client.get("/system/doctor")
    if as_json:
        click.echo(json.dumps(answer, indent=4, ensure_ascii=False))
    else:
        _print(answer)
    return FAILED if any(found["Severity"] == "error" for found in answer["Findings"]) else 0


def _print(answer: Any) -> None:
    for finding in answer["Findings"]:
        click.echo(f"{finding['Severity']:8} {finding['Check']}: {finding['Message']}")
        if finding["Remedy"]:
            click.echo(f"{'':8} → {finding['Remedy']}")
