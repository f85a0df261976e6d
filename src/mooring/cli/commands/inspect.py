"""``moor inspect``: whatever has the name."""

from typing import Any, Final

import click

from mooring.cli.client import Client, path_to
from mooring.cli.inspection import format_option, inspect_each
from mooring.model.error import NotFoundError

_PATHS: Final = {
    "run": ("containers", "json"),
    "network": ("networks",),
    "sandbox": ("sandboxes",),
}


@click.command("inspect")
@format_option
@click.option(
    "--type", "kind", type=click.Choice(list(_PATHS)), help="What it is, where names are alike."
)
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.pass_obj
def inspect(client: Client, template: str, kind: str | None, names: tuple[str, ...]) -> int:
    """Show runs, networks or sandboxes in full."""
    kinds = [kind] if kind else list(_PATHS)

    def fetch(reference: str) -> Any:
        for candidate in kinds:
            collection, *rest = _PATHS[candidate]
            try:
                return client.get(path_to(collection, reference, *rest))
            except NotFoundError:
                continue
        raise NotFoundError(f"no such {kind or 'run, network or sandbox'}: {reference!r}")

    return inspect_each(names, fetch, template)
