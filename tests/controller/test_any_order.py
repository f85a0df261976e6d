"""Verbs in any order: the book, the addresses, the store and the machine always agree."""

import asyncio
import tempfile
from ipaddress import ip_interface
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mooring.controller.naming import endpoint_claimant, endpoint_claims
from mooring.drivers.bridge.driver import BridgeDriver
from mooring.drivers.host.driver import HostDriver
from mooring.drivers.null.driver import NullDriver
from mooring.linux.operation import CreateNamespace, CreateVeth
from mooring.model.endpoint import EndpointRequest
from mooring.model.error import MachineError, MooringError
from mooring.model.network import NetworkRequest
from mooring.model.sandbox import SandboxRequest
from mooring.testing.bench import Bench
from mooring.testing.machine import RecordingMachine

NETWORKS = st.sampled_from(["red", "green", "blue"])
SANDBOXES = st.sampled_from(["a", "b", "c", "d"])
FAILURES = st.none() | st.integers(0, 12)


class AnyOrder(RuleBasedStateMachine):
    """Any verb may fail, for a reason of its own or because the machine did."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.machine = RecordingMachine()
        drivers = (BridgeDriver(), HostDriver(), NullDriver())
        self.bench = Bench(self.machine, drivers, Path(self.folder.name))
        self.loop.run_until_complete(self.bench.controller.restoring.restore())

    def teardown(self) -> None:
        self.loop.close()
        self.folder.cleanup()

    def attempt(self, verb: object, failure: int | None) -> None:
        self.machine.fail_after = failure
        try:
            self.loop.run_until_complete(verb)  # type: ignore[arg-type]
        except (MooringError, MachineError):
            self.bench.now += 5
        self.machine.fail_after = None

    @rule(name=NETWORKS, ipv6=st.booleans(), internal=st.booleans(), failure=FAILURES)
    def create_network(self, name: str, ipv6: bool, internal: bool, failure: int | None) -> None:
        request = NetworkRequest(name=name, enable_ipv6=ipv6, internal=internal)
        self.attempt(self.bench.controller.networks.create(request), failure)

    @rule(name=NETWORKS)
    def delete_network(self, name: str) -> None:
        self.attempt(self.bench.controller.networks.delete(name), None)

    @rule(name=SANDBOXES, networks=st.lists(NETWORKS, max_size=2), failure=FAILURES)
    def create_sandbox(self, name: str, networks: list[str], failure: int | None) -> None:
        endpoints = tuple(EndpointRequest(network=item, aliases=("any",)) for item in networks)
        request = SandboxRequest(name=name, endpoints=endpoints)
        self.attempt(self.bench.controller.sandboxes.create(request), failure)

    @rule(name=SANDBOXES)
    def delete_sandbox(self, name: str) -> None:
        self.attempt(self.bench.controller.sandboxes.delete(name), None)

    @rule(name=SANDBOXES, network=NETWORKS, failure=FAILURES)
    def connect(self, name: str, network: str, failure: int | None) -> None:
        request = EndpointRequest(network=network)
        self.attempt(self.bench.controller.connections.connect(name, request), failure)

    @rule(name=SANDBOXES, network=NETWORKS, force=st.booleans())
    def disconnect(self, name: str, network: str, force: bool) -> None:
        verb = self.bench.controller.connections.disconnect(name, network, force=force)
        self.attempt(verb, None)

    @rule(seconds=st.sampled_from([1.0, 31.0]))
    def time_passes(self, seconds: float) -> None:
        self.bench.now += seconds

    @invariant()
    def the_book_is_the_sum_of_the_endpoints(self) -> None:
        ledger, book = self.bench.ledger, self.bench.book
        expected = {
            endpoint_claimant(endpoint): set(
                endpoint_claims(endpoint, ledger.networks[endpoint.network_id]).records
            )
            for endpoint in ledger.endpoints.values()
        }
        actual = {
            claimant: {claim.record for claim in book.claims(claimant)}
            for claimant in book.claimants()
            if claimant.startswith("endpoint/")
        }
        assert actual == expected

    @invariant()
    def every_address_in_use_is_held_and_no_two_are_alike(self) -> None:
        ledger = self.bench.ledger
        held = {
            (lease.id, address)
            for lease in self.bench.allocator.leases()
            for address in self.bench.allocator.addresses(lease.id)
        }
        seen = set()
        for endpoint in ledger.endpoints.values():
            for text in (endpoint.ipv4, endpoint.ipv6):
                if text:
                    key = (endpoint.network_id, ip_interface(text).ip)
                    assert key not in seen
                    seen.add(key)
                    ids = ledger.networks[endpoint.network_id].pool_ids
                    assert any((pool, key[1]) in held for pool in ids)

    @invariant()
    def the_store_says_what_memory_says(self) -> None:
        ledger = self.bench.ledger
        stored = {key for key, _ in self.bench.store.list("")}
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
        assert stored == remembered

    @invariant()
    def the_machine_has_what_the_ledger_explains_and_nothing_else(self) -> None:
        ledger = self.bench.ledger
        pairs = {o.host for o in self.machine.standing if isinstance(o, CreateVeth)}
        assert pairs == {endpoint.host_interface for endpoint in ledger.endpoints.values()}
        spaces = {o.path for o in self.machine.standing if isinstance(o, CreateNamespace)}
        assert spaces == {sandbox.netns for sandbox in ledger.sandboxes.values()}


AnyOrder.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestAnyOrder = AnyOrder.TestCase
