"""``moor sandbox``: network stacks with names, whoever runs in them."""

from typing import Any, Final

import click

from mooring.cli.client import Client, path_to
from mooring.cli.endpoint_option import endpoint_options, endpoints
from mooring.cli.group import LazyGroup
from mooring.cli.inspection import format_option, inspect_each
from mooring.cli.listing import Presentation, Row, list_options, show
from mooring.cli.options import mapping_option, no_trunc_option
from mooring.cli.progress import progress
from mooring.cli.resolv_option import extra_hosts, resolv_options
from mooring.cli.row import addresses_text, identity_text, labels_text
from mooring.cli.target import for_each

_HERE: Final = "mooring.cli.commands.sandbox"
_COLUMNS: Final = "{{.ID}}\t{{.Name}}\t{{.Networks}}\t{{.Addresses}}\t{{.Netns}}"
_HEADINGS: Final = {"ID": "SANDBOX ID", "CreatedAt": "CREATED AT", "Netns": "NAMESPACE"}

sandbox = LazyGroup(
    "sandbox",
    help="Manage network stacks, whoever runs in them.",
    lazy={
        "create": f"{_HERE}:create",
        "ls": f"{_HERE}:ls",
        "inspect": f"{_HERE}:inspect",
        "rm": f"{_HERE}:rm",
    },
)


@click.command("create")
@click.option("--name", metavar="NAME", default="", help="Its name; one is made up unless given.")
@click.option(
    "--netns", metavar="PATH", default="", help="The path of a network namespace that exists."
)
@click.option(
    "--pid", type=click.IntRange(min=1), metavar="PID", help="A process in a namespace that exists."
)
@click.option(
    "-h",
    "--hostname",
    metavar="NAME",
    default="",
    help="The host name; the short id unless given.",
)
@endpoint_options
@resolv_options
@mapping_option("-l", "--label", help="A label.")
@click.pass_obj
def create(
    client: Client,
    /,
    name: str,
    netns: str,
    pid: int | None,
    hostname: str,
    label: dict[str, str],
    dns: tuple[str, ...],
    dns_search: tuple[str, ...],
    dns_option: tuple[str, ...],
    dns_aaaa: str,
    add_host: tuple[str, ...],
    **joining: Any,
) -> None:
    """Create a sandbox and print its id.

    A new network namespace is made for it, unless --netns or --pid names one that exists.
    """
    if netns and pid:
        raise click.UsageError("--netns and --pid both name a namespace: give one of them")
    body = {
        "Name": name,
        "Hostname": hostname,
        "Netns": f"/proc/{pid}/ns/net" if pid else netns,
        "Dns": {
            "Servers": dns,
            "Search": dns_search,
            "Options": dns_option,
            "Aaaa": dns_aaaa,
        },
        "ExtraHosts": extra_hosts(add_host),
        "Labels": label,
        "NetworkingConfig": {"EndpointsConfig": endpoints(**joining)},
    }
    with progress("creating the sandbox"):
        answer = client.post("/sandboxes/create", body)
    click.echo(answer["Id"])


@click.command("ls")
@no_trunc_option
@list_options
@click.pass_obj
def ls(client: Client, no_trunc: bool, template: str, quiet: bool, as_json: bool) -> None:
    """List sandboxes, those of runs included."""

    def row_of(sandbox: Any) -> Row:
        labels, networks = sandbox["Labels"], sandbox["Networks"]
        return {
            "ID": identity_text(sandbox["Id"], no_trunc),
            "Name": sandbox["Name"],
            "Netns": sandbox["Netns"],
            "Owned": sandbox["Owned"],
            "Hostname": sandbox["Hostname"],
            "Networks": ",".join(networks),
            "Addresses": addresses_text(networks),
            "Labels": labels_text(labels),
            "Label": lambda key: labels.get(key, ""),
            "CreatedAt": sandbox["Created"],
        }

    show(
        client.get("/sandboxes"),
        row_of,
        Presentation(template, quiet, as_json),
        columns=_COLUMNS,
        headings=_HEADINGS,
    )


@click.command("inspect")
@format_option
@click.argument("sandboxes", metavar="SANDBOX...", nargs=-1, required=True)
@click.pass_obj
def inspect(client: Client, template: str, sandboxes: tuple[str, ...]) -> int:
    """Show sandboxes in full."""
    return inspect_each(sandboxes, lambda ref: client.get(path_to("sandboxes", ref)), template)


@click.command("rm")
@click.argument("sandboxes", metavar="SANDBOX...", nargs=-1, required=True)
@click.pass_obj
def rm(client: Client, sandboxes: tuple[str, ...]) -> int:
    """Remove sandboxes; a namespace that was there before stays."""

    def remove(reference: str) -> str:
        client.delete(path_to("sandboxes", reference))
        return reference

    return for_each("removing", sandboxes, remove)
