"""The cache of others' answers: bounded in octets, aged by the second, safe from one-time names."""

from collections import OrderedDict
from typing import Final, TypeAlias

import msgspec

from mooring.wire.relay import Relayed, age
from mooring.wire.reply import Reply

CacheKey: TypeAlias = tuple[int, bytes, int, int, int]
"""Number of the set of servers, folded name, type, class, and the bits that change an answer."""

EVERY_TYPE: Final = -1
"""Stands for the type in the key of a name that does not exist."""

_ENTRY_OCTETS: Final = 900
"""What an entry costs beside its name and body: objects, dictionary, key."""
_PROTECTED_SHARE: Final = 0.8


class _Entry:
    """An answer. ``body`` is as old as ``age`` seconds after ``stored``; ``reply`` holds it."""

    __slots__ = ("age", "expires", "octets", "reply", "stored", "ttls")

    def __init__(self, key: CacheKey, relayed: Relayed, now: float) -> None:
        self.reply: Reply = relayed.reply
        self.ttls: Final = relayed.ttls
        self.stored: Final = now
        self.expires: Final = now + relayed.lifetime
        self.age = 0
        self.octets: Final = (
            _ENTRY_OCTETS + len(key[1]) + len(self.reply.body) + 40 * len(self.ttls)
        )

    def at(self, now: float) -> Reply:
        """The reply with its TTLs as they are now."""
        seconds = int(now - self.stored)
        if seconds > self.age:
            body = age(self.reply.body, self.ttls, seconds - self.age)
            self.reply = msgspec.structs.replace(self.reply, body=body)
            self.age = seconds
        return self.reply


class AnswerCache:
    """Answers by key. When it is full, answers that were asked for only once go first.

    New entries are on probation in a fifth of the room; one that is asked for again moves to the
    protected rest. So a flood of names that nobody asks for twice drives out nothing of value. In
    both parts the least recently used goes first.
    """

    def __init__(self, octets: int) -> None:
        self._limit: Final = octets
        self._protected_limit: Final = int(octets * _PROTECTED_SHARE)
        self._probation: Final[OrderedDict[CacheKey, _Entry]] = OrderedDict()
        self._protected: Final[OrderedDict[CacheKey, _Entry]] = OrderedDict()
        self._protected_octets = 0
        self.octets = 0

    def __len__(self) -> int:
        return len(self._probation) + len(self._protected)

    def put(self, key: CacheKey, relayed: Relayed, now: float) -> None:
        """Keep an answer for its lifetime; one without lifetime only drops what it contradicts.

        An answer that denies the whole name is found under every type afterwards.
        """
        every_type = _every_type(key)
        self._drop(key)
        self._drop(every_type)
        if relayed.whole_name:
            key = every_type
        if relayed.lifetime <= 0:
            return
        entry = _Entry(key, relayed, now)
        if entry.octets > self._limit // 16:
            return
        self._probation[key] = entry
        self.octets += entry.octets
        while self.octets > self._limit:
            self._drop(next(iter(self._probation or self._protected)))

    def find(self, key: CacheKey, now: float) -> tuple[Reply, float] | None:
        """The answer and the seconds that it has left."""
        return self._find(key, now) or self._find(_every_type(key), now)

    def _find(self, key: CacheKey, now: float) -> tuple[Reply, float] | None:
        entry = self._protected.get(key) or self._probation.get(key)
        if entry is None:
            return None
        if now >= entry.expires:
            self._drop(key)
            return None
        if key in self._protected:
            self._protected.move_to_end(key)
        else:
            self._protect(key, entry)
        return entry.at(now), entry.expires - now

    def _protect(self, key: CacheKey, entry: _Entry) -> None:
        del self._probation[key]
        self._protected[key] = entry
        self._protected_octets += entry.octets
        while self._protected_octets > self._protected_limit:
            demoted, oldest = self._protected.popitem(last=False)
            self._protected_octets -= oldest.octets
            self._probation[demoted] = oldest

    def _drop(self, key: CacheKey) -> None:
        entry = self._probation.pop(key, None)
        if entry is None:
            entry = self._protected.pop(key, None)
            if entry is None:
                return
            self._protected_octets -= entry.octets
        self.octets -= entry.octets


def _every_type(key: CacheKey) -> CacheKey:
    return key[0], key[1], EVERY_TYPE, key[3], key[4]
