"""Being told the moment a process ends, on the loop's own thread."""

import asyncio
import os
from collections.abc import Callable

from mooring.linux.process import open_pidfd
from mooring.model.run import Process


class ProcessWatch:
    """Calls back, once, when a watched process has ended."""

    def __init__(self) -> None:
        self._pidfds: dict[Process, int] = {}

    def watch(self, process: Process, ended: Callable[[], None]) -> None:
        """Call ``ended`` when the process has ended: at once, from here, if it has already."""
        self.forget(process)
        try:
            pidfd = open_pidfd(process)
        except ProcessLookupError:
            ended()
            return
        self._pidfds[process] = pidfd
        asyncio.get_running_loop().add_reader(pidfd, self._fire, process, ended)

    def forget(self, process: Process) -> None:
        """Watch a process no longer; one that is not watched is fine."""
        pidfd = self._pidfds.pop(process, None)
        if pidfd is not None:
            asyncio.get_running_loop().remove_reader(pidfd)
            os.close(pidfd)

    def close(self) -> None:
        """Watch nothing any more."""
        for process in list(self._pidfds):
            self.forget(process)

    def _fire(self, process: Process, ended: Callable[[], None]) -> None:
        self.forget(process)
        ended()


async def wait_for_end(process: Process, seconds: float) -> bool:
    """Whether the process ended within so many seconds."""
    ended = asyncio.Event()
    watch = ProcessWatch()
    watch.watch(process, ended.set)
    try:
        async with asyncio.timeout(seconds):
            await ended.wait()
    except TimeoutError:
        return False
    finally:
        watch.close()
    return True
