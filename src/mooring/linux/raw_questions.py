"""Raw questions: A and AAAA sent to a resolver in the ways of C libraries, and timed."""

import contextlib
import os
import select
import socket
import time
from collections.abc import Sequence
from typing import Final

from mooring.model.lookup import Burst, Exchange, Reply
from mooring.wire.constant import CLASS_IN, HEADER, RD, Type
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
    """So many pairs of A and AAAA from one socket; a pair is given up when nothing comes for
    ``PATIENCE`` seconds."""
    missing = 0
    with _open(server) as one:
        for start in range(0, pairs, _WINDOW):
            waiting = set()
            for number in range(start, min(start + _WINDOW, pairs)):
                for rtype in _TYPES:
                    identity = (2 * number + (rtype == Type.AAAA)) & 0xFFFF
                    _send(one, _query(name, rtype).encode(identity))
                    waiting.add(identity)
            while waiting and _is_readable(one, PATIENCE):
                waiting.discard(int.from_bytes(_receive(one)[:2], "big"))
            missing += len(waiting)
    return Burst(pairs=pairs, lost=missing)


def _ask(one: socket.socket, name: str, types: Sequence[Type]) -> list[Reply]:
    """Send all, then wait for all."""
    waiting = {}
    started = time.perf_counter()
    for rtype in types:
        query, identity = _query(name, rtype), int.from_bytes(os.urandom(2), "big")
        _send(one, query.encode(identity))
        waiting[rtype] = (query, identity)
    found = {}
    while waiting and (left := started + PATIENCE - time.perf_counter()) > 0:
        if not _is_readable(one, left):
            break
        message = _receive(one)
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


def _send(one: socket.socket, message: bytes) -> None:
    """Send; that nobody listened to what was sent before is no news."""
    with contextlib.suppress(ConnectionRefusedError):
        one.send(message)


def _is_readable(one: socket.socket, seconds: float) -> bool:
    return bool(select.select([one], [], [], seconds)[0])


def _receive(one: socket.socket) -> bytes:
    """A datagram; one that says that nobody listens counts as none."""
    try:
        message = one.recv(_SIZE)
    except ConnectionRefusedError:
        return bytes(HEADER)
    return message.ljust(HEADER, b"\0")
