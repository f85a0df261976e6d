"""The IPv6 addresses of a network namespace, looked at from outside at any time."""

import os
from typing import Final, Self

_TABLE: Final = "/proc/thread-self/net/if_inet6"
"""An address a line: its digits, interface, prefix length, scope, flags, and the interface's name;
all but the last in hexadecimal. An open file stays with the namespace it was opened in."""
_PAGE: Final = 4096
_LINE: Final = 64
"""Octets that no line has, an interface's name being at most 15 long."""
_NARROW: Final = (0x10, 0x20)
"""The scopes of the loopback address and of addresses for one link (rtnetlink(7))."""


class Ipv6Addresses:
    """A view of one namespace's addresses. It keeps the namespace alive, as a socket does."""

    __slots__ = ("_table",)

    def __init__(self, table: int | None) -> None:
        self._table = table

    @classmethod
    def here(cls) -> Self:
        """Those of the namespace that the calling thread is in. A kernel may be without IPv6."""
        try:
            return cls(os.open(_TABLE, os.O_RDONLY | os.O_CLOEXEC))
        except FileNotFoundError:
            return cls(None)

    def reach_further(self) -> bool:
        """Whether one of them is more than a loopback or link-local address.

        One system call of a microsecond. Of very many addresses only the first page counts, and if
        those are all narrow, there might be another.
        """
        if self._table is None:
            return False
        text = os.pread(self._table, _PAGE, 0)
        lines = text.splitlines()
        found = any(int(line.split()[3], 16) not in _NARROW for line in lines)
        return found or len(text) > _PAGE - _LINE

    def close(self) -> None:
        """Let go. May be called again."""
        if self._table is not None:
            os.close(self._table)
            self._table = None
