"""``moor network``: the networks of this machine."""

from typing import Any, Final

import click

from mooring.cli.client import Client, path_to
from mooring.cli.group import LazyGroup
from mooring.cli.inspection import format_option, inspect_each
from mooring.cli.listing import Presentation, Row, list_options, show
from mooring.cli.options import (
    address_options,
    filter_option,
    mapping_option,
    no_trunc_option,
)
from mooring.cli.progress import progress
from mooring.cli.row import identity_text, labels_text
from mooring.cli.target import for_each
from mooring.model.error import NotFoundError

_HERE: Final = "mooring.cli.commands.network"
_COLUMNS: Final = "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}"
_HEADINGS: Final = {"ID": "NETWORK ID", "CreatedAt": "CREATED AT"}

network = LazyGroup(
    "network",
    help="Manage networks.",
    lazy={
        "create": f"{_HERE}_create:create",
        "ls": f"{_HERE}:ls",
        "inspect": f"{_HERE}:inspect",
        "connect": f"{_HERE}:connect",
        "disconnect": f"{_HERE}:disconnect",
        "rm": f"{_HERE}:rm",
        "prune": f"{_HERE}:prune",
    },
)


@click.command("ls")
@filter_option("name, id, label, driver, scope, type (builtin or custom), dangling", "-f")
@no_trunc_option
@list_options
@click.pass_obj
def ls(
    client: Client,
    filters: dict[str, list[str]],
    no_trunc: bool,
    template: str,
    quiet: bool,
    as_json: bool,
) -> None:
    """List networks."""

    def row_of(network: Any) -> Row:
        labels = network["Labels"]
        return {
            "ID": identity_text(network["Id"], no_trunc),
            "Name": network["Name"],
            "Driver": network["Driver"],
            "Scope": network["Scope"],
            "IPv4": network["EnableIPv4"],
            "IPv6": network["EnableIPv6"],
            "Internal": network["Internal"],
            "Subnets": ",".join(pool["Subnet"] for pool in network["IPAM"]["Config"]),
            "Labels": labels_text(labels),
            "Label": lambda key: labels.get(key, ""),
            "CreatedAt": network["Created"],
        }

    show(
        client.get("/networks", filters=filters),
        row_of,
        Presentation(template, quiet, as_json),
        columns=_COLUMNS,
        headings=_HEADINGS,
    )


@click.command("inspect")
@format_option
@click.argument("networks", metavar="NETWORK...", nargs=-1, required=True)
@click.pass_obj
def inspect(client: Client, template: str, networks: tuple[str, ...]) -> int:
    """Show networks in full, with who is on them."""
    return inspect_each(networks, lambda ref: client.get(path_to("networks", ref)), template)


@click.command("connect")
@click.option("--alias", "aliases", metavar="NAME", multiple=True, help="Another name. Repeatable.")
@address_options
@mapping_option("--driver-opt", help="An option for the network's driver.")
@click.option(
    "--gw-priority",
    type=int,
    default=0,
    metavar="NUMBER",
    help="The network with the highest is the way out.",
)
@click.argument("network", metavar="NETWORK")
@click.argument("sandbox", metavar="RUN|SANDBOX")
@click.pass_obj
def connect(
    client: Client,
    aliases: tuple[str, ...],
    ip: str,
    ip6: str,
    driver_opt: dict[str, str],
    gw_priority: int,
    network: str,
    sandbox: str,
) -> None:
    """Connect a run or a sandbox to a network."""
    settings = {
        "IPAMConfig": {"IPv4Address": ip, "IPv6Address": ip6},
        "Aliases": aliases,
        "DriverOpts": driver_opt,
        "GwPriority": gw_priority,
    }
    body = {"Container": sandbox, "EndpointConfig": settings}
    with progress(f"connecting {sandbox} to {network}"):
        client.post(path_to("networks", network, "connect"), body)


@click.command("disconnect")
@click.option("-f", "--force", is_flag=True, help="Even if the driver cannot take it down.")
@click.argument("network", metavar="NETWORK")
@click.argument("sandbox", metavar="RUN|SANDBOX")
@click.pass_obj
def disconnect(client: Client, force: bool, network: str, sandbox: str) -> None:
    """Disconnect a run or a sandbox from a network."""
    body = {"Container": sandbox, "Force": force}
    with progress(f"disconnecting {sandbox} from {network}"):
        client.post(path_to("networks", network, "disconnect"), body)


@click.command("rm")
@click.option("-f", "--force", is_flag=True, help="Do not mind a network that is not there.")
@click.argument("networks", metavar="NETWORK...", nargs=-1, required=True)
@click.pass_obj
def rm(client: Client, force: bool, networks: tuple[str, ...]) -> int:
    """Remove networks that nobody is on."""

    def remove(reference: str) -> str:
        try:
            client.delete(path_to("networks", reference))
        except NotFoundError:
            if not force:
                raise
        return reference

    return for_each("removing", networks, remove)


@click.command("prune")
@click.option("-f", "--force", is_flag=True, help="Do not ask first.")
@filter_option("label, label!, until (24h, or a time)")
@click.pass_obj
def prune(client: Client, force: bool, filters: dict[str, list[str]]) -> None:
    """Remove every network that nobody is on."""
    if not force:
        click.confirm("Every network that nobody is on will be removed. Go on?", abort=True)
    with progress("removing networks"):
        answer = client.post("/networks/prune", filters=filters)
    for name in answer["NetworksDeleted"]:
        click.echo(name)
