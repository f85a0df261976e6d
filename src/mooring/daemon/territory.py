"""The claim to a network namespace: one daemon in each, since each owns what bears its marks."""

import socket
from errno import EADDRINUSE

from mooring.model.error import ConflictError

_NAME = b"\0mooring.daemon"
"""An abstract unix socket: such names belong to a network namespace and go with their process."""


def claim_namespace() -> socket.socket:
    """Hold this network namespace until the socket is closed.

    Raises ConflictError when another daemon holds it, whatever its directories.
    """
    held = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        held.bind(_NAME)
    except OSError as error:
        held.close()
        if error.errno != EADDRINUSE:
            raise
        raise ConflictError(
            "another mooring daemon is at work in this network namespace",
            "use that one, or stop it first (pgrep -f 'moor daemon' finds it)",
        ) from error
    return held
