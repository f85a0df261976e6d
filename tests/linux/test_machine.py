"""Plumbers' threads: what is handed to them is carried through."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mooring.linux import netns
from mooring.linux.executor import Executor
from mooring.linux.held_ports import HeldPorts
from mooring.linux.machine import Machine
from mooring.linux.operation import OpenResolver, Operation, SetSysctl
from mooring.linux.resolver import ResolverSockets
from mooring.model.error import MachineError


class Slow(Executor):
    """Hands that stop before the last operation of a plan until they may go on."""

    opened: ResolverSockets | None = None

    def __init__(self, held_ports: HeldPorts) -> None:
        super().__init__(held_ports)
        self.began, self.may_end = threading.Event(), threading.Event()

    def perform(self, operation: Operation) -> ResolverSockets | None:
        if isinstance(operation, SetSysctl):
            self.began.set()
            assert self.may_end.wait(10)
            if operation.key == "no":
                raise MachineError("no")
        else:
            self.opened = super().perform(operation)
            return self.opened
        return None


@pytest.fixture
async def machine() -> AsyncIterator[Machine]:
    made = Machine(Slow)
    yield made
    made.close()


async def cancelled_while_at_work(machine: Machine, *plan: Operation) -> None:
    """Cancel who waits for a plan, and see that they wait until it is applied."""
    hands = machine.executor
    assert isinstance(hands, Slow)
    waiting = asyncio.create_task(machine.apply(plan))
    await asyncio.to_thread(hands.began.wait)
    waiting.cancel()
    await asyncio.wait([waiting], timeout=0.05)
    assert not waiting.done()
    hands.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_who_is_cancelled_waits_for_the_work_to_end(machine: Machine) -> None:
    await cancelled_while_at_work(machine, SetSysctl("yes", "1"))


async def test_and_hears_of_no_failure_any_more(machine: Machine) -> None:
    await cancelled_while_at_work(machine, SetSysctl("no", "1"))


async def test_sockets_that_were_opened_for_it_are_closed(machine: Machine, tmp_path: Path) -> None:
    path = str(tmp_path / "ns")
    netns.create(path, {})
    try:
        resolver = OpenResolver(path, "127.0.0.1", 0)
        await cancelled_while_at_work(machine, resolver, SetSysctl("yes", "1"))
    finally:
        netns.remove(path)
    assert isinstance(machine.executor, Slow)
    opened = machine.executor.opened
    assert opened is not None
    assert opened.udp.fileno() == opened.tcp.fileno() == -1
