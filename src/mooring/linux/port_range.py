"""What the kernel says of ports, read from ``/proc/sys/net/ipv4``; it holds for IPv6 as well."""

from pathlib import Path
from typing import Final

_SYSCTL: Final = Path("/proc/sys/net/ipv4")


def read_port_range() -> tuple[str, str]:
    """The texts of ``ip_local_port_range`` and ``ip_local_reserved_ports``; empty if unreadable."""
    return _read("ip_local_port_range"), _read("ip_local_reserved_ports")


def _read(name: str) -> str:
    try:
        return (_SYSCTL / name).read_text()
    except OSError:
        return ""
