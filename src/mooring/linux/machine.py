"""The machine as the daemon sees it: plans are handed to plumbers' threads and awaited.

Netlink, nftables and disks can be slow; the thread that answers questions never waits for them.
There are two lanes. What is built is built one after the other. What is torn down waits for the
kernel to let go of it, tens of milliseconds a link, and several may wait side by side.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from mooring.linux.executor import Executor
from mooring.linux.held_ports import HeldPorts
from mooring.linux.operation import Operation
from mooring.linux.resolver import ResolverSockets, close_sockets
from mooring.linux.rtnetlink import Interface, LinkInfo, RouteInfo

_T = TypeVar("_T")

_WRECKERS: Final = 4


class Machine:
    """Executors, and the threads they live on."""

    def __init__(self, make: Callable[[HeldPorts], Executor] = Executor) -> None:
        self.held_ports: Final = HeldPorts()
        self.executor: Final = make(self.held_ports)
        self._make = make
        self._local = threading.local()
        self._wreckers: list[Executor] = []
        self._build = ThreadPoolExecutor(max_workers=1, thread_name_prefix="plumber")
        self._wreck = ThreadPoolExecutor(
            max_workers=_WRECKERS, thread_name_prefix="wrecker", initializer=self._equip
        )

    async def call(self, work: Callable[[], _T]) -> _T:
        """Run blocking work on the plumber's thread, after what was handed to it before.

        Like all that is awaited here, it is carried through: who is cancelled waits for its end.
        """
        return await _end(asyncio.get_running_loop().run_in_executor(self._build, work))

    async def apply(self, plan: Sequence[Operation]) -> list[ResolverSockets]:
        """``Executor.apply``."""
        if not plan:
            return []
        loop = asyncio.get_running_loop()
        applied = loop.run_in_executor(self._build, lambda: self.executor.apply(plan))
        try:
            return await _end(applied)
        except asyncio.CancelledError:
            if applied.done() and not applied.exception():
                for sockets in applied.result():
                    close_sockets(sockets)
            raise

    async def revert(self, plan: Sequence[Operation]) -> None:
        """``Executor.revert``; await what was applied first."""

        def work() -> None:
            executor: Executor = self._local.executor
            executor.revert(plan)

        if plan:
            await _end(asyncio.get_running_loop().run_in_executor(self._wreck, work))

    async def links(self, namespace: str = "") -> list[LinkInfo]:
        """``Executor.links``."""
        return await self.call(lambda: self.executor.links(namespace))

    async def routes(self) -> list[RouteInfo]:
        """``Executor.routes``."""
        return await self.call(self.executor.routes)

    async def addresses(self) -> list[tuple[int, Interface]]:
        """``Executor.addresses``."""
        return await self.call(self.executor.addresses)

    def close(self) -> None:
        """Wait for the work under way, then stop the threads and give the sockets back."""
        self._build.shutdown(wait=True)
        self._wreck.shutdown(wait=True)
        for executor in (self.executor, *self._wreckers):
            executor.close()
        self.held_ports.close()

    def _equip(self) -> None:
        self._local.executor = self._make(self.held_ports)
        self._wreckers.append(self._local.executor)


async def _end(work: asyncio.Future[_T]) -> _T:
    """What the work comes to. A thread cannot be called back, and what a cancelled verb does next
    is to undo what it has done: it must not overtake the doing."""
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise
