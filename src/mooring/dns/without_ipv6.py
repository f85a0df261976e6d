"""Sandboxes without IPv6: AAAA questions for outside names, answered at once and without asking.

A client library that asks for both kinds of address waits for the slower answer, and here the AAAA
one could be of no use. Local names never come this far.
"""

from collections.abc import Callable
from typing import Final

from mooring.dns.query import NEXT, Answer, Outcome, Query
from mooring.dns.soa import own_soa
from mooring.model.aaaa import Aaaa
from mooring.wire.constant import CD, ExtendedError, Rcode, Type
from mooring.wire.question import Question
from mooring.wire.reply import Explanation, compose

_TEXTS: Final = {
    Aaaa.AUTO: "the sandbox has no IPv6 address, so nobody was asked (--dns-aaaa auto)",
    Aaaa.FILTER: "IPv6 addresses are filtered (--dns-aaaa filter)",
}


class WithoutIpv6:
    """The handler. ``has_ipv6`` tells of a sandbox, by its id, whether it has an address."""

    def __init__(self, has_ipv6: Callable[[str], bool], ttl: int) -> None:
        self._has_ipv6: Final = has_ipv6
        self._ttl: Final = ttl

    def __call__(self, query: Query) -> Outcome:
        """NODATA with an SOA (RFC 2308, section 2.2) for AAAA, where the view wants it; else Next.

        Good for once, since it depends on what addresses the sandbox has now.
        """
        question, view = query.question, query.view
        if question.type != Type.AAAA or view.aaaa is Aaaa.PASS:
            return NEXT
        if view.aaaa is Aaaa.AUTO and (_verifies(question) or self._has_ipv6(view.sandbox)):
            return NEXT
        soa = own_soa(question.name, self._ttl, question.folded)
        explanation = Explanation(ExtendedError.FILTERED, _TEXTS[view.aaaa])
        return Answer(compose(Rcode.NOERROR, (), soa, explanation=explanation))


def _verifies(question: Question) -> bool:
    """Whether the client checks signatures itself, which an answer made here has not."""
    return bool(question.flags & CD) or (question.edns is not None and question.edns.dnssec_ok)
