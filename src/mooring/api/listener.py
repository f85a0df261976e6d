"""Listening sockets of the API, made so that nobody else reaches them for a moment."""

import errno
import os
import secrets
import socket
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from mooring.api.address import UNIX_PATH_LIMIT, Address, TcpAddress, UnixAddress
from mooring.model.error import ConflictError, ForbiddenError, InvalidArgumentError, MachineError

_BACKLOG: Final = 128
_MODE: Final = 0o660
_PROBE_SECONDS: Final = 1.0


def listen(address: Address, *, allow_remote: bool = False) -> socket.socket:
    """A listening, non-blocking socket at ``address``.

    Raises ConflictError if somebody listens there already, ForbiddenError for a TCP address that
    other machines can reach unless ``allow_remote``, and MachineError when the kernel refuses.
    """
    try:
        match address:
            case UnixAddress(path):
                listener = _listen_unix(path)
            case TcpAddress():
                listener = _listen_tcp(address, allow_remote)
    except OSError as error:
        raise MachineError(f"cannot listen at {address}: {error.strerror}") from error
    listener.setblocking(False)
    return listener


def _listen_unix(path: str) -> socket.socket:
    """Bind beside ``path``, set the mode, listen, and only then take the name.

    A file that a dead daemon left is replaced in that last step, so there is no moment without one.
    """
    _refuse_occupied(path)
    directory = Path(path).parent
    directory.mkdir(parents=True, exist_ok=True)
    temporary = str(directory / f".moor-{secrets.token_hex(4)}")
    if len(os.fsencode(temporary)) > UNIX_PATH_LIMIT:
        raise InvalidArgumentError(
            f"the directory {str(directory)[:40]!r}… is too deep for a socket",
            "choose a shorter one",
        )
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(temporary)
        try:
            os.chmod(temporary, _MODE)
            listener.listen(_BACKLOG)
            os.rename(temporary, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
            raise
    except BaseException:
        listener.close()
        raise
    return listener


def _refuse_occupied(path: str) -> None:
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ConflictError(
            f"{path} exists and is not a socket", "remove it, or choose another path with --host"
        )
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PROBE_SECONDS)
        try:
            probe.connect(path)
        except OSError as error:
            if error.errno in (errno.ECONNREFUSED, errno.ENOENT):
                return
            if not isinstance(error, TimeoutError) and error.errno != errno.EAGAIN:
                raise
    raise ConflictError(
        f"a daemon listens at {path} already",
        "stop that one first, or choose another path with --host",
    )


def _listen_tcp(address: TcpAddress, allow_remote: bool) -> socket.socket:
    if not (address.loopback or allow_remote):
        raise ForbiddenError(
            f"{address} can be reached by other machines, and the API asks nobody who they are",
            "listen on 127.0.0.1 and let ssh forward the port, or say --allow-remote",
        )
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server(
            (address.host, address.port), family=family, backlog=_BACKLOG, reuse_port=False
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ConflictError(
                f"something listens at {address} already", "choose another port with --host"
            ) from error
        raise
