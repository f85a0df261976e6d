"""Which process has a port of the host: found in ``/proc/net`` and among the files of processes."""

import os
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final

_HERE: Final = Path("/proc/thread-self/net")
_LISTEN: Final = "0A"


def find_owner(protocol: str, address: str, port: int) -> str:
    """``nginx (process 812)`` for who stands in the way of binding; empty if it cannot be found.

    A socket of another user's namespace, or of the kernel itself, belongs to no process we see.
    """
    inodes = set(_inodes(protocol, address, port))
    return next((_describe(pid) for pid in _processes() if inodes & _sockets(pid)), "")


def _inodes(protocol: str, address: str, port: int) -> Iterator[str]:
    """Inodes of sockets that are bound to the port at an address that conflicts."""
    wanted = ip_address(address)
    for table in (protocol, f"{protocol}6"):
        try:
            lines = (_HERE / table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            local, _, digits = fields[1].partition(":")
            if int(digits, 16) != port or (protocol == "tcp" and fields[3] != _LISTEN):
                continue
            if _conflict(wanted, _parse(local)):
                yield fields[9]


def _parse(digits: str) -> IPv4Address | IPv6Address:
    """An address as the kernel prints it: words of 32 bits in the machine's order."""
    words = [digits[at : at + 8] for at in range(0, len(digits), 8)]
    return ip_address(b"".join(bytes.fromhex(word)[::-1] for word in words))


def _conflict(wanted: IPv4Address | IPv6Address, bound: IPv4Address | IPv6Address) -> bool:
    """An address of all conflicts with each; a socket of IPv6 may have been bound for IPv4."""
    bound = (bound.ipv4_mapped or bound) if isinstance(bound, IPv6Address) else bound
    if wanted.version == bound.version:
        return wanted == bound or wanted.is_unspecified or bound.is_unspecified
    return wanted.version == 4 and bound.is_unspecified


def _processes() -> Iterator[str]:
    return (name for name in os.listdir("/proc") if name.isdecimal())


def _sockets(pid: str) -> set[str]:
    """Inodes of a process's sockets."""
    found = set()
    with suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with suppress(OSError):
                target = os.readlink(f"/proc/{pid}/fd/{name}")
                if target.startswith("socket:["):
                    found.add(target[8:-1])
    return found


def _describe(pid: str) -> str:
    try:
        name = Path("/proc", pid, "comm").read_text().strip()
    except OSError:
        return f"process {pid}"
    return f"{name} (process {pid})"
