"""Options that several commands share."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def to_mapping(
    context: click.Context, parameter: click.Parameter, values: Sequence[str]
) -> dict[str, str]:
    """``KEY=VALUE`` or ``KEY`` alone, several times, as a mapping."""
    return dict(_split(value) for value in values)


def to_filters(
    context: click.Context, parameter: click.Parameter, values: Sequence[str]
) -> dict[str, list[str]]:
    """``KEY=VALUE``, several times, as the API's filters."""
    filters: dict[str, list[str]] = {}
    for value in values:
        if "=" not in value:
            raise click.BadParameter(f"{value!r} is not of the form KEY=VALUE")
        key, wanted = _split(value)
        filters.setdefault(key, []).append(wanted)
    return filters


def _split(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    if not key:
        raise click.BadParameter(f"{text!r} has no key before the =")
    return key, value


def mapping_option(*names: str, help: str) -> Callable[[F], F]:
    """A repeatable option of ``KEY=VALUE``."""
    return click.option(
        *names, metavar="KEY=VALUE", multiple=True, callback=to_mapping, help=f"{help} Repeatable."
    )


def filter_option(keys: str, *names: str) -> Callable[[F], F]:
    """``--filter``, also under other ``names``; ``keys`` are those that there are."""
    return click.option(
        *names,
        "--filter",
        "filters",
        metavar="KEY=VALUE",
        multiple=True,
        callback=to_filters,
        help=f"Only those that fit: {keys}. Repeatable.",
    )


def no_trunc_option(command: F) -> F:
    """``--no-trunc``."""
    return click.option("--no-trunc", is_flag=True, help="Print ids and commands in full.")(command)


def address_options(command: F) -> F:
    """``--ip`` and ``--ip6``."""
    for option in (
        click.option("--ip6", metavar="ADDRESS", default="", help="The IPv6 address to have."),
        click.option("--ip", metavar="ADDRESS", default="", help="The IPv4 address to have."),
    ):
        command = option(command)
    return command
