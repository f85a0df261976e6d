"""Being told the moment a process ends, on the loop's own thread."""

import asyncio
import os
from collections.abc import Callable

from mooring.linux.process import open_pidfd
from mooring.model.run import Process


class ProcessWatch:
    """Calls back, once, when a watched process has ended. Each watch has a name."""

    def __init__(self) -> None:
        self._pidfds: dict[str, int] = {}

    def watch(self, name: str, process: Process, ended: Callable[[], None]) -> None:
        """Call ``ended`` when the process has ended: at once, from here, if it has already.

        This takes the place of an earlier watch of that name.
        """
        self.forget(name)
        try:
            pidfd = open_pidfd(process)
        except ProcessLookupError:
            ended()
            return
        self._pidfds[name] = pidfd
        asyncio.get_running_loop().add_reader(pidfd, self._fire, name, ended)

    def forget(self, name: str) -> None:
        """End the watch of that name, if there is one."""
        pidfd = self._pidfds.pop(name, None)
        if pidfd is not None:
            asyncio.get_running_loop().remove_reader(pidfd)
            os.close(pidfd)

    def close(self) -> None:
        """Watch nothing any more."""
        for name in list(self._pidfds):
            self.forget(name)

    def _fire(self, name: str, ended: Callable[[], None]) -> None:
        self.forget(name)
        ended()


async def wait_for_end(process: Process, seconds: float) -> bool:
    """Whether the process ended within so many seconds."""
    ended = asyncio.Event()
    watch = ProcessWatch()
    watch.watch("", process, ended.set)
    try:
        async with asyncio.timeout(seconds):
            await ended.wait()
    except TimeoutError:
        return False
    finally:
        watch.close()
    return True
