"""Admission: questions that no later handler is asked, since a resolver has no answer to them."""

from typing import Final

from mooring.dns.query import NEXT, Outcome, Query, Refuse
from mooring.wire.constant import CLASS_IN, Rcode, Type

_TKEY, _TSIG, _MAILB, _MAILA = 249, 250, 253, 254

_RCODES: Final = {
    Type.AXFR: Rcode.REFUSED,  # RFC 5936, section 2.2.1: there are no zones here to transfer.
    Type.IXFR: Rcode.REFUSED,
    Type.OPT: Rcode.FORMERR,  # RFC 6895, section 3.1: these exist only in messages,
    _TKEY: Rcode.FORMERR,
    _TSIG: Rcode.FORMERR,  # so nothing can be asked about them.
    _MAILB: Rcode.NOTIMP,  # RFC 1035, section 3.2.3: obsolete.
    _MAILA: Rcode.NOTIMP,
}


def admit(query: Query) -> Outcome:
    """Refuse other classes than IN, and types that stand for something else than records."""
    question = query.question
    if question.qclass != CLASS_IN:
        return Refuse(Rcode.REFUSED)
    rcode = _RCODES.get(question.type)
    return NEXT if rcode is None else Refuse(rcode)
