"""The API's server: a listening socket and the application behind it."""

import os
from contextlib import suppress
from typing import Final, final

from aiohttp import web

from mooring.api.address import Address, UnixAddress, parse_address
from mooring.api.application import Application
from mooring.api.backend import Backend
from mooring.api.listener import listen

_GRACE_SECONDS: Final = 5.0
"""How long requests underway may take to end when the server closes."""


@final
class Server:
    """A server that answers at ``address`` until it is closed."""

    def __init__(self, address: Address, application: Application, runner: web.AppRunner) -> None:
        self.address = address
        self._application = application
        self._runner = runner
        self._inode = os.stat(address.path).st_ino if isinstance(address, UnixAddress) else 0

    async def close(self) -> None:
        """Take no more requests, end those that wait, let the others finish, remove the socket.

        Closing again does nothing.
        """
        self._remove_socket()
        for site in self._runner.sites:
            await site.stop()
        self._application.dismiss()
        await self._application.drain(_GRACE_SECONDS)
        await self._runner.cleanup()

    def _remove_socket(self) -> None:
        """Remove our socket file, unless another server has taken the name since."""
        if isinstance(self.address, UnixAddress):
            with suppress(FileNotFoundError):
                if os.stat(self.address.path).st_ino == self._inode:
                    os.unlink(self.address.path)


async def serve(backend: Backend, address: str, *, allow_remote: bool = False) -> Server:
    """Answer at ``address``, ``unix:///path`` or ``tcp://127.0.0.1:port`` (0 for any free port).

    A unix socket gets mode 0660; a stale one is replaced. A TCP address that is not of this machine
    alone is refused unless ``allow_remote``: the API asks nobody who they are. Raises ConflictError
    when somebody answers there already, ForbiddenError, InvalidArgumentError or MachineError.
    """
    where = parse_address(address)
    listener = listen(where, allow_remote=allow_remote)
    application = Application(backend, from_browsers=not isinstance(where, UnixAddress))
    runner = web.AppRunner(
        application.web, access_log=None, handler_cancellation=True, shutdown_timeout=1.0
    )
    try:
        if not isinstance(where, UnixAddress):
            where = where._replace(port=listener.getsockname()[1])
        await runner.setup()
        await web.SockSite(runner, listener).start()
    except BaseException:
        listener.close()
        await runner.cleanup()
        raise
    return Server(where, application, runner)
