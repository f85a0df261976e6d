"""Whatever is asked of an allocator in whatever order, it never gives anything out twice."""

from ipaddress import ip_network
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mooring.ipam.allocator import GLOBAL, LOCAL, Allocator
from mooring.ipam.error import (
    AddressesExhaustedError,
    AddressInUseError,
    AddressOutOfRangeError,
    PoolOverlapError,
    PoolsExhaustedError,
)
from mooring.ipam.key import parse_key
from mooring.ipam.pool import never_given
from mooring.ipam.predefined import predefined_pool
from mooring.ipam.prefix import Address, Prefix
from mooring.ipam.reservation import Reservation

POOLS = (predefined_pool("10.0.0.0/28", 30), predefined_pool("fd00::/125", 127))
"""Eight addresses and four pools: small enough to run out."""

SPACES = st.sampled_from([LOCAL, GLOBAL])
SUBNETS = st.sampled_from(
    ["10.0.0.0/28", "10.0.0.0/29", "10.0.0.4/30", "10.0.0.8/31", "192.168.0.0/29", "fd00::/126"]
)


class AllocatorBesideModel(RuleBasedStateMachine):
    """The model knows each lease's addresses; the allocator must agree with it."""

    @initialize()
    def begin(self) -> None:
        self.allocator = Allocator(POOLS, POOLS)
        self.leases: dict[str, Prefix] = {}
        self.held: dict[tuple[str, Prefix], set[Address]] = {}

    def note(self, pool_id: str, prefix: Prefix) -> None:
        assert pool_id not in self.leases
        self.leases[pool_id] = prefix
        self.held.setdefault((parse_key(pool_id).space, prefix), set())

    def some_lease(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.leases)))

    def addresses_of(self, pool_id: str) -> set[Address]:
        return self.held[parse_key(pool_id).space, self.leases[pool_id]]

    def subnets(self, space: str) -> set[Prefix]:
        return {prefix for held_in, prefix in self.held if held_in == space}

    @rule(space=SPACES, v6=st.booleans(), reserved=st.lists(SUBNETS, max_size=2))
    def request_any_pool(self, space: str, v6: bool, reserved: list[str]) -> None:
        keep_clear = [ip_network(text) for text in reserved]
        in_the_way = [*self.subnets(space), *keep_clear]
        predefined = POOLS[1 if v6 else 0]
        free = [
            subnet
            for subnet in predefined.base.network.subnets(new_prefix=predefined.size)
            if not any(subnet.version == p.version and subnet.overlaps(p) for p in in_the_way)
        ]
        try:
            lease = self.allocator.request_pool(
                space, v6=v6, reserved=[Reservation(prefix) for prefix in keep_clear]
            )
        except PoolsExhaustedError:
            assert not free
        else:
            assert lease.prefix == free[0]
            self.note(lease.id, lease.prefix)

    @rule(space=SPACES, text=SUBNETS)
    def request_whole_pool(self, space: str, text: str) -> None:
        wanted = ip_network(text)
        clash = any(wanted.version == p.version and wanted.overlaps(p) for p in self.subnets(space))
        try:
            lease = self.allocator.request_pool(space, text)
        except PoolOverlapError:
            assert clash
        else:
            assert not clash
            self.note(lease.id, lease.prefix)

    @rule(space=SPACES, text=SUBNETS, data=st.data())
    def request_sub_pool(self, space: str, text: str, data: st.DataObject) -> None:
        wanted = ip_network(text)
        part = data.draw(st.sampled_from(list(wanted.subnets(1))))
        taken = f"{space}/{wanted}/{part}" in self.leases
        try:
            lease = self.allocator.request_pool(space, text, str(part))
        except PoolOverlapError:
            assert taken
        else:
            assert not taken
            self.note(lease.id, lease.prefix)

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def release_pool(self, data: st.DataObject) -> None:
        pool_id = self.some_lease(data)
        self.allocator.release_pool(pool_id)
        space, prefix = parse_key(pool_id).space, self.leases.pop(pool_id)
        left = [key for key in map(parse_key, self.leases) if key.space == space]
        if not any(key.subnet == prefix for key in left):
            del self.held[space, prefix]

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), serial=st.booleans())
    def request_any_address(self, data: st.DataObject, serial: bool) -> None:
        pool_id = self.some_lease(data)
        key, held = parse_key(pool_id), self.addresses_of(pool_id)
        part = key.child or key.subnet
        free = [a for a in part if a not in held and a not in never_given(key.subnet)]
        try:
            given = self.allocator.request_address(pool_id, serial=serial)
        except AddressesExhaustedError:
            assert not free
        else:
            assert given.ip in free
            assert serial or given.ip == free[0]
            assert given.network == key.subnet
            held.add(given.ip)

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def request_this_address(self, data: st.DataObject) -> None:
        pool_id = self.some_lease(data)
        address, prefix = data.draw(addresses), self.leases[pool_id]
        held = self.addresses_of(pool_id)
        try:
            given = self.allocator.request_address(pool_id, str(address))
        except AddressInUseError:
            assert address in held or address in never_given(prefix)
        except AddressOutOfRangeError:
            assert address not in prefix
        else:
            assert given.ip == address
            assert address in prefix
            assert address not in held
            assert address not in never_given(prefix)
            held.add(address)

    @precondition(lambda self: any(self.held.values()))
    @rule(data=st.data())
    def release_an_address_and_have_it_again(self, data: st.DataObject) -> None:
        pool_id = data.draw(st.sampled_from(sorted(i for i in self.leases if self.addresses_of(i))))
        held = self.addresses_of(pool_id)
        address = data.draw(st.sampled_from(sorted(held, key=int)))
        self.allocator.release_address(pool_id, address)
        held.remove(address)
        if data.draw(st.booleans()):
            assert self.allocator.request_address(pool_id, address).ip == address
            held.add(address)

    @invariant()
    def the_allocator_holds_what_the_model_holds(self) -> None:
        assert state(self.allocator) == {
            pool_id: sorted(self.addresses_of(pool_id), key=int) for pool_id in self.leases
        }

    def teardown(self) -> None:
        if hasattr(self, "allocator"):
            assert state(replayed(self.allocator)) == state(self.allocator)


addresses = st.sampled_from(
    [
        address
        for text in ("10.0.0.0/28", "192.168.0.0/29", "fd00::/125")
        for address in ip_network(text)
    ]
)


def state(allocator: Allocator) -> dict[str, list[Address]]:
    return {lease.id: list(allocator.addresses(lease.id)) for lease in allocator.leases()}


def replayed(allocator: Allocator) -> Allocator:
    """A new allocator told what this one holds, in no particular order."""
    again, random = Allocator(), Random(0)
    pools = list(state(allocator).items())
    random.shuffle(pools)
    for pool_id, _ in pools:
        again.restore_pool(pool_id)
    done = set()
    for pool_id, held in pools:
        key = parse_key(pool_id)
        random.shuffle(held)
        for address in held:
            if (key.space, key.subnet, address) not in done:
                again.request_address(pool_id, address)
                done.add((key.space, key.subnet, address))
    return again


TestAllocatorBesideModel = AllocatorBesideModel.TestCase
TestAllocatorBesideModel.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
