"""``moor network create``."""

import click

from mooring.cli.client import Client
from mooring.cli.options import mapping_option
from mooring.cli.pool_option import pools
from mooring.cli.progress import progress


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
    name: str,
) -> None:
    """Create a network and print its id."""
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
    with progress(f"creating network {name}"):
        answer = client.post("/networks/create", body)
    click.echo(answer["Id"])
