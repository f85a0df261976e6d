"""``moor daemon``: the daemon itself, in the foreground."""

import click
from click.core import ParameterSource

# The daemon's own defaults are written out here, for importing it takes longer than a help should.
# A test compares them.


@click.command("daemon")
@click.option(
    "--allow-remote",
    is_flag=True,
    help="Let --host be an address that other machines can reach. Nobody is asked who they are.",
)
@click.option(
    "--data-root",
    metavar="PATH",
    default="/var/lib/mooring",
    show_default=True,
    help="Where it keeps what must survive.",
)
@click.option(
    "--run-root",
    metavar="PATH",
    default="/run/mooring",
    show_default=True,
    help="Where it keeps what lives: namespaces, sockets, the files of sandboxes.",
)
@click.option(
    "--dns-ttl",
    type=click.IntRange(0, 86_400),
    metavar="SECONDS",
    default=5,
    show_default=True,
    help="How long a local name may be kept by those who asked.",
)
@click.option(
    "--resolv-conf",
    metavar="PATH",
    default="/etc/resolv.conf",
    show_default=True,
    help="The file that names the host's name servers.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="The least that is logged.",
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How it is logged.",
)
@click.pass_context
def daemon(context: click.Context, /, **settings: object) -> int:
    """Run the daemon until it is told to stop.

    It has to be root. It listens at the address of `moor --host`, or else in the directory that
    --run-root names.
    """
    import msgspec

    from mooring.daemon.config import Config
    from mooring.daemon.run import main

    return main(msgspec.convert({"host": _address(context), **settings}, Config))


def _address(context: click.Context) -> str:
    """Where to listen: as for every command, but with another run root its socket is there."""
    root = context.find_root()
    chosen = root.get_parameter_source("host") is not ParameterSource.DEFAULT
    moved = context.get_parameter_source("run_root") is not ParameterSource.DEFAULT
    if moved and not chosen:
        return f"unix://{context.params['run_root']}/mooring.sock"
    return str(root.params["host"])
