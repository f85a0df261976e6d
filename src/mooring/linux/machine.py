"""The machine as the daemon sees it: plans are handed to one plumber thread and awaited.

Netlink, nftables and disks can be slow; the thread that answers questions never waits for them.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from mooring.linux.executor import Executor
from mooring.linux.operation import Operation
from mooring.linux.resolver import ResolverSockets
from mooring.linux.rtnetlink import LinkInfo, RouteInfo

_T = TypeVar("_T")


class Machine:
    """One executor and the one thread it lives on."""

    def __init__(self, executor: Executor | None = None) -> None:
        self.executor: Final = executor or Executor()
        self._plumber = ThreadPoolExecutor(max_workers=1, thread_name_prefix="plumber")

    async def call(self, work: Callable[[], _T]) -> _T:
        """Run blocking work on the plumber's thread, after what was handed to it before.

        Work that has begun is carried through even if the caller is cancelled meanwhile.
        """
        return await asyncio.get_running_loop().run_in_executor(self._plumber, work)

    async def apply(self, plan: Sequence[Operation]) -> list[ResolverSockets]:
        """``Executor.apply``."""
        return await self.call(lambda: self.executor.apply(plan))

    async def revert(self, plan: Sequence[Operation]) -> None:
        """``Executor.revert``."""
        await self.call(lambda: self.executor.revert(plan))

    async def links(self, namespace: str = "") -> list[LinkInfo]:
        """``Executor.links``."""
        return await self.call(lambda: self.executor.links(namespace))

    async def routes(self) -> list[RouteInfo]:
        """``Executor.routes``."""
        return await self.call(self.executor.routes)

    def close(self) -> None:
        """Wait for the work under way, then stop the thread and give the sockets back."""
        self._plumber.shutdown(wait=True)
        self.executor.close()
