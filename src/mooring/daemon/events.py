"""Events: announced in one place, followed by any number of readers."""

import asyncio
import time
from collections.abc import AsyncIterator

from msgspec.structs import replace

from mooring.model.event import Event


class Events:
    """A hub. Announcing never waits: whoever follows takes what it can."""

    def __init__(self) -> None:
        self._followers: set[asyncio.Queue[Event]] = set()

    def announce(self, event: Event) -> None:
        """Stamp an event with the time and give it to every follower."""
        stamped = replace(event, time=time.time_ns())
        for follower in self._followers:
            follower.put_nowait(stamped)

    async def follow(self) -> AsyncIterator[Event]:
        """Events from now on, until the reader stops. A reader must bound what it keeps."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._followers.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._followers.discard(queue)
