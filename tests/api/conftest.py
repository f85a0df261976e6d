"""A fake backend behind the real server on a real unix socket, and a client that asks it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from mooring.api.server import Server, serve
from mooring.testing.api import Api, open_api
from mooring.testing.backend import FakeBackend


@pytest.fixture
def backend(tmp_path: Path) -> FakeBackend:
    return FakeBackend(tmp_path, netns="/proc/self/ns/net")


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"unix://{tmp_path}/api/moor.sock"


@pytest.fixture
async def start() -> AsyncIterator[Callable[..., Awaitable[Server]]]:
    """``serve``; what it started is closed in the end."""
    async with AsyncExitStack() as stack:

        async def start(*arguments: Any, **options: Any) -> Server:
            server = await serve(*arguments, **options)
            stack.push_async_callback(server.close)
            return server

        yield start


@pytest.fixture
async def api(
    backend: FakeBackend, address: str, start: Callable[..., Awaitable[Server]]
) -> AsyncIterator[Api]:
    await start(backend, address)
    async with open_api(address) as api:
        yield api
