"""nftables: rule text given to libnftables in this process, as ``nft -f -`` would be.

One call is one transaction: all of the text or none of it takes effect.

libnftables waits with select(2), which knows descriptors up to 1023 and ends the process at any
other; a daemon with five hundred sandboxes has more. So it works on a thread of its own, with a
table of descriptors of its own, in which hardly one is taken.
"""

import ctypes
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from mooring.linux.netns import inside
from mooring.linux.syscall import CLONE_FILES, unshare
from mooring.model.error import MachineError

_LIBRARY: Final = "libnftables.so.1"


class _Library:
    """The few functions of libnftables(3) in use."""

    def __init__(self) -> None:
        try:
            library = ctypes.CDLL(_LIBRARY)
        except OSError as error:
            raise MachineError(
                f"{_LIBRARY} cannot be loaded: {error}", "install the package nftables"
            ) from error
        self.new = library.nft_ctx_new
        self.new.restype = ctypes.c_void_p
        self.new.argtypes = [ctypes.c_uint32]
        self.free = library.nft_ctx_free
        self.free.argtypes = [ctypes.c_void_p]
        self.buffer_error = library.nft_ctx_buffer_error
        self.buffer_error.argtypes = [ctypes.c_void_p]
        self.buffer_output = library.nft_ctx_buffer_output
        self.buffer_output.argtypes = [ctypes.c_void_p]
        self.get_error = library.nft_ctx_get_error_buffer
        self.get_error.restype = ctypes.c_char_p
        self.get_error.argtypes = [ctypes.c_void_p]
        self.get_output = library.nft_ctx_get_output_buffer
        self.get_output.restype = ctypes.c_char_p
        self.get_output.argtypes = [ctypes.c_void_p]
        self.set_flags = library.nft_ctx_output_set_flags
        self.set_flags.restype = None
        self.set_flags.argtypes = [ctypes.c_void_p, ctypes.c_uint]
        self.run = library.nft_run_cmd_from_buffer
        self.run.argtypes = [ctypes.c_void_p, ctypes.c_char_p]


_loaded: list[_Library] = []


def _library() -> _Library:
    if not _loaded:
        _loaded.append(_Library())
    return _loaded[0]


_threads: list[ThreadPoolExecutor] = []
os.register_at_fork(after_in_child=_threads.clear)


def _thread() -> ThreadPoolExecutor:
    """The thread that libnftables works on; a fork of the process starts another."""
    if not _threads:
        _threads.append(ThreadPoolExecutor(1, "nftables", _leave_descriptors))
    return _threads[0]


def _leave_descriptors() -> None:
    """Give this thread a table of its own, with nothing in it but the standard three.

    A signal that came here would be told to a descriptor that means something else here.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    unshare(CLONE_FILES)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))


class NftablesError(MachineError):
    """The rules were refused; nothing of the transaction took effect."""


_JSON: Final = 1 << 4
"""NFT_CTX_OUTPUT_JSON."""


def run(commands: str, namespace: str = "", *, json_output: bool = False) -> str:
    """Carry out nft commands inside a namespace; what they print, as text or as JSON.

    ``""`` is the namespace in which the first call of this process was made. Raises NftablesError
    with nft's own words, MachineError when libnftables is missing.
    """
    library = _library()
    return _thread().submit(_run, library, commands, namespace, json_output).result()


def removal(table: str) -> str:
    """The commands that take a table (``inet mooring``) away, be it there or not."""
    return f"table {table}\ndelete table {table}\n"


def has_table(table: str) -> bool:
    """Whether there is a table of that family and name."""
    return f"table {table}" in run("list tables").splitlines()


def _run(library: _Library, commands: str, namespace: str, json_output: bool) -> str:
    with inside(namespace):
        context = library.new(0)
        if not context:
            raise MachineError("libnftables could not open netlink", "is this process root?")
        try:
            if json_output:
                library.set_flags(context, _JSON)
            library.buffer_error(context)
            library.buffer_output(context)
            if library.run(context, commands.encode()):
                said = (library.get_error(context) or b"").decode(errors="replace").strip()
                raise NftablesError(f"nftables refused the rules: {said}")
            return (library.get_output(context) or b"").decode(errors="replace")
        finally:
            library.free(context)
