"""A call: one request together with the backend it is for, and the readings a handler needs."""

import asyncio
import re
from typing import Final, TypeVar

import msgspec
from aiohttp import web

from mooring.api.backend import Backend
from mooring.api.filters import Filters, parse_filters
from mooring.model.error import InvalidArgumentError

BODY_LIMIT: Final = 1 << 20
"""Bytes of a request body. A network with a thousand labels has 0.1 of that."""

_BODY_SECONDS: Final = 30.0
"""How long a body may take to arrive; it comes from this machine."""

_FALSE: Final = frozenset({"", "0", "no", "false", "none"})
_NUMBER: Final = re.compile(r"-?[0-9]{1,10}(\.[0-9]{1,9})?\Z")

T = TypeVar("T")


class Call:
    """One request. Every reading raises InvalidArgumentError that names the offending part."""

    __slots__ = ("backend", "request")

    def __init__(self, backend: Backend, request: web.Request) -> None:
        self.backend = backend
        self.request = request

    @property
    def ref(self) -> str:
        """The name or id in the path."""
        return self.request.match_info["ref"]

    def text(self, name: str, default: str = "") -> str:
        """A parameter of the query."""
        return self.request.query.get(name, default)

    def flag(self, name: str) -> bool:
        """A yes or no of the query, in any of Docker's spellings."""
        return self.text(name).strip().lower() not in _FALSE

    def number(self, name: str, default: float) -> float:
        """A number of the query."""
        text = self.text(name)
        if not text:
            return default
        if not _NUMBER.match(text):
            raise InvalidArgumentError(f"{name}={text[:40]!r} is not a number")
        return float(text)

    def filters(self, known: frozenset[str]) -> Filters:
        """The filters of the query."""
        return parse_filters(self.text("filters"), known)

    async def body(self, shape: type[T]) -> T:
        """The JSON body as a value of type ``shape``.

        The media type must be given as Docker wants it, which also keeps a page in a browser from
        posting here: browsers ask before they send JSON to somebody else.
        """
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                raw = await self.request.read()
        except TimeoutError as error:
            raise InvalidArgumentError(
                f"the request body had not arrived after {_BODY_SECONDS:g} seconds"
            ) from error
        if not raw:
            raise InvalidArgumentError("the request has no body", "send a JSON object")
        if self.request.content_type != "application/json":
            raise InvalidArgumentError(
                f"the request body is {self.request.content_type[:60]!r}",
                "send JSON with the header Content-Type: application/json",
            )
        return decode(raw, shape)


def decode(raw: bytes, shape: type[T]) -> T:
    """``raw`` as a value of type ``shape``, else InvalidArgumentError with the field's path."""
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at ")
        where = path.strip("`").removeprefix("$").removeprefix(".") or "the request body"
        raise InvalidArgumentError(f"{where}: {reason.replace('`', '')}") from error
    except (msgspec.DecodeError, UnicodeError) as error:
        raise InvalidArgumentError(f"the request body is not JSON: {error}") from error
    except RecursionError as error:
        raise InvalidArgumentError("the request body is nested too deeply") from error


def reply(value: object, status: int = 200) -> web.Response:
    """``value`` as JSON."""
    return web.Response(
        body=msgspec.json.encode(value), status=status, content_type="application/json"
    )


def done(status: int = 204) -> web.Response:
    """A success that has nothing to say."""
    return web.Response(status=status)
