"""``moor daemon``: the daemon itself, in the foreground."""

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

F = TypeVar("F", bound=Callable[..., Any])

# The daemon's own defaults are written out here, for importing it takes longer than a help should.
# A test compares them.


def _boolean(flag: str, help: str) -> Callable[[F], F]:
    """``--flag`` and ``--flag=false``, as Docker's daemon has them."""
    return click.option(
        flag, metavar="[true|false]", is_flag=False, flag_value="true", default=None, help=help
    )


@click.command("daemon")
@click.option(
    "--config",
    metavar="PATH",
    default="",
    help="The file of options; /etc/mooring/daemon.toml, if there is one. Flags win over it.",
)
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
    "--bridge",
    metavar="NAME",
    default="",
    help="A bridge of your own for the network bridge, or none. Mooring makes mooring0 otherwise.",
)
@click.option("--bip", metavar="CIDR", default="", help="The address and subnet of mooring0.")
@click.option("--bip6", metavar="CIDR", default="", help="The same for IPv6.")
@click.option(
    "--fixed-cidr",
    metavar="CIDR",
    default="",
    help="The part of the default bridge's subnet to take addresses from.",
)
@click.option("--fixed-cidr-v6", metavar="CIDR", default="", help="The same for IPv6.")
@click.option(
    "--default-gateway",
    metavar="ADDRESS",
    default="",
    help="The gateway of sandboxes on the default bridge; the bridge itself otherwise.",
)
@click.option("--default-gateway-v6", metavar="ADDRESS", default="", help="The same for IPv6.")
@_boolean("--ipv6", "Give the default bridge IPv6, as any option about its IPv6 does.")
@click.option("--mtu", metavar="OCTETS", default="0", help="The MTU of the default bridge.")
@_boolean("--default-bridge-dns", "Serve the names on the default bridge too.")
@_boolean("--ip-masq", "Masquerade what leaves the default bridge; true unless given.")
@_boolean("--ip-forward", "Turn forwarding on where a network needs it; true unless given.")
@_boolean("--iptables", "Manage the firewall for IPv4; true unless given.")
@_boolean("--ip6tables", "Manage the firewall for IPv6; true unless given.")
@click.option(
    "--default-address-pool",
    metavar="base=CIDR,size=BITS",
    multiple=True,
    help="Where to cut subnets from for networks that name none. Repeatable.",
)
@click.option(
    "--dns",
    metavar="ADDRESS",
    multiple=True,
    help="A name server for sandboxes that name none. Repeatable.",
)
@click.option(
    "--dns-search",
    metavar="DOMAIN",
    multiple=True,
    help="A search domain for sandboxes that name none. Repeatable.",
)
@click.option(
    "--dns-opt",
    metavar="OPTION",
    multiple=True,
    help="A resolver option for sandboxes that name none. Repeatable.",
)
@click.option(
    "--dns-ttl",
    metavar="SECONDS",
    default="5",
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
    metavar="[debug|info|warning|error]",
    default="info",
    show_default=True,
    help="The least that is logged.",
)
@click.option(
    "--log-format",
    metavar="[text|json]",
    default="text",
    show_default=True,
    help="How it is logged.",
)
@click.pass_context
def daemon(context: click.Context, /, config: str, **settings: object) -> int:
    """Run the daemon until it is told to stop.

    It has to be root. It listens at the address of `moor --host`, or else in the directory that
    --run-root names. Every option can be a key of the file, without its dashes; SIGHUP makes the
    daemon read that again. All that is wrong with the options is told at once, and nothing done.
    """
    from mooring.daemon.options import Source
    from mooring.daemon.run import main

    flags = {name: value for name, value in settings.items() if _is_given(context, name)}
    return main(Source(flags=flags, path=config, host=_address(context)).read)


def _address(context: click.Context) -> str:
    """Where to listen, if that was said: as for every command."""
    root = context.find_root()
    chosen = root.get_parameter_source("host") is not ParameterSource.DEFAULT
    return str(root.params["host"]) if chosen else ""


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is not ParameterSource.DEFAULT
