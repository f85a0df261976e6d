"""``moor ps``: the runs."""

import json
import time
from typing import Any, Final

import click

from mooring.api.translate.duration import elapsed
from mooring.cli.client import Client
from mooring.cli.listing import Presentation, Row, list_options, show
from mooring.cli.options import filter_option, no_trunc_option
from mooring.cli.port_text import ports_text
from mooring.cli.row import addresses_text, identity_text, labels_text

_COLUMNS: Final = (
    "{{.ID}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Networks}}\t{{.Ports}}\t{{.Names}}"
)
_HEADINGS: Final = {"ID": "RUN ID", "RunningFor": "CREATED", "CreatedAt": "CREATED AT"}
_COMMAND_WIDTH: Final = 20


@click.command("ps")
@click.option("-a", "--all", "everything", is_flag=True, help="Also those that have ended.")
@filter_option("name, id, status, network, label, exited", "-f")
@no_trunc_option
@list_options
@click.pass_obj
def ps(
    client: Client,
    everything: bool,
    filters: dict[str, list[str]],
    no_trunc: bool,
    template: str,
    quiet: bool,
    as_json: bool,
) -> None:
    """List runs: those that live, newest first."""
    now = time.time()

    def row_of(run: Any) -> Row:
        labels = run["Labels"]
        networks = run["NetworkSettings"]["Networks"]
        return {
            "ID": identity_text(run["Id"], no_trunc),
            "Names": ",".join(name.removeprefix("/") for name in run["Names"]),
            "Command": json.dumps(_cut(run["Command"], no_trunc), ensure_ascii=False),
            "CreatedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(run["Created"])),
            "RunningFor": f"{elapsed(now - run['Created'])} ago",
            "State": run["State"],
            "Status": run["Status"],
            "Networks": ",".join(networks),
            "Ports": ports_text(run["Ports"]),
            "Addresses": addresses_text(networks),
            "Labels": labels_text(labels),
            "Label": lambda key: labels.get(key, ""),
        }

    show(
        client.get("/containers/json", all=everything, filters=filters),
        row_of,
        Presentation(template, quiet, as_json),
        columns=_COLUMNS,
        headings=_HEADINGS,
    )


def _cut(command: str, no_trunc: bool) -> str:
    if no_trunc or len(command) <= _COMMAND_WIDTH:
        return command
    return command[: _COMMAND_WIDTH - 1] + "…"
