"""What must be true of a controller between any two verbs, however they went."""

from ipaddress import ip_interface

from mooring.controller.naming import endpoint_claims
from mooring.linux.operation import CreateBridge, CreateNamespace, CreateVeth
from mooring.testing.bench import Bench
from mooring.testing.machine import RecordingMachine


def check_agreement(bench: Bench, machine: RecordingMachine) -> None:
    """Fail unless the book, the addresses, the store and the machine say what the ledger says."""
    _check_book(bench)
    _check_addresses(bench)
    _check_store(bench)
    _check_machine(bench, machine)


def _check_book(bench: Bench) -> None:
    """It is the sum of the endpoints."""
    ledger, book = bench.ledger, bench.book
    networks = ledger.networks
    puts = [endpoint_claims(e, networks[e.network_id]) for e in ledger.endpoints.values()]
    expected = {put.claimant: set(put.records) for put in puts if put.records}
    actual = {
        claimant: {claim.record for claim in book.claims(claimant)}
        for claimant in book.claimants()
        if claimant.startswith("endpoint/")
    }
    assert actual == expected


def _check_addresses(bench: Bench) -> None:
    """Every pool and address in use is held, no two are alike, and no pool is held by nobody."""
    ledger, allocator = bench.ledger, bench.allocator
    held = {
        (lease.id, address)
        for lease in allocator.leases()
        for address in allocator.addresses(lease.id)
    }
    pools = [pool for network in ledger.networks.values() for pool in network.pool_ids]
    assert sorted(pools) == sorted(lease.id for lease in allocator.leases())
    used = [
        (endpoint.network_id, ip_interface(text).ip)
        for endpoint in ledger.endpoints.values()
        for text in (endpoint.ipv4, endpoint.ipv6)
        if text
    ]
    assert len(set(used)) == len(used)
    for network_id, address in used:
        assert any((pool, address) in held for pool in ledger.networks[network_id].pool_ids)


def _check_store(bench: Bench) -> None:
    """It has what memory has."""
    ledger = bench.ledger
    remembered = {
        f"{kind}/{identity}"
        for kind, objects in (
            ("network", ledger.networks),
            ("endpoint", ledger.endpoints),
            ("sandbox", ledger.sandboxes),
            ("run", ledger.runs),
        )
        for identity in objects
    }
    assert {key for key, _ in bench.store.list("")} == remembered


def _check_machine(bench: Bench, machine: RecordingMachine) -> None:
    """It has what the ledger explains and nothing else, each bridge for one network alone."""
    ledger = bench.ledger
    standing = machine.standing
    pairs = {o.host for o in standing if isinstance(o, CreateVeth)}
    assert pairs == {e.host_interface for e in ledger.endpoints.values() if e.host_interface}
    spaces = {o.path for o in standing if isinstance(o, CreateNamespace)}
    assert spaces == {sandbox.netns for sandbox in ledger.sandboxes.values() if sandbox.owned}
    bridges = sorted(o.name for o in standing if isinstance(o, CreateBridge))
    driver = bench.controller.networks.driver
    wanted = [link for n in ledger.networks.values() for link in driver(n).links(n)]
    assert bridges == sorted(wanted)
