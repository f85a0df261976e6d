"""Questions: what a client's datagram asks, as the fast path reads it."""

import msgspec


class Edns(msgspec.Struct, frozen=True):
    """The OPT record of a query (RFC 6891, section 6.1). ``options`` is its rdata, unparsed."""

    udp_size: int
    version: int
    dnssec_ok: bool
    options: bytes


class Question(msgspec.Struct, frozen=True):
    """One well-formed query.

    ``name`` is the wire name spelled as the client did, ``folded`` the same in lower case.
    ``flags`` is the second 16-bit word of the header.
    """

    id: int
    flags: int
    name: bytes
    folded: bytes
    type: int
    qclass: int
    edns: Edns | None
