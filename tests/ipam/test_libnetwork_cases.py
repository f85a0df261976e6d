"""Mooring chooses the pools and addresses that libnetwork's default IPAM would choose."""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mooring.ipam.allocator import GLOBAL, LOCAL, SERIAL_OPTION, Allocator
from mooring.ipam.key import PoolKey, parse_key
from mooring.ipam.predefined import (
    GLOBAL_POOLS,
    LOCAL_POOLS,
    PredefinedPool,
    predefined_pool,
    ula_pool,
    ula_prefix,
    without_overlaps,
)
from mooring.ipam.prefix import (
    add,
    last_address,
    parse_prefix,
    prefix_after,
    subnets_between,
)
from mooring.ipam.request import problems
from mooring.ipam.reservation import Reservation, reserved_prefixes
from mooring.model.error import MooringError
from mooring.model.network import AddressPool

CASES: dict[str, list[Any]] = msgspec.json.decode(
    (Path(__file__).parent / "cases.json").read_bytes()
)


def predefined(pools: Iterable[tuple[str, int]]) -> list[PredefinedPool]:
    return [predefined_pool(base, size) for base, size in pools]


def reservations(prefixes: Iterable[str]) -> list[Reservation]:
    return [Reservation(parse_prefix(text)) for text in prefixes]


def hold(allocator: Allocator, pool: str) -> None:
    """Hold a pool whatever it overlaps: as its own sub-pool it is not compared with others."""
    allocator.request_pool(LOCAL, pool, pool)


def held(allocator: Allocator) -> list[str]:
    return [str(lease.prefix) for lease in allocator.leases()]


@pytest.mark.parametrize("case", CASES["dynamic pools"])
def test_a_chosen_pool_is_the_lowest_that_overlaps_nothing_held_or_reserved(case: Any) -> None:
    allocator = Allocator(predefined(case["predefined"]))
    for pool in set(case["held"]):
        hold(allocator, pool)
    asked = f"0.0.0.0/{case['length']}" if case["length"] else ""
    reserved = reservations(case["reserved"])
    if "gives" in case:
        assert str(allocator.request_pool(LOCAL, asked, reserved=reserved).prefix) == case["gives"]
    else:
        with pytest.raises(MooringError, match=case["refused"]):
            allocator.request_pool(LOCAL, asked, reserved=reserved)


@pytest.mark.parametrize("case", CASES["predefined pools without overlaps"])
def test_predefined_pools_that_overlap_an_earlier_one_are_dropped(case: Any) -> None:
    kept = without_overlaps(predefined(case["pools"]))
    assert [[str(pool.base), pool.size] for pool in kept] == case["kept"]


@pytest.mark.parametrize("case", CASES["default pools"])
def test_default_pools(case: Any) -> None:
    pools = {"local": LOCAL_POOLS, "global": GLOBAL_POOLS}[case["space"]]
    assert [[str(pool.base), pool.size] for pool in pools] == case["pools"]
    assert sum(pool.count for pool in pools) == case["subnets"]


@pytest.mark.parametrize("case", CASES["order of pools"])
def test_pools_are_listed_by_address_and_then_by_length(case: Any) -> None:
    allocator = Allocator()
    for pool in case["held"]:
        hold(allocator, pool)
    assert held(allocator) == case["order"]


@pytest.mark.parametrize("case", CASES["pools come and go"])
def test_a_released_pool_is_the_next_to_be_chosen(case: Any) -> None:
    allocator = Allocator(predefined(case["predefined"]))
    ids: dict[str, str] = {}
    for verb, name, *expected in case["steps"]:
        if verb == "release":
            allocator.release_pool(ids[name])
        else:
            lease = allocator.request_pool(LOCAL, reserved=reservations(case["reserved"]))
            ids[name] = lease.id
            assert expected[0] in (None, str(lease.prefix))


@pytest.mark.parametrize("case", CASES["overlap"])
def test_a_pool_that_overlaps_one_held_is_refused(case: Any) -> None:
    allocator = Allocator((*LOCAL_POOLS, ula_pool("host")))
    for pool in case["held"]:
        allocator.request_pool(LOCAL, pool)
    if case["granted"]:
        allocator.request_pool(LOCAL, case["asked"])
    else:
        with pytest.raises(MooringError):
            allocator.request_pool(LOCAL, case["asked"])


@pytest.mark.parametrize("case", CASES["nth address"])
def test_addresses_are_chosen_from_the_lowest_up(case: Any) -> None:
    allocator = Allocator()
    pool = allocator.request_pool(LOCAL, case["subnet"]).id
    chosen = [allocator.request_address(pool) for _ in range(case["requests"])]
    assert str(chosen[-1].ip) == case["last"]


@pytest.mark.parametrize("case", CASES["sequences"], ids=[c["name"] for c in CASES["sequences"]])
def test_sequence(case: Any) -> None:
    allocator = Allocator()
    options = {SERIAL_OPTION: "true"} if case["serial"] else {}
    ids = {"": ""}
    for step in case["steps"]:
        if "refused" not in step:
            act(allocator, step, ids, options)
        else:
            with pytest.raises(MooringError, match=step["refused"]):
                act(allocator, step, ids, options)


def act(allocator: Allocator, step: Any, ids: dict[str, str], options: dict[str, str]) -> None:
    match step:
        case {"request pool": pool, "space": space}:
            lease = allocator.request_pool(space, pool, step.get("part", ""), options)
            ids[step.get("as", "unnamed")] = lease.id
        case {"release pool": name}:
            allocator.release_pool(ids[name])
        case {"pool held": pool, "is": expected}:
            assert (pool in held(allocator)) is expected
        case {"request address": address, "of": name}:
            given = allocator.request_address(ids[name], address)
            assert step.get("gives", str(given)) == str(given)
        case {"release address": address, "of": name}:
            allocator.release_address(ids[name], address)
        case {"request every address of": name, "last": last}:
            given = allocator.request_address(ids[name])
            while str(given) != last:
                given = allocator.request_address(ids[name])
            allocator.request_address(ids[name])
        case _:
            raise AssertionError(f"no such step: {step}")


@pytest.mark.parametrize("case", CASES["pool ids"])
def test_pool_ids_name_space_subnet_and_sub_pool(case: Any) -> None:
    part = parse_prefix(case["part"]) if case["part"] else None
    key = PoolKey(case["space"], parse_prefix(case["subnet"]), part)
    assert str(key) == case["id"]
    assert parse_key(case["id"]) == key


@pytest.mark.parametrize("case", CASES["auxiliary addresses"])
def test_auxiliary_addresses_lie_in_the_subnet(case: Any) -> None:
    pool = AddressPool(
        subnet=case["subnet"], ip_range=case["part"], aux_addresses={"a": case["address"]}
    )
    assert (not problems([pool])) is case["valid"]


@pytest.mark.parametrize(("previous", "length", "expected"), CASES["prefix after"])
def test_prefix_after(previous: str, length: int, expected: str | None) -> None:
    following = prefix_after(ip_network(previous), length)
    assert (following and str(following)) == expected


@pytest.mark.parametrize(("prefix", "expected"), CASES["last address"])
def test_last_address(prefix: str, expected: str) -> None:
    assert str(last_address(ip_network(prefix))) == expected


@pytest.mark.parametrize(("first", "last", "length", "expected"), CASES["subnets between"])
def test_subnets_between(first: str, last: str, length: int, expected: int) -> None:
    assert subnets_between(ip_address(first), ip_address(last), length) == expected


@pytest.mark.parametrize(("address", "count", "shift", "expected"), CASES["sums"])
def test_sums(address: str, count: int, shift: int, expected: str) -> None:
    assert str(add(ip_address(address), count, shift)) == expected


@pytest.mark.parametrize(("host_id", "expected", "size"), CASES["unique local prefixes"])
def test_unique_local_prefix_of_a_machine(host_id: str, expected: str, size: int) -> None:
    assert str(ula_prefix(host_id)) == expected
    assert (str(ula_pool(host_id).base), ula_pool(host_id).size) == (expected, size)


@pytest.mark.parametrize("case", CASES["reserved prefixes"])
def test_on_link_routes_are_reserved(case: Any) -> None:
    routes = [(ip_network(prefix), scope) for prefix, scope in case["routes"]]
    assert [str(entry.prefix) for entry in reserved_prefixes(routes, ())] == case["reserved"]


@pytest.mark.parametrize("case", CASES["network requests"])
def test_problems_of_a_network_request(case: Any) -> None:
    pools = msgspec.convert(case["pools"], list[AddressPool])
    found = problems(pools, enable_ipv6=case["ipv6"])
    assert len(found) == len(case["problems"])
    for sentence, expected in zip(found, case["problems"], strict=True):
        assert sentence.startswith(expected)


def test_spaces_have_dockers_names() -> None:
    assert (LOCAL, GLOBAL) == ("LocalDefault", "GlobalDefault")
