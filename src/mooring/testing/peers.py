"""Real clients and servers in network namespaces, over TCP and UDP."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from mooring.linux import netns

_KINDS: Final = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
_GIVE_UP: Final = 0.2
_PATIENCE: Final = 3.0


@contextmanager
def serving(namespace: str, address: str, port: int, protocol: str = "tcp") -> Iterator[None]:
    """A server that tells each client by which address it is seen."""
    opened = _open(namespace, address, protocol)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((address, port))
    if protocol == "tcp":
        opened.listen(16)
    serve = threading.Thread(target=_serve, args=(opened, protocol))
    serve.start()
    try:
        yield
    finally:
        with suppress(OSError):
            opened.shutdown(socket.SHUT_RDWR)
        serve.join()
        opened.close()


def seen_as(
    namespace: str, address: str, port: int, protocol: str = "tcp", *, patient: bool = True
) -> str:
    """By which address the server sees a client from this namespace; empty if it is not reached.

    A client that expects to fail need not be ``patient``.
    """
    with _open(namespace, address, protocol) as client:
        client.settimeout(_PATIENCE if patient else _GIVE_UP)
        try:
            client.connect((address, port))
            client.send(b"who am I?")
            return client.recv(64).decode()
        except OSError:
            return ""


def _open(namespace: str, address: str, protocol: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with netns.inside(namespace):
        opened = socket.socket(family, _KINDS[protocol])
    if family == socket.AF_INET6:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return opened


def _serve(opened: socket.socket, protocol: str) -> None:
    """Until the socket is shut down."""
    while True:
        try:
            if protocol == "tcp":
                connection, peer = opened.accept()
                with connection, suppress(OSError):
                    connection.sendall(peer[0].encode())
            else:
                asked, peer = opened.recvfrom(64)
                if not asked:
                    return
                opened.sendto(peer[0].encode(), peer)
        except OSError:
            return
