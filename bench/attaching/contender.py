"""What attaches and detaches sandboxes, in a process and on a machine of its own."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, Literal, Protocol, TypeAlias

import msgspec

from attaching.reach import check_reach
from measuring.machine import machine, wait_until_quiet


class Contender(Protocol):
    """A program that can give a sandbox a network. Sandboxes are numbered from nought.

    ``address`` is a sandbox's IPv4 address, as told by the program itself.
    """

    def attach(self, number: int) -> None: ...
    def detach(self, number: int) -> None: ...
    def namespace(self, number: int) -> str: ...
    def address(self, number: int) -> str: ...
    def cpu(self) -> float: ...
    def close(self) -> None: ...


Make: TypeAlias = Callable[[Path], Contender]
"""Start one with a directory for its files, of which ``run`` is in memory."""
Verb: TypeAlias = Literal["attach", "detach"]


class Turn(msgspec.Struct):
    """What each of some sandboxes took, in seconds, and the CPU seconds for all of them.

    CPU is that of the program, its children and whoever calls it, but not what the kernel puts off
    until later.
    """

    seconds: list[float]
    cpu: float


class Running:
    """A contender at work in another process."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe: Final = pipe

    def perform(self, verb: Verb, numbers: range) -> Turn:
        """Attach or detach sandboxes, one after the other."""
        self._pipe.send((verb, numbers))
        turn: Turn = self._pipe.recv()
        return turn

    def check(self, one: int, other: int) -> None:
        """End the bench unless one sandbox reaches the other."""
        self._pipe.send(("check", range(one, other + 1)))
        if problem := self._pipe.recv():
            raise SystemExit(problem)


@contextmanager
def running(make: Make, directory: Path) -> Iterator[Running]:
    """A contender with a directory for its files; nothing of it is left but that directory."""

    def work(pipe: Connection) -> None:
        contender = make(directory)
        try:
            _obey(contender, pipe)
        finally:
            contender.close()

    with machine(directory, work) as pipe:
        yield Running(pipe)


def _obey(contender: Contender, pipe: Connection) -> None:
    """Do what comes through the pipe until it is closed."""
    with suppress(EOFError):
        while True:
            verb, numbers = pipe.recv()
            if verb == "check":
                pipe.send(check_reach(contender, numbers[0], numbers[-1]))
            else:
                work = contender.attach if verb == "attach" else contender.detach
                pipe.send(_measure(contender, work, numbers))


def _measure(contender: Contender, work: Callable[[int], None], numbers: range) -> Turn:
    wait_until_quiet()
    seconds = []
    before = contender.cpu()
    for number in numbers:
        began = time.perf_counter()
        work(number)
        seconds.append(time.perf_counter() - began)
    return Turn(seconds, contender.cpu() - before)
