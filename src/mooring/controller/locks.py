"""Locks by object: two verbs about one network or sandbox wait for each other, others do not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager


class Locks:
    """A lock for each id that is being worked on, gone when nobody waits for it."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._users: dict[str, int] = {}

    @asynccontextmanager
    async def hold(self, *identities: str) -> AsyncIterator[None]:
        """Hold the locks of all of them, taken in one fixed order so that none can deadlock."""
        async with AsyncExitStack() as held:
            for identity in sorted(set(identities)):
                await held.enter_async_context(self._hold(identity))
            yield

    @asynccontextmanager
    async def _hold(self, identity: str) -> AsyncIterator[None]:
        lock = self._locks.setdefault(identity, asyncio.Lock())
        self._users[identity] = self._users.get(identity, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self._users[identity] -= 1
            if not self._users[identity]:
                del self._users[identity], self._locks[identity]
