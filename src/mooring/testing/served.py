"""The API of a backend from a thread of its own, for tests that are not asynchronous."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, Final, Generic, TypeVar, final

from mooring.api.backend import Backend
from mooring.api.server import Server, serve

B = TypeVar("B", bound=Backend)
T = TypeVar("T")

_SECONDS: Final = 20.0


@final
class Served(Generic[B]):
    """Serves ``backend`` at ``address`` until it is closed."""

    def __init__(self, backend: B, address: str) -> None:
        self.backend = backend
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._server: Server = self.do(serve(backend, address))

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """What comes of a coroutine, run where the backend is."""
        return self.begin(work).result(_SECONDS)

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin a coroutine where the backend is, and go on."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """End the server and its thread."""
        self.do(self._server.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
