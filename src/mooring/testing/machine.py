"""A machine that only remembers: the controller without root, and with failures on demand."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import TypeVar

from mooring.linux.operation import (
    AddElements,
    CreateBridge,
    CreateDirectory,
    CreateNamespace,
    CreateVeth,
    HoldPort,
    LoadRules,
    Operation,
)
from mooring.linux.resolver import ResolverSockets
from mooring.linux.rtnetlink import Interface, LinkInfo, RouteInfo
from mooring.model.error import MachineError

_T = TypeVar("_T")

_LASTING = (CreateDirectory, CreateNamespace, CreateBridge, CreateVeth, AddElements, HoldPort)
"""Operations that leave something on a machine until they are reverted."""


class RecordingMachine:
    """Keeps what operations would have left. It has no resolver's sockets to give."""

    def __init__(self) -> None:
        self.standing: list[Operation] = []
        """What is on the machine now, in the order in which it came."""
        self.applied: list[Operation] = []
        """Everything ever applied."""
        self.fail_after: int | None = None
        """How many more operations succeed before one fails; None for all."""
        self.pauses: Iterator[int] = repeat(0)
        """How many turns others get before and after each call."""

    async def apply(self, plan: Sequence[Operation]) -> list[ResolverSockets]:
        """Remember the operations, or fail at the one that is to fail."""
        await self._pause()
        for operation in plan:
            if self.fail_after is not None:
                if self.fail_after == 0:
                    self.fail_after = None
                    raise MachineError(f"told to fail at {operation}")
                self.fail_after -= 1
            self.applied.append(operation)
            if isinstance(operation, LoadRules):
                self.standing = [o for o in self.standing if not isinstance(o, AddElements)]
            elif isinstance(operation, _LASTING) and operation not in self.standing:
                self.standing.append(operation)
            await self._pause()
        return []

    async def revert(self, plan: Sequence[Operation]) -> None:
        """Forget the operations; those that never were are fine."""
        await self._pause()
        for operation in plan:
            kept = isinstance(operation, CreateBridge) and operation.keep
            if operation in self.standing and not kept:
                self.standing.remove(operation)
            await self._pause()

    async def links(self, namespace: str = "") -> list[LinkInfo]:
        """The links that the remembered operations would have made."""
        await self._pause()
        names = ["lo"]
        for operation in self.standing:
            match operation:
                case CreateBridge(name=name) if not namespace:
                    names.append(name)
                case CreateVeth(host=host) if not namespace:
                    names.append(host)
                case CreateVeth(peer=peer, namespace=where) if namespace == where:
                    names.append(peer)
                case _:
                    continue
        return [
            LinkInfo(
                index=index, name=name, mac="", mtu=1500, master=0, kind="", up=True, running=True
            )
            for index, name in enumerate(names, 1)
        ]

    async def addresses(self) -> list[tuple[int, Interface]]:
        """None."""
        return []

    async def routes(self) -> list[RouteInfo]:
        """None."""
        await self._pause()
        return []

    async def call(self, work: Callable[[], _T]) -> _T:
        """Do the work here."""
        await self._pause()
        done = work()
        await self._pause()
        return done

    async def _pause(self) -> None:
        for _ in range(next(self.pauses)):
            await asyncio.sleep(0)
