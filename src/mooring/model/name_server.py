"""Name servers: whom to ask, as people write it."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

import msgspec

from mooring.model.error import InvalidArgumentError

DNS_PORT: Final = 53
_REMEDY: Final = (
    "write it as 192.0.2.1, 192.0.2.1#5353, 2001:db8::1, [2001:db8::1]:53, fe80::1%eth0"
)
_ZONE: Final = re.compile(r"[a-zA-Z0-9_.:@-]{1,15}\Z")
"""A link's name or number. ``ipaddress`` takes any text, and this one is written into files."""


class NameServer(msgspec.Struct, frozen=True):
    """A server's canonical address without zone, its port, and its zone (RFC 4007) or ``""``."""

    address: str
    port: int = DNS_PORT
    zone: str = ""

    def __str__(self) -> str:
        """The text that ``parse_name_server`` reads: ``fe80::1%eth0#5353``."""
        zone = f"%{self.zone}" if self.zone else ""
        port = f"#{self.port}" if self.port != DNS_PORT else ""
        return f"{self.address}{zone}{port}"


def parse_name_server(text: str) -> NameServer:
    """Read an address, with a zone and a port if it has them.

    A port follows ``#``, as in dnsmasq's and systemd's files, or ``:`` behind an IPv4 address or a
    bracketed one. Raises InvalidArgumentError.
    """
    host, port = _split_port(text.strip())
    try:
        address = ip_address(host)
    except ValueError:
        raise InvalidArgumentError(
            f"{text!r} is not the address of a name server", _REMEDY
        ) from None
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise InvalidArgumentError(f"name server {text!r} has no valid port", _REMEDY)
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        if not _ZONE.match(address.scope_id):
            raise InvalidArgumentError(f"name server {text!r} has no valid zone", _REMEDY)
        return NameServer(_text(IPv6Address(int(address))), int(port), address.scope_id)
    return NameServer(_text(address), int(port))


def _split_port(text: str) -> tuple[str, str]:
    if "#" in text:
        host, _, port = text.partition("#")
        return host.removeprefix("[").removesuffix("]"), port
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            return "", ""
        return host, port[1:] if port else str(DNS_PORT)
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return host, port
    return text, str(DNS_PORT)


def _text(address: IPv4Address | IPv6Address) -> str:
    """An address in the form of RFC 5952, whatever the version of Python."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return f"::ffff:{address.ipv4_mapped}"
    return str(address)
