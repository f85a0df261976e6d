"""The texts of ports: ``-p [ip:][host]:container[/proto]`` and ``80/tcp``, as Docker reads them."""

from ipaddress import IPv6Address, ip_address

from mooring.model.error import InvalidArgumentError
from mooring.model.port import LAST_PORT, PROTOCOLS, PortRequest

_FORM = "write [address:][port]:port-of-the-sandbox[/protocol], as in 8080:80/tcp"


def parse_publish(text: str) -> tuple[PortRequest, ...]:
    """What one ``--publish`` asks for: a request for each port of the sandbox that it names.

    Two ranges of one length pair their ports. A range of the host's ports for one port of the
    sandbox lets any of them be chosen. Raises InvalidArgumentError.
    """
    ports, protocol = _split_protocol(text)
    address, host, container = _split_address(text, ports)
    first, last = parse_range(text, container)
    if host in ("", "0"):
        chosen = [(0, 0)] * (last - first + 1)
    else:
        host_first, host_last = parse_range(text, host)
        if last == first:
            chosen = [(host_first, host_last if host_last > host_first else 0)]
        elif host_last - host_first == last - first:
            chosen = [(port, 0) for port in range(host_first, host_last + 1)]
        else:
            raise InvalidArgumentError(
                f"{text!r}: the ranges {host} and {container} are not of one length",
                "pair every port of the sandbox with one of the host",
            )
    host_ip = parse_host_ip(address)
    return tuple(
        PortRequest(
            container_port=first + number,
            protocol=protocol,
            host_ip=host_ip,
            host_port=start,
            host_port_end=end,
        )
        for number, (start, end) in enumerate(chosen)
    )


def parse_exposed(text: str) -> tuple[tuple[int, str], ...]:
    """The ports and their protocol of ``80``, ``80/tcp`` or ``8000-8010/udp``."""
    ports, protocol = _split_protocol(text)
    first, last = parse_range(text, ports)
    return tuple((port, protocol) for port in range(first, last + 1))


def parse_range(text: str, ports: str) -> tuple[int, int]:
    """The first and last of ``8080`` or ``8080-8090``; ``text`` is what errors name."""
    first, dash, last = ports.partition("-")
    start = _port(text, first)
    end = _port(text, last) if dash else start
    if end < start:
        raise InvalidArgumentError(f"{text!r}: the range {ports} runs backwards", _FORM)
    return start, end


def parse_host_ip(text: str) -> str:
    """A host address in its usual form, IPv4 where it is one in IPv6's clothes; may be empty."""
    if not text:
        return ""
    try:
        address = ip_address(text)
    except ValueError as error:
        raise InvalidArgumentError(
            f"{text!r} is no address to publish a port at",
            "give one of the host's, 0.0.0.0, :: or none",
        ) from error
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _split_protocol(text: str) -> tuple[str, str]:
    ports, slash, protocol = text.partition("/")
    protocol = protocol.lower() if slash else "tcp"
    if protocol not in PROTOCOLS:
        raise InvalidArgumentError(
            f"{text!r}: no protocol {protocol!r} has ports to publish",
            f"there are {', '.join(PROTOCOLS)}",
        )
    return ports, protocol


def _split_address(text: str, ports: str) -> tuple[str, str, str]:
    """The host's address and port and the sandbox's port; an IPv6 address may have brackets."""
    if ports.startswith("["):
        address, bracket, rest = ports[1:].partition("]")
        parts = rest.split(":")
        if not bracket or not address or len(parts) != 3 or parts[0]:
            raise InvalidArgumentError(f"{text!r} is no port to publish", _FORM)
        return address, parts[1], parts[2]
    parts = ports.rsplit(":", 2)
    return ("", "", *parts)[-3:]  # type: ignore[return-value]


def _port(text: str, digits: str) -> int:
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 5):
        raise InvalidArgumentError(f"{text!r}: {digits!r} is no port", _FORM)
    port = int(digits)
    if not 0 < port <= LAST_PORT:
        raise InvalidArgumentError(
            f"{text!r}: there is no port {port}", f"ports are numbers from 1 to {LAST_PORT}"
        )
    return port
