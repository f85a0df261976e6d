"""Addresses of the API: a unix socket, or a TCP port when asked for.

The command line imports this on every start, so it stays with the standard library.
"""

from ipaddress import ip_address
from typing import Final, NamedTuple, TypeAlias

from mooring.model.error import InvalidArgumentError

DEFAULT_ADDRESS: Final = "unix:///run/mooring/mooring.sock"

UNIX_PATH_LIMIT: Final = 107
"""Bytes of a socket's path that fit into ``sockaddr_un`` with its final zero (unix(7))."""


class UnixAddress(NamedTuple):
    """A unix socket, by its absolute path."""

    path: str

    def __str__(self) -> str:
        return f"unix://{self.path}"


class TcpAddress(NamedTuple):
    """A TCP port; ``host`` is an IP address."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp://{host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return ip_address(self.host).is_loopback


Address: TypeAlias = UnixAddress | TcpAddress


def parse_address(text: str) -> Address:
    """``unix:///path`` or ``tcp://host:port`` as a value, else ``InvalidArgumentError``."""
    scheme, separator, rest = text.partition("://")
    if separator and scheme == "unix":
        return _parse_unix(text, rest)
    if separator and scheme == "tcp":
        return _parse_tcp(text, rest)
    raise InvalidArgumentError(
        f"invalid address {text!r} for the API",
        f"write unix:///path/to.sock or tcp://127.0.0.1:port (the default is {DEFAULT_ADDRESS})",
    )


def _parse_unix(text: str, path: str) -> UnixAddress:
    if not path.startswith("/") or path.endswith("/") or "\0" in path:
        raise InvalidArgumentError(
            f"invalid address {text!r}: {path!r} is not the absolute path of a socket",
            f"write three slashes and a path, as in {DEFAULT_ADDRESS}",
        )
    length = len(path.encode(errors="surrogateescape"))
    if length > UNIX_PATH_LIMIT:
        raise InvalidArgumentError(
            f"the path of a socket is {length} bytes long: {path[:40]!r}…",
            f"the kernel takes {UNIX_PATH_LIMIT}; choose a shorter one",
        )
    return UnixAddress(path)


def _parse_tcp(text: str, rest: str) -> TcpAddress:
    host, separator, port = rest.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        host = "127.0.0.1" if host == "localhost" else str(ip_address(host))
        number = int(port) if separator and port.isascii() and port.isdigit() else -1
    except ValueError:
        number = -1
    if not 0 <= number <= 65535:
        raise InvalidArgumentError(
            f"invalid address {text!r} for the API",
            "tcp takes an IP address and a port, as in tcp://127.0.0.1:2375 or tcp://[::1]:2375",
        )
    return TcpAddress(host, number)
