"""A forwarder with short times, and views to ask from."""

from collections.abc import AsyncIterator

import pytest

from mooring.dns.forwarding.forwarder import Forwarder
from mooring.dns.forwarding.settings import Timing
from mooring.model.view import View
from mooring.testing.clock import Clock
from mooring.testing.upstream import LocalSockets

FAST = Timing(
    question=0.5,
    queue=0.2,
    revival=0.15,
    resend=0.2,
    hedge_first=0.06,
    hedge_least=0.02,
    hedge_most=0.1,
    down_least=0.4,
    down_most=0.8,
    failure_least=0.15,
    failure_most=0.6,
)


@pytest.fixture
def sockets() -> LocalSockets:
    return LocalSockets()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timing() -> Timing:
    return FAST


@pytest.fixture
def view() -> View:
    """A sandbox that asks the host's servers."""
    return View(sandbox="one", namespace="/run/one")


@pytest.fixture
async def forwarder(sockets: LocalSockets, timing: Timing) -> AsyncIterator[Forwarder]:
    made = Forwarder(sockets, timing=timing)
    yield made
    await made.aclose()


@pytest.fixture
async def timeless(sockets: LocalSockets, timing: Timing, clock: Clock) -> AsyncIterator[Forwarder]:
    """A forwarder whose memory ages only as ``clock`` is set."""
    made = Forwarder(sockets, timing=timing, clock=clock)
    yield made
    await made.aclose()
