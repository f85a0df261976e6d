"""One daemon a store: a lock that ends with the process that holds it, however it ends."""

import fcntl
import os
from pathlib import Path

from mooring.model.error import ConflictError


class Exclusive:
    """The right to use a file, held until ``release`` or the death of this process.

    The lock is on a file of its own beside the one it is for, so that it stays when that one is
    set aside, and so that people can read a store that is in use. It holds the number of the
    process that took it, for the sentence a second one gets.
    """

    def __init__(self, path: Path) -> None:
        """Take the right to use ``path``; ConflictError if another process has it."""
        lock = path.with_name(path.name + ".lock")
        self._descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip()
            self.release()
            raise ConflictError(
                f"the store {path} is in use by process {holder or 'unknown'}",
                "stop that daemon first, or give this one another state directory",
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, b"%d\n" % os.getpid(), 0)

    def release(self) -> None:
        """Give the right back. Calling it again does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
