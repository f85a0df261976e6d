"""``moor port``: where the ports of a run are published."""

import click

from mooring.cli.client import Client, path_to
from mooring.cli.port_text import place_text
from mooring.model.error import NotFoundError
from mooring.model.publish import parse_exposed


@click.command("port")
@click.argument("run", metavar="RUN")
@click.argument("port", metavar="[PORT[/PROTOCOL]]", required=False)
@click.pass_obj
def port(client: Client, run: str, port: str | None) -> None:
    """Show where ports of a run are published: all of them, or one."""
    found = client.get(path_to("containers", run, "json"))
    published = {
        name: [place_text(binding["HostIp"], binding["HostPort"]) for binding in bindings]
        for name, bindings in found["NetworkSettings"]["Ports"].items()
        if bindings
    }
    if port is None:
        for name, places in published.items():
            for place in places:
                click.echo(f"{name} -> {place}")
        return
    for number, protocol in parse_exposed(port):
        name = f"{number}/{protocol}"
        if name not in published:
            raise NotFoundError(
                f"port {name} of {run} is not published",
                f"published are: {', '.join(published)}" if published else "moor run -p does that",
            )
        click.echo("\n".join(published[name]))
