"""A client of the daemon's API, from the standard library alone: commands start fast."""

import errno
import http.client
import json
import os
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Final, final
from urllib.parse import quote, urlencode

from mooring.api.address import Address, TcpAddress, UnixAddress, parse_address
from mooring.model.error import (
    ConflictError,
    ForbiddenError,
    InvalidArgumentError,
    MachineError,
    MooringError,
    NotFoundError,
    NotSupportedError,
    UnavailableError,
)

_CONNECT_SECONDS: Final = 5.0
_REFERENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
_KINDS: Final = {
    kind.code: kind
    for kind in (
        ConflictError,
        ForbiddenError,
        InvalidArgumentError,
        MachineError,
        NotFoundError,
        NotSupportedError,
        UnavailableError,
    )
}


@final
class Client:
    """Asks the daemon at an address; every request has a connection of its own.

    A refusal is raised as the MooringError that the daemon raised. UnavailableError says that the
    daemon cannot be reached, or went away before it answered.
    """

    def __init__(self, address: str) -> None:
        self.address = address

    def get(self, path: str, **query: object) -> Any:
        """The JSON of ``GET path``; parameters that are empty, None or False are left out."""
        return self._request("GET", path, query)

    def post(self, path: str, body: object = None, **query: object) -> Any:
        """The JSON of ``POST path`` with a JSON body; None if the answer is empty."""
        return self._request("POST", path, query, body)

    def delete(self, path: str, **query: object) -> Any:
        """The JSON of ``DELETE path``; None if the answer is empty."""
        return self._request("DELETE", path, query)

    def stream(self, path: str, **query: object) -> Iterator[Any]:
        """Every line of ``GET path``, as JSON, as it comes."""
        with self._asked("GET", path, query, None) as response:
            while line := response.readline():
                yield json.loads(line)

    def _request(
        self, method: str, path: str, query: Mapping[str, object], body: object = None
    ) -> Any:
        with self._asked(method, path, query, body) as response:
            content = response.read()
        if response.getheader("Content-Type", "").startswith("application/json"):
            return json.loads(content)
        return content.decode(errors="replace") or None

    @contextmanager
    def _asked(
        self, method: str, path: str, query: Mapping[str, object], body: object
    ) -> Iterator[http.client.HTTPResponse]:
        """The response to a request that was not refused."""
        address = parse_address(self.address)
        with closing(_Connection(address)) as connection:
            try:
                connection.connect()
            except OSError as error:
                raise _unreachable(address, error) from error
            try:
                content = None if body is None else _to_json(body)
                headers = {} if body is None else {"Content-Type": "application/json"}
                connection.request(method, path + _encode(query), content, headers)
                response = connection.getresponse()
                if response.status >= 400:
                    raise _refusal(response.status, response.read())
                yield response
            except (http.client.HTTPException, OSError, ValueError) as error:
                raise UnavailableError(
                    f"the daemon at {address} went away before it had answered "
                    f"({type(error).__name__})",
                    "see whether it runs, and try again",
                ) from error


class _Connection(http.client.HTTPConnection):
    """A connection to an address of ours; how long an answer takes is the daemon's business."""

    def __init__(self, address: Address) -> None:
        super().__init__("localhost")
        self._address = address

    def connect(self) -> None:
        match self._address:
            case UnixAddress(path):
                self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                self.sock.settimeout(_CONNECT_SECONDS)
                self.sock.connect(path)
            case TcpAddress() as address:
                self.sock = socket.create_connection(address, _CONNECT_SECONDS)
        self.sock.settimeout(None)


def path_to(kind: str, reference: str, *rest: str) -> str:
    """The path of an object, ``/networks/app``; NotFoundError for what cannot be its name."""
    reference = reference.removeprefix("/")
    if not _REFERENCE.match(reference):
        raise NotFoundError(
            f"{reference!r} is not the name or the id of anything",
            "they are made of letters, digits, '_', '.' and '-'",
        )
    return "/".join(("", kind, quote(reference), *rest))


def _to_json(body: object) -> bytes:
    """JSON, which has to be UTF-8: bytes of a command line that are not are sent as ``?``."""
    return json.dumps(body, ensure_ascii=False).encode(errors="replace")


def _encode(query: Mapping[str, object]) -> str:
    pairs = {}
    for name, value in query.items():
        if value is None or value is False or value in ("", {}):
            continue
        pairs[name] = (
            json.dumps(value) if isinstance(value, dict) else "1" if value is True else value
        )
    return f"?{urlencode(pairs)}" if pairs else ""


def _refusal(status: int, content: bytes) -> MooringError:
    """The error that the daemon answered with."""
    try:
        answer = json.loads(content)
        kind = _KINDS.get(answer["code"], MooringError)
        return kind(str(answer["message"]), str(answer.get("remedy", "")))
    except (ValueError, TypeError, KeyError):
        text = content[:200].decode(errors="replace")
        return MooringError(f"what answers at the daemon's address says {status}: {text}")


def _unreachable(address: Address, error: OSError) -> MooringError:
    reason = (error.strerror or str(error)).lower()
    what = f"cannot reach the daemon at {address}: {reason}"
    if error.errno in (errno.EACCES, errno.EPERM) and isinstance(address, UnixAddress):
        return ForbiddenError(what, f"become root{_or_join_group(address.path)}")
    return UnavailableError(what, "start it with `moor daemon` (as root)")


def _or_join_group(path: str) -> str:
    """The other remedy: the group that the socket is for, unless that is root's."""
    import grp

    try:
        group = os.stat(path).st_gid
        name = grp.getgrgid(group).gr_name
    except (OSError, KeyError):
        return ""
    return f", or ask root to put you into the group {name}" if group else ""
