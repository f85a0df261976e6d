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


def delete(text: str, entries: Sequence[Entry]) -> str:
    """The file without these very lines, and without blank ones."""
    gone = {_line(entry) for entry in entries}
    kept = [line for line in text.splitlines(keepends=True) if line.strip()]
    return "".join(line for line in kept if line not in gone)


def update(text: str, name: str, address: str) -> str:
    """The file with another address of the same family for the line that has ``name``.

    A line of the other family stays: each family has an address of its own.
    """
    lines = []
    for line in text.splitlines(keepends=True):
        old, *names = line.split() or [""]
        labels = {label for item in names for label in (item, item.partition(".")[0])}
        same_family = (":" in old) == (":" in address)
        if name in labels and same_family and not line.startswith("#"):
            line = address + line[len(old) :]
        lines.append(line)
    return "".join(lines)


def parse_extra(text: str) -> Entry:
    """``name:address`` or ``name=address`` of ``--add-host``; an IPv6 address may be in brackets.

    Raises InvalidArgumentError.
    """
    name, separator, address = text.partition("=")
    if not separator:
        name, separator, address = text.partition(":")
    if not name or not separator:
        raise InvalidArgumentError(
            f"bad format for add-host: {text!r}", "write NAME:ADDRESS, as in db:192.0.2.7"
        )
    if address.startswith("[") and address.endswith("]"):
        address = address[1:-1]
    try:
        canonical = str(ip_address(address))
    except ValueError:
        raise InvalidArgumentError(
            f"invalid IP address in add-host: {address!r}", "write it as 192.0.2.7 or 2001:db8::7"
        ) from None
    return Entry(canonical, check_domain_name("the host", name))


def _line(entry: Entry) -> str:
    return f"{entry.address}\t{entry.names}\n"
