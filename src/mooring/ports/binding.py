"""From requests to bindings: at which addresses, which of them together, and in which order."""

from collections.abc import Collection, Iterable, Sequence
from ipaddress import ip_address
from itertools import groupby
from typing import Final

import msgspec

from mooring.model.error import InvalidArgumentError
from mooring.model.port import PROTOCOLS, PortRequest
from mooring.ports.allocator import EVERYWHERE

_SANDBOX_LIMIT: Final = 4096


class Binding(msgspec.Struct, frozen=True):
    """A port of a sandbox, at one port of the host for all of these addresses.

    ``places`` are addresses, each with the request that it answers. ``start`` 0 leaves the port to
    choice, as does an ``end`` beyond ``start``.
    """

    protocol: str
    container_port: int
    start: int
    end: int
    places: tuple[tuple[str, PortRequest], ...]


def wanted(
    requests: Iterable[PortRequest], exposed: Sequence[tuple[int, str]], *, publish_all: bool
) -> tuple[PortRequest, ...]:
    """Every request once, and with ``publish_all`` one for each exposed port that has none yet.

    Raises InvalidArgumentError for too many of them, and for an address that cannot lead anywhere.
    """
    asked = dict.fromkeys(requests)
    if publish_all:
        named = {(request.container_port, request.protocol) for request in asked}
        for port, protocol in exposed:
            if (port, protocol) not in named:
                asked[PortRequest(container_port=port, protocol=protocol)] = None
    if len(asked) > _SANDBOX_LIMIT:
        raise InvalidArgumentError(
            f"{len(asked)} ports are to be published", f"{_SANDBOX_LIMIT} are the most"
        )
    for request in asked:
        if request.host_ip and ip_address(request.host_ip) == ip_address("::1"):
            raise InvalidArgumentError(
                f"port {request.container_port} cannot be published at ::1:"
                " the kernel lets nothing from there out to a sandbox",
                "publish it at 127.0.0.1, which leads to sandboxes",
            )
    return tuple(sorted(asked, key=order))


def order(request: PortRequest) -> tuple[object, ...]:
    """Sort key: exact ports first, as others would otherwise be given them; then by port of the
    sandbox, protocol, port and address of the host."""
    is_choice = not request.host_port or request.host_port_end > request.host_port
    return (
        is_choice,
        request.container_port,
        PROTOCOLS.index(request.protocol),
        request.host_port,
        request.host_port_end,
        _address_order(request.host_ip),
    )


def bindings(
    requests: Iterable[PortRequest],
    families: Collection[int],
    default_address: str = EVERYWHERE[4],
) -> list[Binding]:
    """What to bind for a sandbox that has addresses of these families (4, 6).

    Requests that differ by nothing but the address get the same port. One without an address is
    meant for ``default_address``; 0.0.0.0 there stands for both families. A family that the
    sandbox lacks is left out where it was not named; raises InvalidArgumentError where it was.
    """
    found = []
    for key, group in groupby(sorted(requests, key=order), key=_same_port):
        protocol, container_port, start, end = key
        places = [
            (address, request)
            for request in group
            for address in _addresses(request, families, default_address)
        ]
        if places:
            found.append(Binding(protocol, container_port, start, max(start, end), tuple(places)))
    return found


def _same_port(request: PortRequest) -> tuple[str, int, int, int]:
    return request.protocol, request.container_port, request.host_port, request.host_port_end


def _addresses(request: PortRequest, families: Collection[int], default_address: str) -> list[str]:
    if request.host_ip:
        version = ip_address(request.host_ip).version
        if version not in families:
            raise InvalidArgumentError(
                f"port {request.container_port}/{request.protocol} cannot be published at"
                f" {request.host_ip}: the sandbox has no IPv{version} address that leads out",
                f"publish it at another address, or use a network with IPv{version}",
            )
        return [request.host_ip]
    if default_address == EVERYWHERE[4]:
        return [EVERYWHERE[version] for version in sorted(families)]
    return [default_address] if ip_address(default_address).version in families else []


def _address_order(address: str) -> tuple[int, bytes]:
    if not address:
        return 0, b""
    value = ip_address(address)
    return value.version, value.packed
