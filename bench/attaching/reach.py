"""The proof that attached sandboxes are: one sends, the other receives."""

import socket
from typing import Final, Protocol

from mooring.linux import netns

_PAYLOAD: Final = b"are you there?"
_SECONDS: Final = 2.0


class Attached(Protocol):
    """What sandboxes are on."""

    def namespace(self, number: int) -> str: ...
    def address(self, number: int) -> str: ...


def check_reach(contender: Attached, one: int, other: int) -> str:
    """Send a datagram from one sandbox to another; what went wrong, or nothing."""
    receiver = _socket(contender.namespace(other))
    sender = _socket(contender.namespace(one))
    try:
        address = contender.address(other)
        receiver.bind((address, 0))
        sender.sendto(_PAYLOAD, receiver.getsockname())
        if receiver.recv(64) != _PAYLOAD:
            return f"sandbox {other} received something else than what was sent"
    except OSError as error:
        return f"sandbox {one} does not reach sandbox {other}: {error}"
    finally:
        receiver.close()
        sender.close()
    return ""


def _socket(namespace: str) -> socket.socket:
    opened = netns.open_socket(namespace, socket.AF_INET, socket.SOCK_DGRAM)
    opened.settimeout(_SECONDS)
    return opened
