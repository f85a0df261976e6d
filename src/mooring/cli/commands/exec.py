"""``moor exec``: another command in the sandbox of a run."""

import os

import click

from mooring.cli.client import Client, path_to
from mooring.cli.environment import additions
from mooring.cli.failure import NOT_RUN, failing_with
from mooring.model.error import ConflictError


@click.command("exec", context_settings={"allow_interspersed_args": False})
@click.option(
    "-e",
    "--env",
    metavar="KEY[=VALUE]",
    multiple=True,
    help="A variable besides yours and those the run was given. Repeatable.",
)
@click.option("--env-file", metavar="PATH", multiple=True, help="A file of such. Repeatable.")
@click.option(
    "-w", "--workdir", metavar="PATH", default="", help="Where it starts; where the run is, if not."
)
@click.argument("run", metavar="RUN")
@click.argument("command", metavar="-- COMMAND [ARG...]", nargs=-1, required=True)
@click.pass_obj
def execute(
    client: Client,
    env: tuple[str, ...],
    env_file: tuple[str, ...],
    workdir: str,
    run: str,
    command: tuple[str, ...],
) -> None:
    """Run a command where a run is.

    It has the network, the files and the host name of the run.

    The exit code is the command's own; 125, 126 and 127 mean what they mean for `moor run`.
    """
    # Options end at the run's name, so that a -- behind it is ours to take away.
    command = command[1:] if command[0] == "--" else command
    if not command:
        raise click.UsageError("there is no command to run")
    with failing_with(NOT_RUN):
        added = additions(env_file, env, os.environ)
        shown = client.get(path_to("containers", run, "json"))
        state = shown["State"]
        if not state["Running"]:
            raise ConflictError(
                f"{run} is not running: it is {state['Status']}", "see `moor ps -a`"
            )
        from mooring.linux.enter import enter
        from mooring.model.run import Process

        target = Process(pid=state["Pid"], start_time=state["PidStartTime"])
        enter(target, command, (*shown["Config"]["Env"], *added), workdir)
