"""Verbs in any order: the book, the addresses, the store and the machine always agree."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mooring.drivers.bridge.driver import BridgeDriver
from mooring.drivers.host.driver import HostDriver
from mooring.drivers.null.driver import NullDriver
from mooring.model.endpoint import EndpointRequest
from mooring.model.error import MachineError, MooringError
from mooring.model.network import NetworkRequest
from mooring.model.sandbox import SandboxRequest
from mooring.testing.agreement import check_agreement
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
    def all_agree(self) -> None:
        check_agreement(self.bench, self.machine)


AnyOrder.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestAnyOrder = AnyOrder.TestCase
