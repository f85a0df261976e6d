"""Which ports of the host are given out: for each address and protocol, in turn."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from typing import Final

from mooring.model.error import ConflictError, InvalidArgumentError
from mooring.model.port import PROTOCOLS
from mooring.ports.reserved import Ephemeral

EVERYWHERE: Final = {4: "0.0.0.0", 6: "::"}
"""The address that stands for all of a family, and conflicts with each of them."""


class PortAllocator:
    """Ports given out. An automatic choice goes on after the last one, so that a port that has just
    been given back is not at once somebody else's."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, int], set[str]] = {}
        """Addresses by protocol and port."""
        self._last: dict[tuple[str, str, int, int], int] = {}

    def request(
        self,
        addresses: Sequence[str],
        protocol: str,
        start: int,
        end: int,
        ephemeral: Ephemeral,
    ) -> int:
        """A port that is free at all of the addresses, now theirs.

        ``start`` 0 takes one of the ephemeral range that is not reserved, ``start`` = ``end`` that
        very one, else one from ``start`` to ``end``. Raises ConflictError when there is none.
        """
        if protocol not in PROTOCOLS:
            raise InvalidArgumentError(
                f"unknown protocol {protocol!r}", f"there are {', '.join(PROTOCOLS)}"
            )
        first, last = (start, end) if start else (ephemeral.first, ephemeral.last)
        skipped = frozenset[int]() if start else ephemeral.reserved
        turn = (addresses[0], protocol, first, last)
        for port in _in_turn(first, last, self._last.get(turn, last)):
            if port not in skipped and self._is_free(addresses, protocol, port):
                self._held.setdefault((protocol, port), set()).update(addresses)
                self._last[turn] = port
                return port
        raise _exhausted(addresses, protocol, start, first, last)

    def claim(self, address: str, protocol: str, port: int) -> None:
        """Count a port as given out, whoever else may have it: it was before a restart."""
        self._held.setdefault((protocol, port), set()).add(address)

    def release(self, address: str, protocol: str, port: int) -> None:
        """Take a port back. One that is not given out is fine."""
        holders = self._held.get((protocol, port), set())
        holders.discard(address)
        if not holders:
            self._held.pop((protocol, port), None)

    def _is_free(self, addresses: Sequence[str], protocol: str, port: int) -> bool:
        holders = self._held.get((protocol, port))
        return not holders or not any(_clash(a, holder) for a in addresses for holder in holders)


def _in_turn(first: int, last: int, previous: int) -> Iterator[int]:
    """Every port of the range once, beginning after ``previous``."""
    yield from range(previous + 1, last + 1)
    yield from range(first, previous + 1)


def _clash(one: str, other: str) -> bool:
    if one == other:
        return True
    family = ip_address(one).version
    everywhere = EVERYWHERE[family]
    return ip_address(other).version == family and everywhere in (one, other)


def _exhausted(
    addresses: Sequence[str], protocol: str, start: int, first: int, last: int
) -> ConflictError:
    where = addresses[0] if ":" not in addresses[0] else f"[{addresses[0]}]"
    if start and first == last:
        return ConflictError(
            f"Bind for {where}:{first} failed: port is already allocated ({protocol})",
            "choose another port, or leave the choice to Mooring",
        )
    return ConflictError(
        f"all ports from {first} to {last} are allocated at {where} ({protocol})",
        "remove what needs them no longer, or ask for another range",
    )
