"""``moor doctor``: what is wrong on this machine, and what to do about it."""

import json

import click

from mooring.cli.client import Client
from mooring.cli.failure import FAILED
from mooring.cli.progress import progress


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the API's answer as JSON.")
@click.pass_obj
def doctor(client: Client, as_json: bool) -> int:
    """Say what is wrong on this machine.

    Every finding comes with what to do about it. The exit code is 1 if one of them is an error; a
    warning is none.
    """
    with progress("looking at the machine"):
        answer = client.get("/system/doctor")
    findings = answer["Findings"]
    if as_json:
        click.echo(json.dumps(answer, indent=4, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{finding['Severity']:8} {finding['Check']}: {finding['Message']}")
            if finding["Remedy"]:
                click.echo(f"{'':8} → {finding['Remedy']}")
    return FAILED if any(finding["Severity"] == "error" for finding in findings) else 0
