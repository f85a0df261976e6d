"""What libnetwork decides about ports, as facts; what ours decides must be the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from mooring.model.error import MooringError
from mooring.model.port import PortRequest
from mooring.model.publish import parse_host_ip
from mooring.ports.allocator import PortAllocator
from mooring.ports.binding import bindings, order
from mooring.ports.reserved import Ephemeral, parse_reserved

CASES = json.loads(Path(__file__).with_name("cases.json").read_text())
FIRST, LAST = 32768, 60999


def number(value: int | str) -> int:
    """A port; ``EPHEMERAL_FIRST+1`` and the like by the range of these tests."""
    if isinstance(value, int):
        return value
    name, _, offset = value.partition("+")
    return {"EPHEMERAL_FIRST": FIRST, "EPHEMERAL_LAST": LAST}[name] + int(offset or 0)


def named(group: str) -> list[Any]:
    return [pytest.param(case, id=case.get("name", "")) for case in CASES[group]]


@pytest.mark.parametrize("case", named("reserved_ports_parse"))
def test_reserved_ports(case: dict[str, Any]) -> None:
    if error := case["expect_error_contains"]:
        with pytest.raises(ValueError) as told:  # noqa: PT011
            parse_reserved(case["list"], case["begin"], case["end"])
        assert error in str(told.value)
    else:
        assert parse_reserved(case["list"], case["begin"], case["end"]) == case["expect"]


@pytest.mark.parametrize("case", named("port_allocator_sequences"))
def test_sequences_of_requests(case: dict[str, Any]) -> None:
    allocator = PortAllocator()
    reserved = frozenset(number(port) for port in case.get("reserved", ()))
    ephemeral = Ephemeral(FIRST, LAST, reserved)
    for step in case["steps"]:
        if step["op"] == "release":
            allocator.release(step["ip"], step["proto"], number(step["port"]))
            continue
        asked = step["ips"], step["proto"], number(step["start"]), number(step["end"]), ephemeral
        if step["ok"]:
            assert allocator.request(*asked) == number(step["expect"])
        else:
            with pytest.raises(MooringError) as told:
                allocator.request(*asked)
            assert step["error"] in str(told.value)


def request(columns: list[Any]) -> PortRequest:
    protocol, container_port, host_ip, start, end = columns
    return PortRequest(
        protocol=protocol,
        container_port=container_port,
        host_ip=parse_host_ip(host_ip or ""),
        host_port=start,
        host_port_end=end if end > start else 0,
    )


@pytest.mark.parametrize("case", named("port_binding_order"))
def test_the_order_of_bindings(case: dict[str, Any]) -> None:
    ordered = sorted(map(request, case["input"]), key=order)
    assert ordered == [request(columns) for columns in case["expect"]]


@pytest.mark.parametrize("case", named("port_mappings"))
def test_from_requests_to_bindings(case: dict[str, Any]) -> None:
    """With an allocator alone; a busy port is one that it may not give out."""
    allocator = PortAllocator()
    if busy := case["busy_port_ipv4"]:
        allocator.claim("0.0.0.0", "tcp", busy)
    families = {4} | ({6} if case["container_ipv6"] else set())
    requests = [
        request([r["proto"], r["container_port"], r["host_ip"], r["host_port"], r["host_port_end"]])
        for r in case["requests"]
    ]
    found = []
    refused = False
    for binding in bindings(requests, families, case["default_host_ip"]):
        addresses = [address for address, _ in binding.places]
        asked = addresses, binding.protocol, binding.start, binding.end, Ephemeral(FIRST, LAST)
        try:
            port = allocator.request(*asked)
        except MooringError:
            refused = True
            break
        found += [(binding.protocol, binding.container_port, a, port) for a in addresses]
    assert refused == bool(case["expect_error_contains"])
    if not refused:
        assert found == [
            (e["proto"], e["container_port"], e["host_ip"], number(e["host_port"]))
            for e in case["expect"]
        ]
