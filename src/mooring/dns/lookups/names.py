"""What the C library made of names inside a sandbox, and how long it took. Pure."""

from collections.abc import Iterator
from typing import Final

from mooring.dns.lookups.finding import duration, error, fine, warning
from mooring.model.finding import Finding
from mooring.model.lookup import LookupMeasurement, LookupRequest, Resolved

_SLOW_HERE: Final = 100.0
"""Milliseconds that a name in the book should never take."""
_SLOW_OUTSIDE: Final = 1000.0
_STILL: Final = "it was still being looked for when we gave up"


def name_findings(request: LookupRequest, measured: LookupMeasurement) -> Iterator[Finding]:
    """Findings on a local name, an outside name and one that does not exist."""
    if measured.local is not None:
        yield _local(measured.local)
    yield _outside(measured.plain, measured.addrconfig)
    yield _absent(measured.absent)


def _local(found: Resolved) -> Finding:
    check = "local-name"
    if not found.addresses:
        return error(check, f"{found.name} does not resolve: {_reason(found)}", _trace(found.name))
    taken = found.milliseconds or 0.0
    if taken > _SLOW_HERE:
        return warning(
            check,
            f"{found.name} took {duration(taken)}, though the answer is on this machine",
            "see what stands before dns in nsswitch.conf, and whether the machine is overloaded",
        )
    return fine(check, f"{found.name} took {duration(taken)}")


def _outside(plain: Resolved, addrconfig: Resolved) -> Finding:
    check = "outside-name"
    if not plain.addresses:
        return error(check, f"{plain.name} does not resolve: {_reason(plain)}", _trace(plain.name))
    taken = plain.milliseconds or 0.0
    said = f"{plain.name} took {duration(taken)}"
    if addrconfig.milliseconds is not None:
        said += f", and with AI_ADDRCONFIG, asked again, {duration(addrconfig.milliseconds)}"
    if taken > _SLOW_OUTSIDE:
        return warning(check, said, "see the findings below: upstream, one-socket and aaaa")
    return fine(check, said)


def _absent(found: Resolved) -> Finding:
    check = "absent-name"
    if found.milliseconds is None:
        return error(check, f"{found.name}: {_STILL}", _trace(found.name))
    said = f"{found.name} took {duration(found.milliseconds)}"
    if found.addresses:
        return fine(check, f"{said}: it does resolve, so every name does there")
    if found.milliseconds > _SLOW_OUTSIDE:
        return warning(
            check,
            f"{said} to be told that there is none",
            "see the findings search and upstream: each suffix of the search list asks again",
        )
    return fine(check, f"{said} to be told that there is none")


def _reason(found: Resolved) -> str:
    if found.milliseconds is None:
        return _STILL
    return f"{found.error} (after {duration(found.milliseconds)})"


def _trace(name: str) -> str:
    return f"moor resolve --trace --from SANDBOX {name} shows where it is looked for"
