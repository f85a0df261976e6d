"""The options for the resolv.conf and the hosts file of a new run or sandbox."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import click

from mooring.model.error import InvalidArgumentError

F = TypeVar("F", bound=Callable[..., Any])

AAAA: Final = ("auto", "pass", "filter")
"""The values of ``mooring.model.aaaa.Aaaa``, which would take long to import."""


def resolv_options(command: F) -> F:
    """``--dns``, ``--dns-search``, ``--dns-option``, ``--dns-aaaa`` and ``--add-host``."""
    for option in (
        click.option(
            "--add-host",
            metavar="NAME:ADDRESS",
            multiple=True,
            help="A line of the hosts file. Repeatable.",
        ),
        click.option(
            "--dns-aaaa",
            type=click.Choice(AAAA),
            default=AAAA[0],
            show_default=True,
            help="IPv6 addresses of outside names: answer without any while there is no IPv6"
            " in the sandbox (auto), ask for them (pass), never have any (filter).",
        ),
        click.option(
            "--dns-option", metavar="OPTION", multiple=True, help="A resolver option. Repeatable."
        ),
        click.option(
            "--dns-search", metavar="DOMAIN", multiple=True, help="A search domain. Repeatable."
        ),
        click.option(
            "--dns",
            metavar="ADDRESS",
            multiple=True,
            help="A name server to ask instead of the host's. Repeatable.",
        ),
    ):
        command = option(command)
    return command


def extra_hosts(values: Sequence[str]) -> list[str]:
    """``--add-host`` values in one form, ``name:address``; ``name=address`` is another."""
    hosts = []
    for value in values:
        equals, colon = value.find("="), value.find(":")
        at = min(position for position in (equals, colon, len(value)) if position >= 0)
        name, address = value[:at], value[at + 1 :]
        if not name or not address:
            raise InvalidArgumentError(
                f"--add-host {value!r} is not a name and an address",
                "write NAME:ADDRESS, as in printer:10.1.0.7",
            )
        hosts.append(f"{name}:{address.removeprefix('[').removesuffix(']')}")
    return hosts
