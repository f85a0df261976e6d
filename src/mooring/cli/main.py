"""The command ``moor``: its table of commands, and what becomes of an error."""

from collections.abc import Sequence
from typing import Final

import click

from mooring import __version__
from mooring.api.address import DEFAULT_ADDRESS
from mooring.cli.client import Client
from mooring.cli.failure import (
    FAILED,
    INTERRUPTED,
    NOT_RUN,
    CommandError,
    complain,
    usage_sentence,
)
from mooring.cli.group import LazyGroup
from mooring.model.error import MooringError

COMMANDS: Final = {
    "run": "mooring.cli.commands.run:run",
    "exec": "mooring.cli.commands.exec:execute",
    "ps": "mooring.cli.commands.ps:ps",
    "logs": "mooring.cli.commands.logs:logs",
    "stop": "mooring.cli.commands.stop:stop",
    "kill": "mooring.cli.commands.kill:kill",
    "wait": "mooring.cli.commands.wait:wait",
    "port": "mooring.cli.commands.port:port",
    "rm": "mooring.cli.commands.rm:rm",
    "inspect": "mooring.cli.commands.inspect:inspect",
    "network": "mooring.cli.commands.network:network",
    "sandbox": "mooring.cli.commands.sandbox:sandbox",
    "resolve": "mooring.cli.commands.resolve:resolve",
    "events": "mooring.cli.commands.events:events",
    "system": "mooring.cli.commands.system:system",
    "doctor": "mooring.cli.commands.doctor:doctor",
    "info": "mooring.cli.commands.info:info",
    "version": "mooring.cli.commands.version:version",
    "daemon": "mooring.cli.commands.daemon:daemon",
}


@click.group("moor", cls=LazyGroup, lazy=COMMANDS)
@click.option(
    "-H",
    "--host",
    metavar="ADDRESS",
    envvar="MOORING_HOST",
    show_envvar=True,
    default=DEFAULT_ADDRESS,
    show_default=True,
    help="Where the daemon is: unix:///path or tcp://127.0.0.1:port.",
)
@click.version_option(__version__, "-v", "--version", message="moor %(version)s")
@click.pass_context
def moor(ctx: click.Context, host: str) -> None:
    """Give every process on this machine a network, an address and a name."""
    ctx.obj = Client(host)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (the process's own unless given) and return its exit code.

    Errors are one line on standard error: what is wrong, then what would work. A command line that
    cannot be understood exits with 125, as Docker's does.
    """
    try:
        outcome = moor.main(args=arguments, prog_name="moor", standalone_mode=False)
    except click.UsageError as error:
        complain(usage_sentence(error))
        return NOT_RUN
    except click.ClickException as error:
        complain(error.format_message())
        return FAILED
    except click.Abort:
        return INTERRUPTED
    except CommandError as error:
        complain(str(error))
        return error.exit_code
    except MooringError as error:
        complain(str(error))
        return FAILED
    return outcome if isinstance(outcome, int) else 0
