"""A client of the API for tests: it asks as the world does, over the socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, final

import aiohttp

from mooring.api.address import UnixAddress, parse_address


@final
class Api:
    """Asks the API, and keeps the status and the headers of the last answer."""

    def __init__(self, session: aiohttp.ClientSession, origin: str) -> None:
        self.session = session
        self.status = 0
        self.headers: dict[str, str] = {}
        self._origin = origin

    def url(self, path: str) -> str:
        """The address of ``path`` on this server, for ``session``."""
        return self._origin + path

    async def __call__(self, method: str, path: str, json: object = None, **query: str) -> Any:
        """The JSON of the answer, or its text if it is something else; None if it is empty."""
        async with self.session.request(
            method, self.url(path), json=json, params=query
        ) as response:
            self.status = response.status
            self.headers = dict(response.headers)
            if response.content_type == "application/json":
                return await response.json()
            return await response.text() or None


@asynccontextmanager
async def open_api(address: str) -> AsyncIterator[Api]:
    """A client of the API at ``unix:///path`` or ``tcp://host:port``."""
    where = parse_address(address)
    if isinstance(where, UnixAddress):
        connector: aiohttp.BaseConnector = aiohttp.UnixConnector(where.path)
        origin = "http://moor"
    else:
        connector = aiohttp.TCPConnector()
        origin = str(where).replace("tcp://", "http://")
    async with aiohttp.ClientSession(connector=connector) as session:
        yield Api(session, origin)
