"""/etc/hosts: the lines of a sandbox's, and changes to one (hosts(5)). Pure."""

from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import Final, NamedTuple

from mooring.model.error import InvalidArgumentError
from mooring.model.identity import check_domain_name

_LOCAL: Final = (
    ("127.0.0.1", "localhost"),
    ("::1", "localhost ip6-localhost ip6-loopback"),
    ("fe00::", "ip6-localnet"),
    ("ff00::", "ip6-mcastprefix"),
    ("ff02::1", "ip6-allnodes"),
    ("ff02::2", "ip6-allrouters"),
)


HOST_GATEWAY: Final = "host-gateway"
"""In ``--add-host``, stands for the addresses at which the sandbox reaches the host."""


class Entry(NamedTuple):
    """An address and the names it has, separated by blanks."""

    address: str
    names: str


def render(entries: Iterable[Entry], *, ipv6: bool = True) -> str:
    """A whole file: the local lines, then the entries. Without ``ipv6`` no IPv6 line at all."""
    lines = [*(Entry(*local) for local in _LOCAL), *entries]
    return "".join(_line(entry) for entry in lines if ipv6 or ":" not in entry.address)


def own_names(hostname: str, domainname: str) -> str:
    """The names of a sandbox's own line: the full one, then the first label (hostname(1))."""
    full = f"{hostname}.{domainname}" if domainname else hostname
    first = full.partition(".")[0]
    return full if first == full else f"{full} {first}"


def append(text: str, entries: Iterable[Entry]) -> str:
    """The file with these lines at its end."""
    if text and not text.endswith("\n"):
        text += "\n"
    return text + "".join(map(_line, entries))


def delete(text: str, entries: Iterable[Entry]) -> str:
    """The file without these very lines, and without empty ones. Comments stay."""
    gone = {_line(entry) for entry in entries}
    lines = [f"{line}\n" for line in text.split("\n") if line]
    return "".join(line for line in lines if line not in gone)


def update(text: str, name: str, address: str) -> str:
    """The file with another address for the lines whose first name is ``name``, or below it.

    A line of the other family stays: each family has an address of its own.
    """
    lines = []
    for line in text.splitlines(keepends=True):
        old, *names = line.partition("#")[0].split(maxsplit=2)[:2] or [""]
        same_family = (":" in old) == (":" in address)
        if same_family and names and (names[0] == name or names[0].startswith(f"{name}.")):
            line = line.replace(old, address, 1)
        lines.append(line)
    return "".join(lines)


def extra_entries(text: str, gateways: Sequence[str]) -> tuple[Entry, ...]:
    """The lines that ``NAME:ADDRESS`` of ``--add-host`` makes; ``host-gateway`` makes one for each
    address in ``gateways``.

    Raises InvalidArgumentError.
    """
    if not needs_gateway(text):
        return (parse_extra(text),)
    name, _ = _split_extra(text)
    if not gateways:
        raise InvalidArgumentError(
            f"{text!r} needs a way to the host, and no network of the sandbox has a gateway",
            "give the host's address, or connect the sandbox to a network with a gateway",
        )
    return tuple(Entry(gateway, check_domain_name("the host", name)) for gateway in gateways)


def needs_gateway(text: str) -> bool:
    """Whether an ``--add-host`` is for the host itself, wherever the sandbox reaches it."""
    return _split_extra(text)[1] == HOST_GATEWAY


def parse_extra(text: str) -> Entry:
    """``name:address`` or ``name=address`` of ``--add-host``; an IPv6 address may be in brackets.

    Raises InvalidArgumentError.
    """
    name, address = _split_extra(text)
    canonical = _canonical(address)
    if not canonical:
        raise InvalidArgumentError(
            f"invalid IP address in add-host: {address!r}", "write it as 192.0.2.7 or 2001:db8::7"
        )
    return Entry(canonical, check_domain_name("the host", name))


def _split_extra(text: str) -> tuple[str, str]:
    """The name and the address, the first of both separators counts."""
    name, separator, address = text.partition("=")
    if not separator:
        name, separator, address = text.partition(":")
    if not name or not separator or ":" in name:
        raise InvalidArgumentError(
            f"bad format for add-host: {text!r}", "write NAME:ADDRESS, as in db:192.0.2.7"
        )
    if address.startswith("[") and address.endswith("]"):
        address = address[1:-1]
    return name, address


def _canonical(text: str) -> str:
    """An address in its usual form, empty if ``text`` is none. A zone, which could be any text, has
    no place in hosts(5)."""
    try:
        return "" if "%" in text else str(ip_address(text))
    except ValueError:
        return ""


def _line(entry: Entry) -> str:
    return f"{entry.address}\t{entry.names}\n"
