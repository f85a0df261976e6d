"""Cases about arithmetic with addresses and prefixes."""

from ipaddress import ip_address, ip_network

from mooring.ipam.predefined import ula_pool, ula_prefix
from mooring.ipam.prefix import add, last_address, prefix_after, subnets_between
from mooring.ipam.reservation import reserved_prefixes
from mooring.testing.cases.case import Case
from mooring.testing.cases.outcome import Mismatch, same
from mooring.wire.name import reverse, to_text


def after(case: Case, _group: Case) -> None:
    """The next prefix of a length."""
    found = prefix_after(ip_network(case["prev"]), case["size"])
    same(found and str(found), case["expect"])


def last(case: Case, _group: Case) -> None:
    """The last address of a prefix."""
    same(str(last_address(ip_network(case["prefix"]))), case["expect"])


def between(case: Case, _group: Case) -> None:
    """How many subnets of a length lie between two addresses."""
    found = subnets_between(ip_address(case["a1"]), ip_address(case["a2"]), case["size"])
    same(found, case["expect"])


def addition(case: Case, _group: Case) -> None:
    """An address, so many steps of a size further on."""
    same(str(add(ip_address(case["addr"]), case["x"], case["shift"])), case["expect"])


def unique_local(case: Case, _group: Case) -> None:
    """The unique local prefix of a machine, and what it is cut into."""
    same(str(ula_prefix(case["host_id"])), case["expect"])
    pool = ula_pool(case["host_id"])
    same((str(pool.base), pool.size), (case["expect"], case.get("size", 64)), "the pool")


def reserved(case: Case, _group: Case) -> None:
    """What the machine's routes and name servers keep pools clear of."""
    routes = [(ip_network(prefix), scope) for prefix, scope in case.get("routes") or ()]
    servers = case.get("nameservers") or ()
    found = [str(entry.prefix) for entry in reserved_prefixes(routes, servers)]
    same(sorted(found), sorted(case["expect_reserved"]), "what is reserved")
    for prefix in case.get("expect_not_reserved") or ():
        if prefix in found:
            raise Mismatch(f"{prefix} is reserved")


def reverse_key(case: Case, _group: Case) -> None:
    """The labels under which an address is looked up backwards."""
    text = to_text(reverse(ip_address(case["ip"]).packed)).removesuffix(".")
    same(text.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa"), case["expect"])
