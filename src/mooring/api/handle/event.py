"""The stream of events."""

import asyncio
import time
from typing import Final

import msgspec
from aiohttp import web

from mooring.api.call import Call
from mooring.api.failure import Failure, log_unexpected
from mooring.api.feed import BACKLOG, Feed
from mooring.api.select import EVENT_FILTERS, event_fits
from mooring.api.translate.event import event_json
from mooring.model.error import NotSupportedError

_WRITE_SECONDS: Final = 30.0
"""How long a reader may take none of what was written before it is cut off without a word."""

_CUT_OFF: Final = Failure(
    f"cut off: this reader fell more than {BACKLOG} events behind, and later ones are lost to it",
    "unavailable",
    "read /events again, and compare with the lists of what there is",
)


async def events(call: Call) -> web.StreamResponse:
    """What happens from now on, one JSON object a line, until the client leaves or ``until``."""
    if call.text("since"):
        raise NotSupportedError(
            "events of the past are not kept", "leave since out, and read while they happen"
        )
    filters = call.filters(EVENT_FILTERS)
    until = call.number("until", float("inf"))
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    async with Feed(call.backend.events(), lambda event: event_fits(event, filters)) as feed:
        await response.prepare(call.request)
        try:
            await _stream(call, response, feed, until)
        except (asyncio.CancelledError, ConnectionError):
            # The server closes or the reader left: either way the stream ends here.
            return response
        except Exception:
            # Too late for another status: a stream that breaks off is how the reader learns of it.
            log_unexpected(call.request)
            _abort(call)
    return response


async def _stream(call: Call, response: web.StreamResponse, feed: Feed, until: float) -> None:
    forever = until == float("inf")
    limit = asyncio.timeout(None if forever else max(0.0, until - time.time()))
    try:
        async with limit:
            async for event in feed:
                await _write_line(call, response, event_json(event))
    except TimeoutError:
        if not limit.expired():
            raise
    if feed.lost:
        await _write_line(call, response, _CUT_OFF)


async def _write_line(call: Call, response: web.StreamResponse, value: msgspec.Struct) -> None:
    try:
        async with asyncio.timeout(_WRITE_SECONDS):
            await response.write(msgspec.json.encode(value) + b"\n")
    except TimeoutError as error:
        _abort(call)
        raise ConnectionResetError("the reader of events takes none") from error


def _abort(call: Call) -> None:
    if call.request.transport is not None:
        call.request.transport.abort()
