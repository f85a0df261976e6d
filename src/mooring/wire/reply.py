"""Replies: what an answer says, apart from whom it is sent to."""

import msgspec


class Explanation(msgspec.Struct, frozen=True):
    """An Extended DNS Error (RFC 8914): why there is no better answer."""

    code: int
    text: str = ""


class Reply(msgspec.Struct, frozen=True):
    """An answer to one question, still without id, question, OPT and size limit.

    ``body`` is every record behind the question, OPT left out. Its compression pointers count from
    the start of a message whose question is the one that was asked, so it fits any spelling of that
    question, and any id.
    """

    rcode: int
    answers: int = 0
    authorities: int = 0
    additionals: int = 0
    body: bytes = b""
    authoritative: bool = False
    authenticated: bool = False
    explanation: Explanation | None = None
