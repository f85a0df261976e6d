"""Running the daemon until it is told to stop."""

import asyncio
import gc
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final

from mooring.daemon.assemble import assemble
from mooring.daemon.config import Config
from mooring.daemon.log import set_up
from mooring.daemon.notify import notify
from mooring.daemon.reload import Reload
from mooring.model.error import ForbiddenError, MooringError

_LOG: Final = logging.getLogger(__name__)

_SWITCH_INTERVAL: Final = 0.0005
"""Seconds the plumber may keep the interpreter from the thread that answers questions."""


def main(read: Callable[[], Config]) -> int:
    """Run the daemon with the options that ``read`` gives, then and when they are to be reloaded.

    Its exit code. A refusal is told on standard error.
    """
    try:
        config = read()
        set_up(config.log_level, config.log_format)
        _check_root()
        asyncio.run(_run(config, read))
    except MooringError as error:
        sys.stderr.write(f"moor: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"moor: the daemon cannot start: {error}\n")
        return 1
    return 0


def _check_root() -> None:
    if os.geteuid() != 0:
        raise ForbiddenError(
            "the daemon makes namespaces and links, and only root may", "start it as root"
        )


async def _run(config: Config, read: Callable[[], Config]) -> None:
    sys.setswitchinterval(_SWITCH_INTERVAL)
    _raise_file_limit()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        # Whoever reloads a daemon that is only starting must not end it.
        loop.add_signal_handler(signal.SIGHUP, lambda: None)
        assembled = await assemble(config, stack)
        reload = Reload(config, read, assembled.controller, assembled.resolver)
        loop.add_signal_handler(signal.SIGHUP, reload)
        gc.freeze()
        _LOG.info("listening at %s", assembled.address)
        notify("READY=1")
        await stop.wait()
        _LOG.info("stopping; sandboxes go on")
        notify("STOPPING=1")


def _raise_file_limit() -> None:
    """Every sandbox takes two sockets: take as many files as we may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
