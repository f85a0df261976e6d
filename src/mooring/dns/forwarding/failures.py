"""The memory of failed questions, so that a broken name is not asked for without pause (RFC 9520).

That a name fails and that a server is silent are two things: a failure for want of any server is
forgotten as soon as one of them answers something.
"""

from collections import OrderedDict
from typing import Final

from mooring.dns.forwarding.cache import CacheKey
from mooring.wire.reply import Reply


class _Failure:
    __slots__ = ("at", "of_servers", "pause", "reply", "until")

    def __init__(self, reply: Reply, now: float, pause: float, of_servers: bool) -> None:
        self.reply: Final = reply
        self.at: Final = now
        self.pause: Final = pause
        self.until: Final = now + pause
        self.of_servers: Final = of_servers


class FailureMemory:
    """Failures by key. A pause lasts ``least`` seconds first and doubles up to ``most``."""

    def __init__(self, *, least: float, most: float, entries: int) -> None:
        self._least: Final = least
        self._most: Final = most
        self._entries: Final = entries
        self._failures: Final[OrderedDict[CacheKey, _Failure]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._failures)

    def put(self, key: CacheKey, reply: Reply, now: float, *, of_servers: bool) -> None:
        """Remember that a question failed; ``of_servers`` if no server answered anything."""
        earlier = self._failures.pop(key, None)
        pause = self._least
        again = earlier is not None and now < earlier.until + self._most
        if earlier is not None and again and not (of_servers or earlier.of_servers):
            pause = min(earlier.pause * 2, self._most)
        self._failures[key] = _Failure(reply, now, pause, of_servers)
        if len(self._failures) > self._entries:
            self._failures.popitem(last=False)

    def find(self, key: CacheKey, now: float, last_answer: float) -> tuple[Reply, float] | None:
        """The failure and the seconds for which it is still repeated.

        ``last_answer`` is when a server of the set last answered anything.
        """
        failure = self._failures.get(key)
        if failure is None or now >= failure.until:
            return None
        if failure.of_servers and last_answer > failure.at:
            return None
        return failure.reply, failure.until - now

    def forget(self, key: CacheKey) -> None:
        """The question was answered."""
        self._failures.pop(key, None)
