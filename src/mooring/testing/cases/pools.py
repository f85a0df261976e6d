"""Cases about pools: which are chosen, which overlap, what they are called."""

from collections.abc import Iterable

from mooring.ipam.allocator import LOCAL, Allocator
from mooring.ipam.key import PoolKey, parse_key
from mooring.ipam.predefined import (
    GLOBAL_POOLS,
    LOCAL_POOLS,
    PredefinedPool,
    predefined_pool,
    ula_pool,
    without_overlaps,
)
from mooring.ipam.prefix import parse_prefix
from mooring.ipam.request import problems
from mooring.ipam.reservation import Reservation
from mooring.model.error import MooringError
from mooring.model.network import AddressPool
from mooring.testing.cases.case import Case
from mooring.testing.cases.outcome import Mismatch, NotApplicable, same


def dynamic(case: Case, _group: Case) -> None:
    """The pool that is chosen when a network names none."""
    allocator = Allocator([predefined_pool(p["base"], p["size"]) for p in case["predefined"]])
    for pool in dict.fromkeys(case.get("allocated") or ()):
        _hold(allocator, pool)
    asked = f"0.0.0.0/{case['subnet_size']}" if case.get("subnet_size") else ""
    try:
        found = str(
            allocator.request_pool(LOCAL, asked, reserved=_reservations(case["reserved"])).prefix
        )
    except MooringError as error:
        _refused_as(error, case.get("expect_error"))
        return
    same(case.get("expect_error"), None, f"the refusal, where {found} is given")
    same(found, case["expect"], "the pool")


def deduplicated(case: Case, _group: Case) -> None:
    """Default pools, without those that overlap an earlier one."""
    kept = without_overlaps(_predefined(case["input"]))
    same([[str(pool.base), pool.size] for pool in kept], case["expect"])


def ordered(case: Case, _group: Case) -> None:
    """The order in which pools are listed."""
    allocator = Allocator()
    for pool in case["insert"]:
        _hold(allocator, pool)
    same([str(lease.prefix) for lease in allocator.leases()], case["expect"])


def released(case: Case, _group: Case) -> None:
    """Pools that are chosen while others come and go: never one held or reserved."""
    allocator = Allocator(_predefined(case["predefined"]))
    reserved = _reservations(case["reserved"])
    held: dict[str, str] = {}
    found: dict[str, str] = {}
    for verb, name in (call.split() for call in case["calls"]):
        if verb == "release":
            allocator.release_pool(held.pop(name))
            continue
        lease = allocator.request_pool(LOCAL, reserved=reserved)
        if lease.id in held.values():
            raise Mismatch(f"{lease.prefix} is given twice")
        held[name], found[name] = lease.id, str(lease.prefix)
    for name, prefix in (case.get("derived_expect") or {}).items():
        same(found.get(name), prefix, name)


def overlapping(case: Case, _group: Case) -> None:
    """Whether a pool can be had beside others."""
    allocator = Allocator((*LOCAL_POOLS, ula_pool("host")))
    for pool in case["existing"]:
        allocator.request_pool(LOCAL, pool)
    try:
        allocator.request_pool(LOCAL, case["subnet"])
    except MooringError as error:
        if case["ok"]:
            raise Mismatch(f"{case['subnet']} is refused: {error}") from error
        return
    same(case["ok"], True, f"whether {case['subnet']} can be had")


def named(case: Case, _group: Case) -> None:
    """The text of a pool's id, and what it is read as again."""
    part = parse_prefix(case["child"]) if case.get("child") else None
    key = PoolKey(case["space"], parse_prefix(case["subnet"]), part)
    same(str(key), case["text"])
    same(parse_key(case["text"]), key, "what is read again")


def defaults(case: Case, _group: Case) -> None:
    """The default pools of an address space."""
    pools = {"local": LOCAL_POOLS, "global": GLOBAL_POOLS}.get(case["scope"])
    if pools is None:
        raise NotApplicable(f"there is no scope {case['scope']!r}")
    same([[str(pool.base), pool.size] for pool in pools], case["pools"], "the pools")
    same(sum(pool.count for pool in pools), case["count"], "how many networks they make")


def auxiliary(case: Case, _group: Case) -> None:
    """Whether an auxiliary address fits its pool."""
    pool = AddressPool(
        subnet=case["pool"], ip_range=case.get("subpool") or "", aux_addresses={"a": case["aux"]}
    )
    found = problems([pool], enable_ipv6=":" in case["pool"])
    same(not found, case["ok"], f"whether {case['aux']} fits ({'; '.join(found)})")


def network_request(case: Case, _group: Case) -> None:
    """Every problem of the addresses that a network asks for."""
    pools = [
        AddressPool(
            subnet=each.get("subnet") or "",
            ip_range=each.get("ip_range") or "",
            gateway=each.get("gateway") or "",
            aux_addresses=each.get("aux_addresses") or {},
        )
        for each in case.cases("ipam")
    ]
    found = problems(pools, enable_ipv4=case.get("ipv4", True), enable_ipv6=case.get("ipv6", False))
    expected = case.get("expect_errors") or []
    if len(found) != len(expected):
        raise Mismatch(f"the problems are {found}, expected {expected}")
    for ours, theirs in zip(found, expected, strict=True):
        if theirs not in ours:
            raise Mismatch(f"{ours!r} lacks {theirs!r}")


def _refused_as(error: MooringError, expected: str | None) -> None:
    if not expected or expected not in error.message:
        raise Mismatch(f"refused: {error.message!r}, expected {expected!r}") from error


def _hold(allocator: Allocator, pool: str) -> None:
    """Hold a pool whatever it overlaps: as its own sub-pool it is not compared with others."""
    allocator.request_pool(LOCAL, pool, pool)


def _predefined(pools: Iterable[tuple[str, int]]) -> list[PredefinedPool]:
    return [predefined_pool(base, size) for base, size in pools]


def _reservations(prefixes: Iterable[str]) -> list[Reservation]:
    return [Reservation(parse_prefix(text)) for text in prefixes or ()]
