"""The daemon, put together. Read it top to bottom and know the system."""

import logging
import os
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import msgspec

from mooring.api.metrics import exposition
from mooring.api.server import serve
from mooring.book.book import Book
from mooring.controller.controller import Controller
from mooring.daemon.backend import DaemonBackend
from mooring.daemon.config import Config
from mooring.daemon.doctor import Doctor
from mooring.daemon.drivers import load_drivers
from mooring.daemon.embedded import EmbeddedDns
from mooring.daemon.events import Events
from mooring.daemon.follower import Follower
from mooring.daemon.host import Host
from mooring.daemon.measure import Measure
from mooring.daemon.reaper import Reaper
from mooring.daemon.territory import claim_namespace
from mooring.daemon.wish import default_bridge, dns_defaults, driver_settings, local_pools
from mooring.dns.forwarding.forwarder import Forwarder
from mooring.dns.resolver import Resolver
from mooring.ipam.allocator import Allocator
from mooring.linux import netns
from mooring.linux.host_resolv_conf import HostResolvConf
from mooring.linux.machine import Machine
from mooring.linux.territory import sweep
from mooring.model.error import MachineError
from mooring.store.sqlite import SqliteStore

_LOG: Final = logging.getLogger(__name__)


class Assembled(msgspec.Struct, frozen=True):
    """The daemon: where it listens, and the parts that can be told something while it runs."""

    address: str
    controller: Controller
    resolver: Resolver


async def assemble(config: Config, stack: AsyncExitStack) -> Assembled:
    """Build the daemon, restore what was, and take requests.

    Closing ``stack`` ends that and leaves every sandbox as it is: they live on, and the next daemon
    adopts them.
    """
    paths = config.paths
    stack.enter_context(claim_namespace())
    for directory, option in ((paths.run, "--run-root"), (paths.data, "--data-root")):
        _make(directory, option)

    # What is remembered, what is known, and the hands.
    machine = Machine()
    stack.callback(machine.close)
    store = await machine.call(lambda: SqliteStore(Path(paths.database)))
    stack.push_async_callback(machine.call, store.close)
    if store.notice:
        _LOG.warning(store.notice)
    book = Book()
    events = Events()
    allocator = Allocator(local_pools(config, _machine_id()))

    # The DNS: local names from the book, others from the host's servers or a sandbox's own.
    forwarder = Forwarder(netns.open_socket)
    stack.push_async_callback(forwarder.aclose)
    resolver = Resolver(book, forwarder, ttl=config.dns_ttl)
    stack.push_async_callback(resolver.aclose)
    host = Host(HostResolvConf(config.resolv_conf))
    forwarder.set_host_servers(host.name_servers())

    # The controller, which decides everything about networks, sandboxes and runs.
    controller = Controller(
        book=book,
        allocator=allocator,
        store=store,
        machine=machine,
        resolver=EmbeddedDns(resolver, forwarder),
        drivers=load_drivers(driver_settings(config)),
        host=host,
        paths=paths,
        announce=events.announce,
        clock=time.monotonic,
        ttl=config.dns_ttl,
        default_bridge=default_bridge(config),
    )
    controller.sandboxes.dns_defaults = dns_defaults(config)
    await controller.default_network.check()
    stack.push_async_callback(controller.runs.close)
    stack.push_async_callback(controller.restoring.retire)
    await controller.restoring.restore()
    directories = (paths.namespaces, paths.sandboxes, paths.runs)
    wanted = controller.restoring.wanted()
    for removed in await machine.call(lambda: sweep(machine.executor, directories, wanted)):
        _LOG.warning("removed %s: nothing explains it", removed)

    # What goes on in the background, and the door.
    follower = Follower(controller.sandboxes.follow_host)
    stack.push_async_callback(follower.close)
    host.follow(forwarder.set_host_servers, follower.notice)
    stack.push_async_callback(host.close)
    reaper = Reaper(controller.ledger, controller.sandboxes)
    reaper.start()
    stack.push_async_callback(reaper.close)
    doctor = Doctor(
        controller=controller, book=book, machine=machine, name_servers=host.name_servers
    )
    measure = Measure(ledger=controller.ledger, book=book, resolver=resolver, forwarder=forwarder)
    backend = DaemonBackend(
        controller=controller,
        resolver=resolver,
        doctor=doctor,
        events=events,
        paths=paths,
        metrics=exposition(measure.measure),
    )
    server = await serve(backend, config.address, allow_remote=config.allow_remote)
    stack.push_async_callback(server.close)
    return Assembled(str(server.address), controller, resolver)


def _make(directory: str, option: str) -> None:
    """A directory of the daemon's, which others may pass through and not look into."""
    try:
        os.makedirs(directory, exist_ok=True, mode=0o711)
    except OSError as error:
        raise MachineError(
            f"the directory {directory} cannot be made: {error.strerror}",
            f"choose another with {option}",
        ) from error


def _machine_id() -> str:
    """What tells this machine from others, and gives it an IPv6 prefix of its own; may be empty."""
    try:
        return Path("/etc/machine-id").read_text().strip()
    except OSError:
        return ""
