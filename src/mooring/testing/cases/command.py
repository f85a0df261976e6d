"""The command line: judge a file, print the report, exit by it."""

import sys
from pathlib import Path

import click

from mooring.model.error import MooringError
from mooring.testing.cases.judge import judge, read
from mooring.testing.cases.report import as_json, as_text, by_group


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--verbose", "-v", is_flag=True, help="A line for each case.")
@click.option("--json", "in_json", is_flag=True, help="JSON, with every case.")
def main(file: Path, verbose: bool, in_json: bool) -> None:
    """Put the cases of FILE through Mooring.

    Exits with 1 if any fails, and with 2 if FILE cannot be read.
    """
    try:
        reports = by_group(list(judge(read(file))))
    except MooringError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    if in_json:
        click.echo(as_json(reports))
    else:
        for line in as_text(reports, verbose=verbose):
            click.echo(line)
    sys.exit(1 if any(report.failed for report in reports) else 0)
