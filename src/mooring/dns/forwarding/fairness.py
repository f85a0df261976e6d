"""Turns: a bounded number of questions in flight, shared so that no sandbox delays another.

A sandbox may hold no more slots than are still free. One that floods gets half of them, two get a
third each, and so on: there is always a free slot for one that asks little, and it need not wait.
Those that wait get freed slots by turns.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final


class OverloadError(Exception):
    """A client has as many questions waiting as it may."""


class FairSlots:
    """``total`` slots, at most ``each`` of them and ``waiting`` waiters for one client.

    A client is whoever the slots are shared between, by name: a sandbox.
    """

    def __init__(self, *, total: int, each: int, waiting: int) -> None:
        self._free = total
        self._each: Final = each
        self._waiting_limit: Final = waiting
        self._held: Final[dict[str, int]] = {}
        self._waiting: Final[dict[str, int]] = {}
        self._queues: Final[OrderedDict[str, deque[asyncio.Future[None]]]] = OrderedDict()

    def held(self, client: str) -> int:
        """How many slots the client has."""
        return self._held.get(client, 0)

    @contextmanager
    def waiting(self, client: str) -> Iterator[None]:
        """Count one waiter of the client while the block runs; OverloadError if it has too many."""
        count = self._waiting.get(client, 0)
        if count >= self._waiting_limit:
            raise OverloadError
        self._waiting[client] = count + 1
        try:
            yield
        finally:
            _decrease(self._waiting, client)

    def take(self, client: str) -> bool:
        """A slot at once, if there is one for the client and nobody of its own is before."""
        if client in self._queues or not self._may_have(client):
            return False
        self._grant(client)
        return True

    async def wait(self, client: str) -> None:
        """A slot, when it is this client's turn."""
        granted = asyncio.get_running_loop().create_future()
        self._queues.setdefault(client, deque()).append(granted)
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self.release(client)
            else:
                self._leave(client, granted)
            raise

    def release(self, client: str) -> None:
        """Give a slot back, to whoever's turn it is."""
        self._free += 1
        _decrease(self._held, client)
        refused = 0
        while self._queues and refused < len(self._queues):
            following, queue = next(iter(self._queues.items()))
            self._queues.move_to_end(following)
            if not self._may_have(following):
                refused += 1
                continue
            refused = 0
            granted = queue.popleft()
            if not queue:
                del self._queues[following]
            if not granted.done():
                self._grant(following)
                granted.set_result(None)

    def _may_have(self, client: str) -> bool:
        return self.held(client) < min(self._each, self._free)

    def _grant(self, client: str) -> None:
        self._free -= 1
        self._held[client] = self.held(client) + 1

    def _leave(self, client: str, granted: asyncio.Future[None]) -> None:
        queue = self._queues.get(client)
        if queue is not None and granted in queue:
            queue.remove(granted)
            if not queue:
                del self._queues[client]


def _decrease(counts: dict[str, int], client: str) -> None:
    if counts[client] == 1:
        del counts[client]
    else:
        counts[client] -= 1
