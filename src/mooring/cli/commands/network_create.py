"""``moor network create``."""

import json
from typing import Any

import click

from mooring.cli.client import Client
from mooring.cli.options import mapping_option
from mooring.cli.pool_option import pools
from mooring.cli.progress import progress
from mooring.model.error import InvalidArgumentError


@click.command("create")
@click.option(
    "-d",
    "--driver",
    metavar="DRIVER",
    default="bridge",
    show_default=True,
    help="What makes the network real.",
)
@click.option(
    "--subnet", "subnets", metavar="CIDR", multiple=True, help="A subnet of its own. Repeatable."
)
@click.option(
    "--ip-range",
    "ranges",
    metavar="CIDR",
    multiple=True,
    help="The part of a subnet to take addresses from. Repeatable.",
)
@click.option(
    "--gateway",
    "gateways",
    metavar="ADDRESS",
    multiple=True,
    help="The gateway of a subnet. Repeatable.",
)
@mapping_option("--aux-address", help="An address of a subnet that is somebody else's.")
@click.option("--ipv4/--no-ipv4", default=True, help="Give IPv4 addresses.", show_default=True)
@click.option("--ipv6/--no-ipv6", default=False, help="Give IPv6 addresses.", show_default=True)
@click.option("--internal", is_flag=True, help="Let nothing out of the network.")
@click.option("--attachable", is_flag=True, help="Mark it as open to be connected to by hand.")
@mapping_option("-o", "--opt", help="An option for the driver.")
@mapping_option("--label", help="A label.")
@click.option(
    "--ipam-driver",
    metavar="DRIVER",
    default="default",
    show_default=True,
    help="What manages the addresses.",
)
@mapping_option("--ipam-opt", help="An option for the IPAM driver.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Create nothing: print what would be done, an operation a line.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the operations of a dry run as JSON.")
@click.argument("name", metavar="NAME")
@click.pass_obj
def create(
    client: Client,
    driver: str,
    subnets: tuple[str, ...],
    ranges: tuple[str, ...],
    gateways: tuple[str, ...],
    aux_address: dict[str, str],
    ipv4: bool,
    ipv6: bool,
    internal: bool,
    attachable: bool,
    opt: dict[str, str],
    label: dict[str, str],
    ipam_driver: str,
    ipam_opt: dict[str, str],
    dry_run: bool,
    as_json: bool,
    name: str,
) -> None:
    """Create a network and print its id."""
    if as_json and not dry_run:
        raise InvalidArgumentError("--json prints the operations of a dry run", "add --dry-run")
    body = {
        "Name": name,
        "Driver": driver,
        "EnableIPv4": ipv4,
        "EnableIPv6": ipv6,
        "IPAM": {
            "Driver": ipam_driver,
            "Options": ipam_opt,
            "Config": pools(subnets, ranges, gateways, aux_address),
        },
        "Internal": internal,
        "Attachable": attachable,
        "Options": opt,
        "Labels": label,
    }
    if dry_run:
        operations = client.post("/networks/create", body, **{"dry-run": True})
        lines = [json.dumps(operations)] if as_json else [_line(o) for o in operations]
        click.echo("\n".join(lines))
        return
    with progress(f"creating network {name}"):
        answer = client.post("/networks/create", body)
    click.echo(answer["Id"])


def _line(operation: dict[str, Any]) -> str:
    """``AddAddress interface=mo-… address=172.30.0.1/16``: what it is, and all that it says."""
    said = (f"{name}={_value(value)}" for name, value in operation.items() if name != "type")
    return " ".join([operation["type"], *said])


def _value(value: object) -> str:
    return value if isinstance(value, str) and value and " " not in value else json.dumps(value)
