"""The options by which a run publishes ports."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from mooring.model.publish import parse_exposed, parse_publish

F = TypeVar("F", bound=Callable[..., Any])


def publish_options(command: F) -> F:
    """``--publish``, ``--expose`` and ``--publish-all``."""
    for option in (
        click.option(
            "-P",
            "--publish-all",
            is_flag=True,
            help="Publish every exposed port at a free port of the host.",
        ),
        click.option(
            "--expose",
            metavar="PORT[-PORT][/PROTOCOL]",
            multiple=True,
            help="A port that it listens on. Repeatable.",
        ),
        click.option(
            "-p",
            "--publish",
            metavar="[[IP:][HOST]:]PORT[/PROTOCOL]",
            multiple=True,
            help="Lead a port of the host to a port of it: 8080:80, 127.0.0.1:53:53/udp,"
            " 8000-8009:8000-8009; 80 alone takes a free one. Repeatable.",
        ),
    ):
        command = option(command)
    return command


def port_bindings(publish: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    """What ``--publish`` was given, as ``PortBindings``."""
    found: dict[str, list[dict[str, str]]] = {}
    for request in (request for text in publish for request in parse_publish(text)):
        host_port = str(request.host_port or "")
        if request.host_port_end:
            host_port += f"-{request.host_port_end}"
        binding = {"HostIp": request.host_ip, "HostPort": host_port}
        found.setdefault(f"{request.container_port}/{request.protocol}", []).append(binding)
    return found


def exposed_ports(expose: Sequence[str]) -> dict[str, dict[str, str]]:
    """What ``--expose`` was given, as ``ExposedPorts``."""
    ports = (port for text in expose for port in parse_exposed(text))
    return {f"{port}/{protocol}": {} for port, protocol in ports}
