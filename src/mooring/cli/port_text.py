"""Published ports as people read them. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any


def place_text(address: str, port: object) -> str:
    """``0.0.0.0:8080`` or ``[::]:8080``."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def ports_text(ports: Iterable[Mapping[str, Any]]) -> str:
    """The ports of a run in a list: ``0.0.0.0:8080->80/tcp, 53/udp``.

    Neighbours that lead to neighbours are one range, ``0.0.0.0:8000-8002->8000-8002/tcp``.
    """
    ranges: list[tuple[tuple[str, str], list[tuple[int, int]]]] = []
    for port in sorted(ports, key=_order):
        key = port.get("IP", ""), port["Type"]
        pair = port.get("PublicPort", 0), port["PrivatePort"]
        if ranges and ranges[-1][0] == key and _follows(ranges[-1][1][-1], pair):
            ranges[-1][1].append(pair)
        else:
            ranges.append((key, [pair]))
    return ", ".join(_range_text(address, protocol, p) for (address, protocol), p in ranges)


def _order(port: Mapping[str, Any]) -> tuple[Any, ...]:
    return port["Type"], port.get("IP", ""), port["PrivatePort"], port.get("PublicPort", 0)


def _follows(before: tuple[int, int], after: tuple[int, int]) -> bool:
    step = 1 if before[0] else 0
    return after == (before[0] + step, before[1] + 1)


def _range_text(address: str, protocol: str, pairs: list[tuple[int, int]]) -> str:
    (public, private), (last_public, last_private) = pairs[0], pairs[-1]
    inner = f"{private}-{last_private}" if len(pairs) > 1 else str(private)
    if not public:
        return f"{inner}/{protocol}"
    outer = f"{public}-{last_public}" if len(pairs) > 1 else str(public)
    return f"{place_text(address, outer)}->{inner}/{protocol}"
