"""The web application: the table of routes, and how every request is carried through."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, final

from aiohttp import web

from mooring import __version__
from mooring.api.backend import Backend
from mooring.api.call import BODY_LIMIT, Call
from mooring.api.failure import failure_of, failure_of_http, failure_of_unexpected
from mooring.api.foreign import check_foreign
from mooring.api.guard import check_origin
from mooring.api.routes import ROUTES, Route
from mooring.api.version import API_VERSION, check_version
from mooring.model.error import MooringError, UnavailableError

_log = logging.getLogger(__name__)

_VERSIONED: Final = r"/v{api_version:[0-9]{1,3}\.[0-9]{1,3}}"
_LINGERING_LIMIT: Final = 1024
"""Requests that may wait at one time; each holds a connection and, for events, a feed."""

_Next: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


@final
class Application:
    """Requests in, replies out; ``web`` is the aiohttp side of it."""

    def __init__(self, backend: Backend, *, from_browsers: bool) -> None:
        self._backend = backend
        self._from_browsers = from_browsers
        self._underway: set[asyncio.Task[web.StreamResponse]] = set()
        self._lingering: set[asyncio.Task[web.StreamResponse]] = set()
        self.web = web.Application(client_max_size=BODY_LIMIT, middlewares=[self._answer])
        self.web.on_response_prepare.append(_sign)
        for route in ROUTES:
            handler = self._handler(route)
            self.web.router.add_route(route.method, route.path, handler)
            self.web.router.add_route(route.method, _VERSIONED + route.path, handler)

    def dismiss(self) -> None:
        """End the requests that wait for something to happen."""
        for task in self._lingering:
            task.cancel()

    async def drain(self, seconds: float) -> None:
        """Let the requests underway end, and after ``seconds`` cut them short."""
        if self._underway:
            await asyncio.wait(self._underway, timeout=seconds)
        for task in self._underway:
            task.cancel()
        await asyncio.gather(*self._underway, return_exceptions=True)

    def _handler(self, route: Route) -> _Next:
        async def handle(request: web.Request) -> web.StreamResponse:
            check_version(request.match_info.get("api_version", API_VERSION))
            call = Call(self._backend, request)
            return await (self._linger if route.lingers else self._complete)(route, call)

        return handle

    async def _complete(self, route: Route, call: Call) -> web.StreamResponse:
        """Carry the call through even if the client leaves, which cancels its request."""
        task = asyncio.ensure_future(_run(route, call))
        self._underway.add(task)
        task.add_done_callback(self._underway.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_log_unheard)
            raise

    async def _linger(self, route: Route, call: Call) -> web.StreamResponse:
        if len(self._lingering) >= _LINGERING_LIMIT:
            raise UnavailableError(
                f"{_LINGERING_LIMIT} clients wait here already", "end some of them, and try again"
            )
        task = asyncio.ensure_future(_run(route, call))
        self._lingering.add(task)
        task.add_done_callback(self._lingering.discard)
        try:
            return await task
        except asyncio.CancelledError:
            task.cancel()
            handling = asyncio.current_task()
            if handling is not None and handling.cancelling():
                raise
            raise UnavailableError("the daemon is stopping", "try again when it is back") from None

    @web.middleware
    async def _answer(self, request: web.Request, handler: _Next) -> web.StreamResponse:
        """Every outcome as a reply."""
        try:
            if self._from_browsers:
                check_origin(request)
            if request.match_info.http_exception is not None:
                check_foreign(request.path)
            return await handler(request)
        except MooringError as error:
            return failure_of(error)
        except web.HTTPException as error:
            return failure_of_http(error, request)
        except Exception:
            return failure_of_unexpected(request)


def _log_unheard(task: asyncio.Task[web.StreamResponse]) -> None:
    """Log a mistake of ours that no client is left to be told of."""
    if task.cancelled():
        return
    error = task.exception()
    if error is not None and not isinstance(error, MooringError | web.HTTPException | OSError):
        _log.error("unexpected error in a request whose client had left", exc_info=error)


async def _run(route: Route, call: Call) -> web.StreamResponse:
    return await route.handler(call)


async def _sign(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = f"Mooring/{__version__} (linux)"
