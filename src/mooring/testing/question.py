"""Questions to ask and replies to read, as a client would."""

from typing import Final

import dns.flags
import dns.message
import dns.rdatatype

from mooring.wire.constant import CD, CLASS_IN, RD
from mooring.wire.name import from_text
from mooring.wire.question import Edns, Question
from mooring.wire.reply import TCP_LIMIT, Reply, finish

_UDP_SIZE: Final = 1232


def make_question(
    name: str, rtype: str = "A", *, dnssec_ok: bool = False, checking_disabled: bool = False
) -> Question:
    """A question of class IN with EDNS, as a client library asks it; ``name`` is text."""
    return Question(
        id=0x4D4F,
        flags=RD | (CD if checking_disabled else 0),
        name=from_text(name),
        folded=from_text(name),
        type=dns.rdatatype.from_text(rtype),
        qclass=CLASS_IN,
        edns=Edns(_UDP_SIZE, 0, dnssec_ok, b""),
    )


def read_reply(reply: Reply, question: Question) -> dns.message.Message:
    """The whole message that answers ``question`` with ``reply``, read by dnspython."""
    return dns.message.from_wire(finish(reply, question, TCP_LIMIT), one_rr_per_rrset=True)


def answers(reply: Reply, question: Question) -> list[str]:
    """The rdata of each answer as text, in order."""
    return [rrset[0].to_text() for rrset in read_reply(reply, question).answer]
