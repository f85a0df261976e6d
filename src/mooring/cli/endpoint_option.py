"""The options by which a new run or sandbox joins networks."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from mooring.cli.network_option import endpoints_config
from mooring.cli.options import address_options

F = TypeVar("F", bound=Callable[..., Any])


def endpoint_options(command: F) -> F:
    """``--network``, and what may be said beside it when there is only one."""
    for option in (
        click.option("--mac-address", metavar="MAC", default="", help="The MAC address to have."),
        address_options,
        click.option(
            "--network-alias", metavar="NAME", multiple=True, help="Another name. Repeatable."
        ),
        click.option(
            "--network",
            metavar="NETWORK",
            multiple=True,
            help="A network to join: app, or name=app,alias=db,ip=10.1.0.7. Repeatable.",
        ),
    ):
        command = option(command)
    return command


def endpoints(
    *,
    network: tuple[str, ...],
    network_alias: tuple[str, ...],
    ip: str,
    ip6: str,
    mac_address: str,
) -> dict[str, dict[str, Any]]:
    """What ``endpoint_options`` were given, as ``EndpointsConfig``."""
    return endpoints_config(network, aliases=network_alias, ip=ip, ip6=ip6, mac=mac_address)
