"""``moor run``: a command in a sandbox of its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from mooring.cli.client import Client, path_to
from mooring.cli.endpoint_option import endpoint_options, endpoints
from mooring.cli.environment import additions
from mooring.cli.failure import NOT_RUN, complain, failing_with
from mooring.cli.options import mapping_option
from mooring.cli.progress import progress
from mooring.cli.publish_option import exposed_ports, port_bindings, publish_options
from mooring.cli.resolv_option import extra_hosts, resolv_options
from mooring.model.error import MooringError, NotFoundError

if TYPE_CHECKING:
    from mooring.linux.launch import Launch
    from mooring.model.run import Process


@click.command("run", context_settings={"allow_interspersed_args": False})
@click.option("--name", metavar="NAME", default="", help="Its name; one is made up unless given.")
@click.option(
    "-h",
    "--hostname",
    metavar="NAME",
    default="",
    help="The host name; the short id unless given.",
)
@endpoint_options
@publish_options
@resolv_options
@click.option(
    "-e",
    "--env",
    metavar="KEY[=VALUE]",
    multiple=True,
    help="A variable of the environment, which is otherwise yours. Repeatable.",
)
@click.option("--env-file", metavar="PATH", multiple=True, help="A file of such. Repeatable.")
@click.option(
    "-w", "--workdir", metavar="PATH", default="", help="Where it starts; here unless given."
)
@mapping_option("-l", "--label", help="A label.")
@click.option("--rm", "remove", is_flag=True, help="Remove the run when it has ended.")
@click.option("-d", "--detach", is_flag=True, help="Do not wait: print the id, and keep a log.")
@click.argument("command", metavar="-- COMMAND [ARG...]", nargs=-1, required=True)
@click.pass_obj
def run(
    client: Client,
    /,
    name: str,
    hostname: str,
    dns: tuple[str, ...],
    dns_search: tuple[str, ...],
    dns_option: tuple[str, ...],
    dns_aaaa: str,
    add_host: tuple[str, ...],
    publish: tuple[str, ...],
    expose: tuple[str, ...],
    publish_all: bool,
    env: tuple[str, ...],
    env_file: tuple[str, ...],
    workdir: str,
    label: dict[str, str],
    remove: bool,
    detach: bool,
    command: tuple[str, ...],
    **joining: Any,
) -> int:
    """Run a command of this machine in a new sandbox.

    The exit code is the command's own. It is 127 if there is no such command, 126 if it cannot be
    executed, and 125 if anything else is in the way; nothing of the run is left then.
    """
    with failing_with(NOT_RUN):
        body = {
            "Cmd": command,
            "Hostname": hostname,
            "Env": additions(env_file, env, os.environ),
            "WorkingDir": workdir,
            "Labels": label,
            "Detach": detach,
            "HostConfig": {
                "AutoRemove": remove,
                "Dns": dns,
                "DnsSearch": dns_search,
                "DnsOptions": dns_option,
                "DnsAaaa": dns_aaaa,
                "ExtraHosts": extra_hosts(add_host),
                "PortBindings": port_bindings(publish),
                "PublishAllPorts": publish_all,
            },
            "ExposedPorts": exposed_ports(expose),
            "NetworkingConfig": {"EndpointsConfig": endpoints(**joining)},
        }
        with progress("creating the run"):
            created = client.post("/containers/create", body, name=name)
        exit_code = _start(client, created, body)
        if not detach:
            _settle(client, created["Id"], remove)
    return exit_code


def _start(client: Client, created: Any, body: Any) -> int:
    """Start what was created; 0 once a detached command has begun, else its exit code.

    Whatever goes wrong before the command has begun, the run is undone.
    """
    from mooring.linux.detached import run_detached
    from mooring.linux.supervisor import run_foreground

    identity = created["Id"]

    def report(process: "Process", supervisor: "Process") -> None:
        client.post(
            path_to("containers", identity, "started"),
            {"Process": _json(process), "Supervisor": _json(supervisor)},
        )

    try:
        if not body["Detach"]:
            return run_foreground(_launch(created, body), report)
        process, supervisor = run_detached(_launch(created, body))
        with _ended_on_error(supervisor):
            report(process, supervisor)
    except BaseException:
        _undo(client, identity)
        raise
    click.echo(identity)
    return 0


@contextmanager
def _ended_on_error(supervisor: "Process") -> Iterator[None]:
    """If the block fails, end the supervisor with all that it has started."""
    from mooring.linux.process import descendants, end_all

    try:
        yield
    except BaseException:
        end_all(lambda: {supervisor.pid, *descendants(supervisor.pid)})
        raise


def _launch(created: Any, body: Any) -> "Launch":
    from mooring.linux.launch import Launch

    launch = created["Launch"]
    return Launch(
        id=created["Id"],
        namespace=launch["Netns"],
        directory=launch["Directory"],
        run_directory=launch["RunDirectory"],
        hostname=launch["Hostname"],
        domainname=launch["Domainname"],
        command=body["Cmd"],
        environment=tuple(body["Env"]),
        workdir=body["WorkingDir"],
    )


def _json(process: "Process") -> dict[str, int]:
    return {"Pid": process.pid, "StartTime": process.start_time}


def _undo(client: Client, identity: str) -> None:
    """Remove a run that was not started, and end what was started of it."""
    try:
        client.delete(path_to("containers", identity), force=True)
    except MooringError as error:
        complain(f"{error} (the daemon undoes the run itself, as this process was to start it)")


def _settle(client: Client, identity: str, remove: bool) -> None:
    """Return once the daemon has taken the sandbox down, and with ``--rm`` the run is gone.

    The command has ended and its exit code is what counts: a daemon that is away settles this when
    it is back, and is only complained of.
    """
    try:
        with progress("taking the sandbox down"):
            client.post(path_to("containers", identity, "wait"))
            if remove:
                client.delete(path_to("containers", identity), force=True)
    except NotFoundError:
        pass  # The daemon has removed it by itself.
    except MooringError as error:
        complain(str(error))
