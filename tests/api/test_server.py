"""Where the API listens and who may reach it: modes, stale and live sockets, loopback, browsers."""

import asyncio
import logging
import os
import socket
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from mooring.api.address import TcpAddress
from mooring.api.server import Server
from mooring.model.error import ConflictError, ForbiddenError, MachineError
from mooring.model.network import Network, NetworkRequest
from mooring.testing.api import Api, open_api
from mooring.testing.backend import FakeBackend
from mooring.testing.eventually import soon

Start: TypeAlias = Callable[..., Awaitable[Server]]


@pytest.fixture
def path(address: str) -> Path:
    return Path(address.removeprefix("unix://"))


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    """A file of somebody's."""
    file = tmp_path / "precious"
    file.write_text("precious")
    return file


async def test_the_socket_is_for_its_user_and_group_alone(
    start: Start, backend: FakeBackend, address: str, path: Path
) -> None:
    server = await start(backend, address)
    assert stat.filemode(os.stat(path).st_mode) == "srw-rw----"
    assert os.listdir(path.parent) == [path.name]
    await server.close()
    assert os.listdir(path.parent) == []


async def test_the_socket_of_a_dead_daemon_is_replaced(
    start: Start, backend: FakeBackend, address: str, path: Path
) -> None:
    os.mkdir(path.parent)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
        dead.listen()
    await start(backend, address)
    async with open_api(address) as api:
        assert await api("GET", "/_ping") == "OK"


async def test_the_socket_of_a_living_daemon_is_left_alone(
    start: Start, backend: FakeBackend, address: str, path: Path
) -> None:
    await start(backend, address)
    with pytest.raises(ConflictError, match=f"a daemon listens at {path} already"):
        await start(backend, address)
    async with open_api(address) as api:
        assert await api("GET", "/_ping") == "OK"


async def test_a_file_that_is_no_socket_is_left_alone(
    start: Start, backend: FakeBackend, precious: Path
) -> None:
    with pytest.raises(ConflictError, match="is not a socket"):
        await start(backend, f"unix://{precious}")
    assert os.stat(precious).st_size == len("precious")


async def test_a_place_where_no_socket_can_be_is_named(
    start: Start, backend: FakeBackend, precious: Path
) -> None:
    with pytest.raises(MachineError, match=f"cannot listen at unix://{precious}/moor.sock"):
        await start(backend, f"unix://{precious}/moor.sock")


async def test_closing_leaves_the_socket_of_a_successor(
    start: Start, backend: FakeBackend, address: str, path: Path
) -> None:
    first = await start(backend, address)
    os.unlink(path)
    await start(backend, address)
    await first.close()
    async with open_api(address) as api:
        assert await api("GET", "/_ping") == "OK"


async def test_tcp_is_there_for_those_who_ask_for_it(start: Start, backend: FakeBackend) -> None:
    server = await start(backend, "tcp://127.0.0.1:0")
    async with open_api(str(server.address)) as api:
        assert [network["Name"] for network in await api("GET", "/networks")] == ["host", "none"]


async def test_a_tcp_port_that_is_taken_is_named(start: Start, backend: FakeBackend) -> None:
    server = await start(backend, "tcp://127.0.0.1:0")
    with pytest.raises(ConflictError, match=f"something listens at {server.address} already"):
        await start(backend, str(server.address))


async def test_other_machines_reach_it_only_when_that_is_allowed(
    start: Start, backend: FakeBackend
) -> None:
    with pytest.raises(ForbiddenError, match="can be reached by other machines"):
        await start(backend, "tcp://0.0.0.0:0")
    server = await start(backend, "tcp://0.0.0.0:0", allow_remote=True)
    assert isinstance(server.address, TcpAddress)


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://example.org"}, {"Host": "rebound.example.org"}]
)
async def test_over_tcp_a_page_in_a_browser_is_refused(
    start: Start, backend: FakeBackend, headers: dict[str, str]
) -> None:
    server = await start(backend, "tcp://127.0.0.1:0")
    async with (
        open_api(str(server.address)) as api,
        api.session.post(api.url("/system/prune"), headers=headers) as response,
    ):
        assert response.status == 403
        assert (await response.json())["code"] == "forbidden"


@pytest.mark.parametrize("host", ["127.0.0.1:2375", "[::1]:2375", "localhost"])
async def test_over_tcp_a_client_that_names_an_address_is_served(
    start: Start, backend: FakeBackend, host: str
) -> None:
    server = await start(backend, "tcp://127.0.0.1:0")
    async with (
        open_api(str(server.address)) as api,
        api.session.get(api.url("/_ping"), headers={"Host": host}) as response,
    ):
        assert response.status == 200


async def test_closing_ends_those_who_wait_and_lets_the_others_finish(
    start: Start, backend: FakeBackend, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    create = backend.create_network

    async def create_slowly(request: NetworkRequest) -> Network:
        begun.set()
        await go_on.wait()
        return await create(request)

    monkeypatch.setattr(backend, "create_network", create_slowly)
    server = await start(backend, address)
    async with open_api(address) as creator, open_api(address) as waiter:
        await creator("POST", "/containers/create?name=db", {"Cmd": ["true"]})
        waiting = asyncio.create_task(waiter("POST", "/containers/db/wait"))
        creating = asyncio.create_task(creator("POST", "/networks/create", {"Name": "app"}))
        await begun.wait()
        closing = asyncio.create_task(server.close())
        answer = await waiting
        assert (waiter.status, answer["message"]) == (503, "the daemon is stopping")
        go_on.set()
        assert (await creating)["Id"] == backend.network("app").id
        await closing


async def test_a_client_that_leaves_does_not_stop_a_verb_halfway(
    backend: FakeBackend, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
    create = backend.create_network

    async def create_slowly(request: NetworkRequest) -> Network:
        begun.set()
        await go_on.wait()
        network = await create(request)
        ended.set()
        return network

    monkeypatch.setattr(backend, "create_network", create_slowly)
    leaving = asyncio.create_task(api("POST", "/networks/create", {"Name": "app"}))
    await begun.wait()
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    await api("GET", "/_ping")
    go_on.set()
    async with asyncio.timeout(5):
        await ended.wait()
    assert backend.network("app").name == "app"


async def test_a_mistake_of_ours_that_no_client_hears_of_is_logged(
    backend: FakeBackend,
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def fail_slowly(request: object) -> None:
        begun.set()
        await go_on.wait()
        raise RuntimeError("secret detail")

    monkeypatch.setattr(backend, "create_network", fail_slowly)
    leaving = asyncio.create_task(api("POST", "/networks/create", {"Name": "app"}))
    await begun.wait()
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    await api("GET", "/_ping")
    go_on.set()
    await soon(lambda: "secret detail" in caplog.text)
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage() == "unexpected error in a request whose client had left"


async def test_a_client_that_leaves_ends_its_wait(
    backend: FakeBackend, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api("POST", "/containers/create?name=db", {"Cmd": ["true"]})
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def wait_run(ref: str) -> int:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return 0

    monkeypatch.setattr(backend, "wait_run", wait_run)
    waiting = asyncio.create_task(api("POST", "/containers/db/wait"))
    await begun.wait()
    waiting.cancel()
    async with asyncio.timeout(5):
        await cancelled.wait()
