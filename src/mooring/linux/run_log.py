"""The output of a detached run, on disk: bounded, newest kept, whole to the last byte.

``output.log`` grows to 16 MiB, then becomes ``output.log.1`` in place of the one before, so a run
has at most 32 MiB on disk and at least the newest 16 MiB of what it wrote.
"""

import contextlib
import fcntl
import os
import struct
import termios
from typing import Final

LIMIT: Final = 16 * 1024 * 1024
"""Bytes of one file."""

_CURRENT: Final = "output.log"
_OLDER: Final = "output.log.1"
_CHUNK: Final = 64 * 1024
_CHUNKS_AT_ONCE: Final = 16
_PIPE_SIZE: Final = 256 * 1024
_INT: Final = struct.Struct("=i")
_NONE: Final = -1
"""No file, no inode."""


class LogWriter:
    """Moves what a run writes into its log, in a directory that exists.

    ``sink`` is the end of a pipe to give to the command.
    """

    def __init__(self, run_directory: str, limit: int = LIMIT) -> None:
        self._current = os.path.join(run_directory, _CURRENT)
        self._older = os.path.join(run_directory, _OLDER)
        self._limit = limit
        self._lost = 0
        self._file = self._open()
        self._size = os.fstat(self._file).st_size
        self._source, self.sink = os.pipe()
        os.set_blocking(self._source, False)
        with contextlib.suppress(PermissionError):  # The user's pipes are at their limit already.
            fcntl.fcntl(self._source, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)

    def fileno(self) -> int:
        """Readable when there is something to move."""
        return self._source

    def started(self) -> None:
        """Let go of ``sink``, now that the command has it."""
        os.close(self.sink)
        self.sink = _NONE

    def pump(self) -> bool:
        """Move what is there, at most a megabyte; False once nobody can write any more."""
        for _ in range(_CHUNKS_AT_ONCE):
            try:
                chunk = os.read(self._source, _CHUNK)
            except BlockingIOError:
                return True
            if not chunk:
                return False
            self.write(chunk)
        return True

    def drain(self) -> None:
        """Move all that has been written until now; never waits for more."""
        remaining = _readable(self._source)
        while remaining > 0 and (chunk := os.read(self._source, min(_CHUNK, remaining))):
            self.write(chunk)
            remaining -= len(chunk)

    def close(self) -> None:
        """Give pipe and file back; whoever still writes gets SIGPIPE."""
        if self.sink != _NONE:
            self.started()
        os.close(self._source)
        os.close(self._file)

    def write(self, data: bytes) -> None:
        """Add ``data``. What a full disk does not take is lost, and the log says how much.

        The command neither waits nor fails because its log cannot be kept.
        """
        if self._lost:
            note = f"[mooring: {self._lost} bytes of output could not be kept]\n"
            if self._store(note.encode()):
                self._lost += len(data)
                return
        self._lost = self._store(data)

    def _store(self, data: bytes) -> int:
        """Write, and say how many bytes could not be written."""
        rest = memoryview(data)
        with contextlib.suppress(OSError):
            while rest:
                rest = rest[self._write_some(rest) :]
        return len(rest)

    def _write_some(self, data: memoryview) -> int:
        if self._size >= self._limit:
            self._rotate()
        written = os.write(self._file, data[: self._limit - self._size])
        self._size += written
        return written

    def _rotate(self) -> None:
        with contextlib.suppress(FileNotFoundError):  # Renamed before, when the rest failed.
            os.rename(self._current, self._older)
        opened = self._open()
        os.close(self._file)
        self._file, self._size = opened, 0

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        return os.open(self._current, flags, 0o600)


class LogReader:
    """Reads a run's output from the oldest byte kept, and follows it through its rotations."""

    def __init__(self, run_directory: str) -> None:
        self._current = os.path.join(run_directory, _CURRENT)
        self._older = os.path.join(run_directory, _OLDER)
        self._file = _NONE
        self._complete = False
        """Whether the writer has gone on to another file, so that the next end is the last."""

    def read(self, limit: int = _CHUNK) -> bytes:
        """The next bytes, or nothing when there are no more yet (or no log yet)."""
        while self._file != _NONE or self._begin():
            if data := os.read(self._file, limit):
                return data
            if self._complete:
                self._advance()
            elif self._inode(self._current) in (_NONE, os.fstat(self._file).st_ino):
                break
            else:
                self._complete = True  # Something may have come since the read: once more.
        return b""

    def close(self) -> None:
        """Give the file back."""
        if self._file != _NONE:
            os.close(self._file)
            self._file = _NONE

    def _begin(self) -> bool:
        """Open the oldest file, looking for the newer one first lest both slip by."""
        for path in (self._current, self._older):
            with contextlib.suppress(FileNotFoundError):
                opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                self.close()
                self._file = opened
        return self._file != _NONE

    def _advance(self) -> None:
        """Go on to the file after this one; what was rotated away meanwhile is passed over."""
        is_older = self._inode(self._older) == os.fstat(self._file).st_ino
        opened = os.open(self._current if is_older else self._older, os.O_RDONLY | os.O_CLOEXEC)
        self.close()
        self._file, self._complete = opened, False

    def _inode(self, path: str) -> int:
        try:
            return os.stat(path).st_ino
        except FileNotFoundError:
            return _NONE


def _readable(pipe: int) -> int:
    """Bytes that wait in the pipe."""
    answer = fcntl.ioctl(pipe, termios.FIONREAD, bytes(_INT.size))
    count: int = _INT.unpack(answer)[0]
    return count
