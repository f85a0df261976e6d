"""A feed: the events one reader has yet to take, and how a reader that falls behind is let go."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Final, Self, final

from mooring.model.event import Event

BACKLOG: Final = 1024
"""Events kept for one reader. A thousand sandboxes that join at once make as many."""


@final
class Feed:
    """Takes events from ``source`` as they come, whether or not the reader is fast enough.

    To be entered as an asynchronous context and iterated inside. The iteration ends when the source
    does, or once the reader has taken what was kept after it fell ``backlog`` events behind; then
    ``lost`` is true.
    """

    def __init__(
        self,
        source: AsyncIterator[Event],
        fits: Callable[[Event], bool],
        backlog: int = BACKLOG,
    ) -> None:
        self.lost = False
        self._source = source
        self._fits = fits
        self._kept: asyncio.Queue[Event | None] = asyncio.Queue()
        self._backlog = backlog
        self._pump: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._pump = asyncio.create_task(self._take(), name="feed of events")
        # A source that is a generator subscribes in its first step: let it, before the reader is
        # told that the stream has begun.
        await asyncio.sleep(0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._pump is not None
        self._pump.cancel()
        await asyncio.gather(self._pump, return_exceptions=True)

    async def _take(self) -> None:
        try:
            async for event in self._source:
                if not self._fits(event):
                    continue
                if self._kept.qsize() >= self._backlog:
                    self.lost = True
                    return
                self._kept.put_nowait(event)
        finally:
            self._kept.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[Event]:
        while (event := await self._kept.get()) is not None:
            yield event
        assert self._pump is not None
        if self._pump.done():
            self._pump.result()
