"""Measuring look-ups in a sandbox: what is asked of the daemon, and what of the sandbox itself.

Names that end in ``NAME`` and begin with a random label are asked so that no cache answers them.
"""

import secrets
from pathlib import Path
from typing import Any, Final

import msgspec

from mooring.cli.client import Client, path_to
from mooring.dns.lookups.judge import judge
from mooring.linux.lookup_probe import measure_inside
from mooring.model.error import ConflictError, InvalidArgumentError, NotFoundError
from mooring.model.lookup import LookupRequest
from mooring.model.run import Process
from mooring.model.trace import Trace, TraceStep
from mooring.wire.name import NameSyntaxError, from_text

_RESOLVER: Final = "127.0.0.11"
_WITHOUT_RESOLVER: Final = {"host", "null"}
_FOR_OTHERS: Final = "(legacy)"
"""What ``mooring.linux.resolv_conf`` writes into a file for a sandbox without our resolver."""
_FAMILIES: Final = ("A", "AAAA")
_LONGEST: Final = 200
"""Characters of a name that leave room for a label before it."""


def examine(client: Client, reference: str, name: str) -> Any:
    """Findings in the shape of ``GET /system/doctor``, with the measurements behind them.

    Raises MooringError if there is no such sandbox, or it cannot be entered.
    """
    _check(name)
    sandbox = client.get(path_to("sandboxes", reference))
    server = _RESOLVER if _has_resolver(client, sandbox) else ""
    request = _request(sandbox, _process(client, reference), server, name)
    measured = measure_inside(request)
    traces = [_trace(client, sandbox["Id"], _unknown(name), rtype) for rtype in _FAMILIES if server]
    return {
        "Findings": [
            {
                "Check": finding.check,
                "Severity": finding.severity.value,
                "Message": finding.message,
                "Remedy": finding.remedy,
            }
            for finding in judge(request, measured, traces)
        ],
        "Measurements": msgspec.to_builtins(measured),
        "Traces": msgspec.to_builtins(traces),
    }


def _check(name: str) -> None:
    try:
        from_text(name)
    except NameSyntaxError as error:
        raise InvalidArgumentError(f"cannot look up {name[:80]!r}: {error}") from error
    if len(name) > _LONGEST or not name.isascii():
        raise InvalidArgumentError(
            f"cannot look up {name[:80]!r}: no label can be put before it",
            f"give a name of at most {_LONGEST} ASCII characters",
        )


def _process(client: Client, reference: str) -> Process | None:
    """The command of the run that lives there, if one does."""
    try:
        state = client.get(path_to("containers", reference, "json"))["State"]
    except NotFoundError:
        return None
    if not state["Running"]:
        raise ConflictError(
            f"{reference} is not running: it is {state['Status']}", "see `moor ps -a`"
        )
    return Process(pid=state["Pid"], start_time=state["PidStartTime"])


def _request(sandbox: Any, process: Process | None, server: str, name: str) -> LookupRequest:
    network = next(iter(sandbox["Networks"]), "")
    first, second, third = (_unknown(name) for _ in range(3))
    return LookupRequest(
        process=process,
        namespace=sandbox["Netns"],
        directory=sandbox["Directory"],
        hostname=sandbox["Hostname"],
        server=server,
        local=f"{sandbox['Name']}.{network}" if server and network else "",
        outside=name,
        absent=_unknown(name),
        fresh=(first, second, third),
    )


def _has_resolver(client: Client, sandbox: Any) -> bool:
    """Whether ours stands in it: it is on a network for which that is so.

    The file that it was given says when it was made for other servers. It may have been edited, so
    that it does not name ours proves nothing.
    """
    joined = [network["NetworkID"] for network in sandbox["Networks"].values()]
    drivers = {client.get(path_to("networks", network))["Driver"] for network in joined}
    try:
        text = Path(sandbox["Directory"], "resolv.conf").read_text(errors="replace")
    except OSError as error:
        raise InvalidArgumentError(
            f"the files of {sandbox['Name']} cannot be read: {error.strerror}",
            "do this as root, on the machine where the daemon is",
        ) from error
    return bool(drivers - _WITHOUT_RESOLVER) and _FOR_OTHERS not in text


def _unknown(name: str) -> str:
    """A name below ``name`` that nobody has asked for."""
    return f"mooring-{secrets.token_hex(4)}.{name}"


def _trace(client: Client, sandbox: str, name: str, rtype: str) -> Trace:
    answer = client.get("/resolve", name=name, type=rtype, sandbox=sandbox)
    return Trace(
        name=answer["Name"],
        type=answer["Type"],
        rcode=answer["Rcode"],
        explanation=answer["Explanation"],
        milliseconds=answer["Milliseconds"],
        steps=tuple(
            TraceStep(
                stage=step["Stage"],
                subject=step["Subject"],
                outcome=step["Outcome"],
                milliseconds=step["Milliseconds"],
            )
            for step in answer["Steps"]
        ),
    )
