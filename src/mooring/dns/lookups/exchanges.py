"""Whether A and AAAA questions get their replies, together and one by one. Pure."""

from collections.abc import Iterator
from typing import Final

from mooring.dns.lookups.finding import duration, error, fine
from mooring.model.finding import Finding
from mooring.model.lookup import Burst, Exchange, LookupMeasurement

_ONE_SOCKET: Final = "one-socket"


def exchange_findings(measured: LookupMeasurement) -> Iterator[Finding]:
    """Findings on raw questions; none if none were sent."""
    if measured.exchanges:
        yield _ways(measured.exchanges)
    if measured.burst is not None:
        yield _burst(measured.burst)


def _ways(exchanges: tuple[Exchange, ...]) -> Finding:
    lost = {
        exchange.way: [reply.type for reply in exchange.replies if reply.milliseconds is None]
        for exchange in exchanges
    }
    if all(len(lost[exchange.way]) == len(exchange.replies) for exchange in exchanges):
        return error(
            _ONE_SOCKET,
            "no question got a reply in any way",
            "see whether the daemon runs (moor version), and whether something in the sandbox"
            " removed its firewall table (nft list table ip mooring)",
        )
    if lost.get("together") and not lost.get("reopened"):
        return error(
            _ONE_SOCKET,
            "A and AAAA together from one socket lost the reply to"
            f" {' and '.join(lost['together'])}; from two sockets none was lost",
            "run with --dns-option single-request-reopen, and report this: it should not happen",
        )
    for way, types in lost.items():
        if types:
            return error(
                _ONE_SOCKET,
                f"asked {way}, the reply to {' and '.join(types)} did not come within 5 s",
                "see the finding upstream",
            )
    times = ", ".join(f"{exchange.way} {_slowest(exchange)}" for exchange in exchanges)
    return fine(_ONE_SOCKET, f"A and AAAA for a new name: {times}")


def _slowest(exchange: Exchange) -> str:
    """When both replies were there."""
    taken = [reply.milliseconds or 0.0 for reply in exchange.replies]
    return duration(max(taken) if exchange.way == "together" else sum(taken))


def _burst(burst: Burst) -> Finding:
    check = "lost-replies"
    if burst.lost:
        return error(
            check,
            f"{burst.lost} of {2 * burst.pairs} replies for a local name were lost",
            "see whether the machine is overloaded, and whether the sandbox floods its resolver",
        )
    return fine(check, f"{burst.pairs} pairs of A and AAAA from one socket lost none")
