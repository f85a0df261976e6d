"""The stream of events: its shape, its filters, its end, and readers that are too slow."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from mooring.api.feed import BACKLOG, Feed
from mooring.model.event import Event
from mooring.model.network import NetworkRequest
from mooring.model.run import RunRequest
from mooring.model.sandbox import SandboxRequest
from mooring.testing.api import Api
from mooring.testing.backend import FakeBackend


async def stream(api: Api, **query: str) -> aiohttp.ClientResponse:
    """An open stream of events."""
    return await api.session.get(api.url("/events"), params=query)


async def line(response: aiohttp.ClientResponse) -> Any:
    async with asyncio.timeout(5):
        return json.loads(await response.content.readline())


async def test_an_event_has_docker_s_shape(backend: FakeBackend, api: Api) -> None:
    async with await stream(api) as events:
        network = await backend.create_network(NetworkRequest(name="app"))
        event = await line(events)
    assert abs(event["timeNano"] - time.time_ns()) < 10**10
    assert event == {
        "Type": "network",
        "Action": "create",
        "Actor": {"ID": network.id, "Attributes": {"name": "app", "type": "bridge"}},
        "scope": "local",
        "time": event["timeNano"] // 10**9,
        "timeNano": event["timeNano"],
    }


async def test_nothing_that_happens_after_the_stream_has_begun_is_missed(
    backend: FakeBackend, api: Api
) -> None:
    async with await stream(api) as events:
        for number in range(100):
            await backend.create_network(NetworkRequest(name=f"n{number}"))
        names = [(await line(events))["Actor"]["Attributes"]["name"] for _ in range(100)]
    assert names == [f"n{number}" for number in range(100)]


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ({"type": ["network"]}, ["network create"]),
        ({"event": ["die", "destroy"]}, ["sandbox destroy", "container die"]),
        ({"container": ["db"]}, ["container create", "container die"]),
        ({"network": ["app"]}, ["network create"]),
        (
            {"network": ["app"], "container": ["db"]},
            ["network create", "container create", "container die"],
        ),
        ({"label": ["exitCode=3"]}, ["container die"]),
    ],
)
async def test_a_stream_is_filtered(
    backend: FakeBackend, api: Api, filters: object, told: list[str]
) -> None:
    async with await stream(api, filters=json.dumps(filters)) as events:
        await backend.create_network(NetworkRequest(name="app"))
        request = RunRequest(command=("true",), sandbox=SandboxRequest(name="db"))
        await backend.create_run(request, None)
        await backend.exit_run("db", 3)
        lines = [await line(events) for _ in told]
    assert [f"{event['Type']} {event['Action']}" for event in lines] == told


async def test_a_stream_ends_when_it_was_asked_to(backend: FakeBackend, api: Api) -> None:
    async with await stream(api, until=str(round(time.time() + 0.2, 3))) as events:
        await backend.create_network(NetworkRequest(name="app"))
        assert (await line(events))["Action"] == "create"
        assert await events.content.read() == b""
    async with await stream(api, until="1000") as events:
        assert await events.content.read() == b""


async def test_the_past_is_not_kept(api: Api) -> None:
    answer = await api("GET", "/events", since="1000")
    assert (api.status, answer["code"]) == (501, "not-supported")


async def test_a_reader_that_leaves_is_forgotten(backend: FakeBackend, api: Api) -> None:
    async with await stream(api):
        assert len(backend._readers) == 1
    async with asyncio.timeout(5):
        while backend._readers:
            await api("GET", "/_ping")


async def test_a_slow_reader_is_cut_off_with_a_last_line_that_says_so(
    backend: FakeBackend, api: Api
) -> None:
    attributes = {"padding": "x" * 4096}
    async with await stream(api) as events:
        # More than the socket, the transport and the backlog hold together.
        for number in range(BACKLOG * 3):
            backend._tell("network", "create", str(number), attributes)
            if number % 100 == 0:
                await asyncio.sleep(0)
        async with asyncio.timeout(10):
            lines = [json.loads(raw) async for raw in events.content]
    assert [event["Actor"]["ID"] for event in lines[:-1]] == [str(n) for n in range(len(lines) - 1)]
    assert BACKLOG <= len(lines) < BACKLOG * 3
    assert lines[-1]["code"] == "unavailable"
    assert lines[-1]["message"].startswith("cut off: this reader fell more than 1024 events behind")


async def test_a_source_that_breaks_is_logged_and_the_stream_breaks_off(
    backend: FakeBackend,
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken() -> AsyncIterator[Event]:
        for identity in ("1", ""):
            if not identity:
                raise RuntimeError("secret detail")
            yield Event(kind="network", action="create", id=identity)

    monkeypatch.setattr(backend, "events", broken)
    async with await stream(api) as events:
        assert (await line(events))["Actor"]["ID"] == "1"
        with pytest.raises(aiohttp.ClientPayloadError):
            await events.content.read()
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage() == "unexpected error in GET /events"


async def test_a_feed_keeps_no_more_than_its_backlog() -> None:
    async def source() -> AsyncIterator[Event]:
        for number in range(10):
            yield Event(kind="network", action="create", id=str(number))

    async with Feed(source(), lambda event: event.id != "1", backlog=3) as feed:
        assert [event.id async for event in feed] == ["0", "2", "3"]
        assert feed.lost


async def test_a_feed_ends_with_its_source() -> None:
    async def source() -> AsyncIterator[Event]:
        yield Event(kind="network", action="create", id="1")

    async with Feed(source(), lambda event: True) as feed:
        assert [event.id async for event in feed] == ["1"]
        assert not feed.lost
