"""Carrying operations out on this machine, one after the other, on the thread that calls."""

import os
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from errno import EEXIST, ENODEV, ENOENT
from typing import Final, assert_never

from mooring.linux import conntrack, flows, netns, nftables, resolver, rtnetlink
from mooring.linux.files import write_keeping_edits
from mooring.linux.held_ports import HeldPorts
from mooring.linux.netlink import NETFILTER, Netlink, NetlinkError
from mooring.linux.nftables import NftablesError
from mooring.linux.operation import (
    AddAddress,
    AddElements,
    Announce,
    AwaitRunning,
    CreateBridge,
    CreateDirectory,
    CreateNamespace,
    CreateVeth,
    ForgetAddresses,
    ForgetPort,
    HoldPort,
    LoadRules,
    OpenResolver,
    Operation,
    SetDefaultRoute,
    SetHairpin,
    SetSysctl,
    SetUp,
    WriteFile,
)
from mooring.linux.resolver import ResolverSockets
from mooring.linux.rtnetlink import Interface, LinkInfo, RouteInfo
from mooring.model.error import ConflictError, MachineError, MooringError

_LOOPBACK_INDEX: Final = 1
_CARRIER_SECONDS: Final = 1.0
_CARRIER_INTERVAL: Final = 0.0005
_GONE: Final = frozenset({ENODEV, ENOENT})


class Executor:
    """Hands: applies and reverts plans, and tells the few facts that plans are made from."""

    def __init__(self, held_ports: HeldPorts | None = None) -> None:
        self._sockets: dict[str, Netlink] = {}
        self._held_ports = held_ports or HeldPorts()

    def apply(self, plan: Sequence[Operation]) -> list[ResolverSockets]:
        """Apply in order; what was opened on the way. Raises MooringError at the first failure,
        with the sockets opened so far closed; what was applied stays applied."""
        opened: list[ResolverSockets] = []
        try:
            for operation in plan:
                try:
                    found = self.perform(operation)
                except (NetlinkError, OSError) as error:
                    raise MachineError(f"cannot apply {_words(operation, error)}") from error
                if found is not None:
                    opened.append(found)
        except BaseException:
            for sockets in opened:
                resolver.close_sockets(sockets)
            raise
        finally:
            self._leave()
        return opened

    def revert(self, plan: Sequence[Operation]) -> None:
        """Revert in the opposite order, each whatever became of the others; then raise one
        MachineError for all that failed."""
        failures: list[str] = []
        for operation in reversed(plan):
            try:
                self.undo(operation)
            except (MooringError, OSError) as error:
                failures.append(_words(operation, error))
        self._leave()
        if failures:
            raise MachineError(f"cannot revert {', nor '.join(failures)}")

    def perform(self, operation: Operation) -> ResolverSockets | None:
        """Apply one operation."""
        match operation:
            case CreateDirectory(path):
                os.makedirs(path, mode=0o700, exist_ok=True)
            case WriteFile(path, text, unless_edited):
                write_keeping_edits(path, text, unless_edited=unless_edited)
            case CreateNamespace(path, settings):
                netns.create(path, settings)
                self._route(path).transact([rtnetlink.set_up(_LOOPBACK_INDEX)])
            case CreateBridge():
                self._create_bridge(operation)
            case CreateVeth():
                self._create_veth(operation)
            case SetSysctl(key, value, namespace):
                with netns.inside(namespace):
                    netns.set_sysctl(key, value)
            case AddAddress(interface, address, namespace):
                index = self._index(interface, namespace)
                self._route(namespace).transact([rtnetlink.add_address(index, address)])
            case SetUp(interface, namespace):
                index = self._index(interface, namespace)
                self._route(namespace).transact([rtnetlink.set_up(index)])
            case AwaitRunning(interface, namespace):
                self._await_running(interface, namespace)
            case Announce(interface, mac, namespace):
                index = self._index(interface, namespace)
                self._route(namespace).transact([rtnetlink.set_mac(index, mac)])
            case SetDefaultRoute(interface, gateway, namespace):
                index = self._index(interface, namespace)
                self._route(namespace).transact([rtnetlink.add_default_route(index, gateway)])
            case LoadRules(table, text, namespace):
                nftables.run(nftables.removal(table) + text, namespace)
            case AddElements(table, elements):
                self._add_elements(table, elements)
            case ForgetAddresses(interface, addresses):
                flows.forget(addresses)
                self._forget_neighbours(interface, addresses)
            case OpenResolver(namespace, address, _, ports):
                return resolver.open_sockets(namespace, address, ports)
            case HoldPort(protocol, address, port):
                self._held_ports.hold(protocol, address, port)
            case ForgetPort(address, port):
                _forget_port(address, port)
            case SetHairpin(interface):
                index = self._index(interface, "")
                self._route("").transact([rtnetlink.set_hairpin(index)])
            case _:
                assert_never(operation)
        return None

    def undo(self, operation: Operation) -> None:
        """Revert one operation."""
        match operation:
            case CreateDirectory(path):
                with suppress(FileNotFoundError):
                    shutil.rmtree(path)
            case CreateNamespace(path, _):
                netns.remove(path)
            case CreateBridge(name=name, keep=keep):
                if not keep:
                    self.delete_link(name)
            case CreateVeth(host=host):
                self.delete_link(host)
            case LoadRules(table, _, namespace):
                nftables.run(nftables.removal(table), namespace)
            case AddElements(table, elements):
                self._delete_elements(table, elements)
            case OpenResolver(namespace=namespace, lent=lent):
                if lent and netns.exists(namespace, lent):
                    nftables.run(nftables.removal(resolver.TABLE), namespace)
            case HoldPort(protocol, address, port):
                self._held_ports.release(protocol, address, port)
            case ForgetPort(address, port):
                _forget_port(address, port)
            case (
                WriteFile()
                | SetSysctl()
                | AddAddress()
                | SetUp()
                | AwaitRunning()
                | Announce()
                | SetDefaultRoute()
                | ForgetAddresses()
                | SetHairpin()
            ):
                return
            case _:
                assert_never(operation)

    def links(self, namespace: str = "") -> list[LinkInfo]:
        """Every link of a namespace."""
        try:
            found = self._route(namespace).dump(rtnetlink.LIST_LINKS)
            return [rtnetlink.parse_link(body) for _, body in found]
        finally:
            self._leave()

    def routes(self) -> list[RouteInfo]:
        """The unicast routes of the main table."""
        found = self._route("").dump(rtnetlink.LIST_ROUTES)
        return [route for _, body in found if (route := rtnetlink.parse_route(body))]

    def addresses(self) -> list[tuple[int, Interface]]:
        """Every address with its link's index, in the kernel's order."""
        found = self._route("").dump(rtnetlink.LIST_ADDRESSES)
        return [rtnetlink.parse_address(body) for _, body in found]

    def close(self) -> None:
        """Give every socket back."""
        self._leave()
        for opened in self._sockets.values():
            opened.close()
        self._sockets.clear()

    def _create_bridge(self, operation: CreateBridge) -> None:
        message = rtnetlink.create_bridge(operation.name, operation.mac, operation.mtu)
        try:
            self._route("").transact([message])
        except NetlinkError as error:
            if error.errno != EEXIST:
                raise
            link = self._link(operation.name, "")
            if link.kind != "bridge":
                raise ConflictError(
                    f"the link {operation.name} exists and is not a bridge but a {link.kind}",
                    "choose another name for the network's bridge",
                ) from error
            self._route("").transact([rtnetlink.set_up(link.index)])

    def _create_veth(self, operation: CreateVeth) -> None:
        bridge = self._index(operation.bridge, "")
        target = netns.open_namespace(operation.namespace)
        try:
            self._route("").transact(
                [
                    rtnetlink.create_veth(
                        operation.host,
                        operation.peer,
                        namespace=target,
                        master=bridge,
                        mac=operation.mac,
                        mtu=operation.mtu,
                    )
                ]
            )
        except NetlinkError as error:
            if error.errno != EEXIST:
                raise
            self._put_on_bridge(operation, bridge)
        finally:
            os.close(target)

    def _put_on_bridge(self, operation: CreateVeth, bridge: int) -> None:
        """A pair that exists loses its bridge when that is deleted, and gets the new one here."""
        link = self._link(operation.host, "")
        if not link.master:
            self._route("").transact([rtnetlink.set_master(link.index, bridge)])
        elif link.master != bridge:
            raise ConflictError(
                f"the link {operation.host} exists and is not a port of {operation.bridge}",
                f"remove it (ip link delete {operation.host})",
            )

    def _add_elements(self, table: str, elements: Sequence[tuple[str, str]]) -> None:
        try:
            nftables.run(_elements("add", table, elements))
        except NftablesError as error:
            raise MachineError(
                f"the table {table} is not as Mooring wrote it: {error.message}",
                "restart the daemon, which writes it anew; its sandboxes go on",
            ) from error

    def _delete_elements(self, table: str, elements: Sequence[tuple[str, str]]) -> None:
        # What is deleted must be there, so it is added first.
        commands = _elements("add", table, elements) + _elements("delete", table, elements)
        try:
            nftables.run(commands)
        except NftablesError:
            if nftables.has_table(table):
                raise

    def _await_running(self, name: str, namespace: str) -> None:
        """Return once the link runs, or after a while: waiting longer would help nobody."""
        deadline = time.monotonic() + _CARRIER_SECONDS
        while not self._link(name, namespace).running and time.monotonic() < deadline:
            time.sleep(_CARRIER_INTERVAL)

    def _forget_neighbours(self, interface: str, addresses: Sequence[str]) -> None:
        """Delete the entries of a link; where there is no such link, there are none."""
        try:
            index = self._index(interface, "")
        except NetlinkError as error:
            if error.errno not in _GONE:
                raise
            return
        for address in addresses:
            try:
                self._route("").transact([rtnetlink.delete_neighbour(index, address)])
            except NetlinkError as error:
                if error.errno not in _GONE:
                    raise

    def delete_link(self, name: str) -> None:
        """Delete a link; one that is gone is fine."""
        try:
            self._route("").transact([rtnetlink.delete_link(name)])
        except NetlinkError as error:
            if error.errno not in _GONE:
                raise

    def _link(self, name: str, namespace: str) -> LinkInfo:
        return rtnetlink.parse_link(self._route(namespace).get(rtnetlink.get_link(name)))

    def _index(self, name: str, namespace: str) -> int:
        return rtnetlink.parse_index(self._route(namespace).get(rtnetlink.get_link(name)))

    def _route(self, namespace: str) -> Netlink:
        opened = self._sockets.get(namespace)
        if opened is None:
            with netns.inside(namespace):
                opened = self._sockets[namespace] = Netlink()
        return opened

    def _leave(self) -> None:
        """Close the sockets inside namespaces: an open one would keep a dead namespace alive."""
        for namespace in [path for path in self._sockets if path]:
            self._sockets.pop(namespace).close()


def _forget_port(address: str, port: int) -> None:
    """That there is no such flow is what the kernel calls an error, and what we want."""
    with suppress(NetlinkError), Netlink(NETFILTER) as netfilter:
        netfilter.transact([conntrack.forget_port(address, port)])


def _elements(verb: str, table: str, elements: Sequence[tuple[str, str]]) -> str:
    """One command a set, which is what nft is quick at."""
    members: dict[str, list[str]] = {}
    for name, item in elements:
        members.setdefault(name, []).append(item)
    return "".join(
        f"{verb} element {table} {name} {{ {', '.join(items)} }}\n"
        for name, items in members.items()
    )


def _words(operation: Operation, error: MooringError | OSError) -> str:
    """``CreateVeth mov0123456789: File exists``."""
    subject = getattr(operation, operation.__struct_fields__[0])
    reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
    return f"{type(operation).__name__} {subject}: {reason}"
