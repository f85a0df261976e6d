"""Words for questions that get no answer: why, and what would help (RFC 8914).

The texts are short: an explanation has to fit a packet.
"""

from collections.abc import Sequence
from typing import Final

from mooring.dns.forwarding.race import Attempt
from mooring.wire.constant import ExtendedError, Rcode
from mooring.wire.reply import Explanation, Reply


def refusal(code: ExtendedError, text: str) -> Reply:
    """SERVFAIL with an explanation."""
    return Reply(Rcode.SERVFAIL, explanation=Explanation(code, text))


_RANKS: Final[dict[int, int]] = {Rcode.SERVFAIL: 0, Rcode.REFUSED: 1}

INTERNAL: Final = refusal(
    ExtendedError.PROHIBITED,
    "internal network: names outside it are not asked of the host's servers; "
    "--dns names a server to ask from inside",
)
UNCONFIGURED: Final = refusal(
    ExtendedError.NOT_READY,
    "no upstream name server is configured: set one in the host's /etc/resolv.conf or with --dns",
)
SANDBOX_OVERLOADED: Final = refusal(
    ExtendedError.OTHER, "this sandbox has too many questions waiting for upstream name servers"
)
NO_TURN: Final = refusal(
    ExtendedError.OTHER, "this sandbox asks more of upstream name servers than its share"
)
CLOSING: Final = refusal(ExtendedError.NOT_READY, "the resolver is shutting down")
BROKEN: Final = refusal(ExtendedError.OTHER, "internal error")
NOT_FORWARDED: Final = Reply(
    Rcode.NOTIMP,
    explanation=Explanation(
        ExtendedError.NOT_SUPPORTED, "questions of this type concern one server and go no further"
    ),
)


def useless(reasons: Sequence[str]) -> Reply:
    """None of the servers given can be asked."""
    return refusal(
        ExtendedError.NOT_READY, f"no upstream name server can be asked: {'; '.join(reasons)}"
    )


def failure(attempts: Sequence[Attempt]) -> Reply:
    """What to say when every attempt was bad: the best reply, or that there is none.

    A server that tried and failed (SERVFAIL) says more than one that would not (REFUSED), and that
    more than one that did not understand. A server's own explanation is passed on.
    """
    replies = [each.relayed.reply for each in attempts if each.relayed is not None]
    story = "; ".join(f"{each.server} {each.outcome}" for each in attempts)
    if replies:
        best = min(replies, key=_rank)
        if best.explanation is not None:
            return best
        return Reply(best.rcode, explanation=Explanation(ExtendedError.OTHER, story))
    if all(each.network for each in attempts):
        return refusal(ExtendedError.NETWORK_ERROR, f"no name server can be reached: {story}")
    return refusal(ExtendedError.NO_REACHABLE_AUTHORITY, f"no name server answered: {story}")


def _rank(reply: Reply) -> int:
    return _RANKS.get(reply.rcode, len(_RANKS))
