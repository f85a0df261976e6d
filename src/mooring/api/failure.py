"""What went wrong, as a reply: a status and ``{"message", "code", "remedy"}``."""

import logging
from typing import Final

import msgspec
from aiohttp import web

from mooring.model.error import MooringError

_log = logging.getLogger(__name__)

_CODES: Final = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}
_REMEDIES: Final = {
    404: "the paths are those of Docker Engine's API for networks and containers",
    413: "a request body may have 1 MiB",
}


class Failure(msgspec.Struct, frozen=True):
    """The body of every reply that is not a success. ``code`` is stable, for programs."""

    message: str
    code: str
    remedy: str = ""


def failure_of(error: MooringError) -> web.Response:
    """The reply to a request that was refused for a reason we know."""
    return _reply(error.status, Failure(error.message, error.code, error.remedy))


def failure_of_http(error: web.HTTPException, request: web.BaseRequest) -> web.Response:
    """The reply to a request that no route takes, or that is not one of HTTP."""
    message = f"{request.method} {request.path[:200]}: {error.reason.lower()}"
    code = _CODES.get(error.status, "invalid-argument")
    response = _reply(error.status, Failure(message, code, _REMEDIES.get(error.status, "")))
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def failure_of_unexpected(request: web.BaseRequest) -> web.Response:
    """The reply to a mistake of ours: the traceback goes to the log, never to the client."""
    log_unexpected(request)
    return _reply(
        500,
        Failure(
            f"an error of the daemon's own in {request.method} {request.path[:200]}",
            "internal",
            "its log has the details",
        ),
    )


def log_unexpected(request: web.BaseRequest) -> None:
    """Log the exception being handled, with the request it happened in."""
    _log.exception("unexpected error in %s %s", request.method, request.path[:200])


def _reply(status: int, failure: Failure) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(failure), status=status, content_type="application/json"
    )
