"""The handler contract: what a handler is given, and what it may say.

A handler is anything that can be called with a Query and returns an Outcome: at once, or awaited
if it is an ``async def``. It knows neither the handlers before it nor those behind it, holds no
writer, and says what it decided as a value.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

from mooring.linux.datagrams import Address
from mooring.model.view import View
from mooring.wire.constant import Rcode
from mooring.wire.question import Question
from mooring.wire.reply import Explanation, Reply

Dependency: TypeAlias = tuple[str, bytes]
"""A scope of the book and a folded name in it."""


class Transport(StrEnum):
    """How a question came, and so how long its reply may be."""

    UDP = "udp"
    TCP = "tcp"


class Query(msgspec.Struct, frozen=True):
    """One question on its way through a chain."""

    view: View
    question: Question
    client: Address
    transport: Transport


class Answer(msgspec.Struct, frozen=True):
    """This is the reply.

    ``depends`` is what was looked at in the book, names that were not found included, if the reply
    follows from that and from ``view.scopes`` alone: it is then compiled, and repeated until one of
    these changes. It is None if the reply is good only once.
    """

    reply: Reply
    depends: tuple[Dependency, ...] | None = None

    @property
    def lasting(self) -> bool:
        """Whether the reply holds until the book says otherwise."""
        return self.depends is not None


class Next(msgspec.Struct, frozen=True):
    """Not for me: ask the next handler."""


class Refuse(msgspec.Struct, frozen=True):
    """There is no answer but this rcode."""

    rcode: Rcode
    explanation: Explanation | None = None


Outcome: TypeAlias = Answer | Next | Refuse
Handler: TypeAlias = Callable[[Query], Outcome] | Callable[[Query], Awaitable[Outcome]]

NEXT: Final = Next()
