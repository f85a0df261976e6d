"""Who is slow outside, and whether IPv6 addresses are asked for that nobody can use. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from mooring.dns.lookups.finding import duration, error, fine, warning
from mooring.model.finding import Finding
from mooring.model.lookup import LookupMeasurement
from mooring.model.trace import Trace, TraceStep

_SLOW: Final = 500.0
"""Milliseconds of an upstream that are worth a remark."""
_ANSWERED: Final = ("NOERROR", "NXDOMAIN")


def upstream_findings(measured: LookupMeasurement, traces: Sequence[Trace]) -> Iterator[Finding]:
    """Findings on the servers that were asked, and on AAAA."""
    asked = [(trace, step) for trace in traces for step in trace.steps if step.stage == "upstream"]
    if traces:
        yield _servers(traces, asked)
    for trace in traces:
        if trace.type == "AAAA":
            yield _aaaa(measured, trace)


def _servers(traces: Sequence[Trace], asked: Sequence[tuple[Trace, TraceStep]]) -> Finding:
    check = "upstream"
    for trace in traces:
        if trace.rcode not in _ANSWERED:
            return error(
                check,
                f"no upstream answers {trace.type}: {trace.explanation or trace.rcode}",
                "mend or replace the servers in the host's resolv.conf, or run with --dns ADDRESS;"
                " a sandbox on internal networks alone asks nobody",
            )
    slow = [
        f"{step.subject} took {duration(step.milliseconds)} for {trace.type} ({step.outcome})"
        for trace, step in asked
        if step.milliseconds > _SLOW
    ]
    if slow:
        return warning(
            check,
            "; ".join(slow),
            "use a server that is nearer or less busy: the host's resolv.conf, or --dns ADDRESS",
        )
    said = ", ".join(
        f"{step.subject} took {duration(step.milliseconds)} for {trace.type}"
        for trace, step in asked
    )
    return fine(check, said or "nobody needed to be asked")


def _aaaa(measured: LookupMeasurement, trace: Trace) -> Finding:
    check = "aaaa"
    for step in trace.steps:
        if step.stage == "aaaa":
            return fine(check, f"answered at once without addresses (--dns-aaaa {step.subject})")
    if measured.ipv6:
        return fine(check, "the sandbox has IPv6, so AAAA questions are asked")
    if all(step.stage != "upstream" for step in trace.steps):
        return fine(check, "nobody was asked")
    return warning(
        check,
        f"AAAA of outside names is asked, {duration(trace.milliseconds)} each, though the sandbox"
        " has no IPv6",
        "run without --dns-aaaa pass, unless the addresses are for somebody else",
    )
