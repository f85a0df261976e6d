"""Raw questions: A and AAAA sent to a resolver in the ways of C libraries, and timed."""

import contextlib
import os
import select
import socket
import time
from collections.abc import Sequence
from typing import Final

from mooring.model.lookup import Burst, Exchange, Reply
from mooring.wire.constant import CLASS_IN, RD, Type
from mooring.wire.name import from_text
from mooring.wire.outgoing import OutgoingQuery
from mooring.wire.question import Question

PATIENCE: Final = 5.0
"""Seconds for a reply: what C libraries give one."""
_PORT: Final = 53
_MS: Final = 1000
_TYPES: Final = (Type.A, Type.AAAA)
_WINDOW: Final = 32
"""Pairs under way at once in a burst: more than a program has, fewer than a socket drops."""
_SIZE: Final = 4096


def exchanges(server: str, names: Sequence[str]) -> tuple[Exchange, ...]:
    """One name each way. Two questions at once from one socket are glibc's usual way,
    one after the other is ``single-request``, with a new socket ``single-request-reopen``."""
    together, serially, reopened = names
    with _open(server) as one:
        first = Exchange(way="together", replies=tuple(_ask(one, together, _TYPES)))
    with _open(server) as one:
        replies = [reply for rtype in _TYPES for reply in _ask(one, serially, (rtype,))]
        second = Exchange(way="serially", replies=tuple(replies))
    replies = []
    for rtype in _TYPES:
        with _open(server) as one:
            replies += _ask(one, reopened, (rtype,))
    return first, second, Exchange(way="reopened", replies=tuple(replies))


def burst(server: str, name: str, pairs: int) -> Burst:
    """So many pairs of A and AAAA from one socket. Those under way are given up when nothing comes
    for ``PATIENCE`` seconds, and all when word comes that nobody listens."""
    replies = 0
    with _open(server) as one, contextlib.suppress(ConnectionRefusedError):
        for start in range(0, pairs, _WINDOW):
            waiting = set()
            for number in range(start, min(start + _WINDOW, pairs)):
                for rtype in _TYPES:
                    identity = (2 * number + (rtype == Type.AAAA)) & 0xFFFF
                    one.send(_query(name, rtype).encode(identity))
                    waiting.add(identity)
            while waiting and _is_readable(one, PATIENCE):
                identity = int.from_bytes(one.recv(_SIZE)[:2], "big")
                replies += identity in waiting
                waiting.discard(identity)
    return Burst(pairs=pairs, lost=len(_TYPES) * pairs - replies)


def _ask(one: socket.socket, name: str, types: Sequence[Type]) -> list[Reply]:
    """Send all, then wait for all."""
    found: dict[Type, float] = {}
    waiting: dict[Type, tuple[OutgoingQuery, int]] = {}
    started = time.perf_counter()
    with contextlib.suppress(ConnectionRefusedError):
        for rtype in types:
            query, identity = _query(name, rtype), int.from_bytes(os.urandom(2), "big")
            waiting[rtype] = (query, identity)
            one.send(query.encode(identity))
        while waiting and _is_readable(one, started + PATIENCE - time.perf_counter()):
            message = one.recv(_SIZE)
            for rtype, (query, identity) in tuple(waiting.items()):
                if query.is_answered_by(message, identity):
                    found[rtype] = round((time.perf_counter() - started) * _MS, 3)
                    del waiting[rtype]
    return [Reply(type=rtype.name, milliseconds=found.get(rtype)) for rtype in types]


def _query(name: str, rtype: Type) -> OutgoingQuery:
    wire = from_text(name)
    return OutgoingQuery(Question(0, RD, wire, wire.lower(), rtype, CLASS_IN, None), edns=False)


def _open(server: str) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    opened.connect((server, _PORT))
    return opened


def _is_readable(one: socket.socket, seconds: float) -> bool:
    return seconds > 0 and bool(select.select([one], [], [], seconds)[0])
