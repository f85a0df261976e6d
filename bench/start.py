"""Starting with ten thousand stored endpoints: until the API answers, and until every name does.

After a restart of the machine nothing of them lives: sandboxes are cleared away before the API
answers, runs afterwards, a few at a time. After ``kill -9`` of the daemon some live: their
resolvers come first, and all else is compared with what was meant. Time counts from the start of
the process, which has its modules in memory already.
"""

import argparse
import asyncio
import multiprocessing
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from ipaddress import ip_network
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, TypeVar

import dns.message

from measuring.machine import on_a_machine
from measuring.table import Row, print_table, write_json
from mooring.controller.ledger import Ledger, Stored
from mooring.linux import netns
from mooring.model.endpoint import Endpoint
from mooring.model.identity import new_id, short
from mooring.model.network import Network
from mooring.model.run import Process, Run, RunRequest, RunStatus
from mooring.model.sandbox import Sandbox
from mooring.store.sqlite import SqliteStore
from mooring.testing.daemon import Daemon

STORED: Final = 10_000
LIVING: Final = 1_000
NETWORKS: Final = 10
RESOLVER: Final = ("127.0.0.11", 53)
INTERVAL: Final = 0.02
"""Seconds between two rounds of asking every resolver that has not answered yet."""
PATIENCE: Final = 60.0

_T = TypeVar("_T")


class Here:
    """A ledger's caller that has nobody waiting for answers."""

    async def call(self, work: Callable[[], _T]) -> _T:
        """Do the work here and now."""
        return work()


def network(number: int) -> str:
    """The name of one of the networks."""
    return f"net{number % NETWORKS}"


def make_networks(daemon: Daemon) -> None:
    """All networks, each a /16 of its own."""
    for number in range(NETWORKS):
        pool = {"Subnet": f"10.{80 + number}.0.0/16"}
        daemon.client.post(
            "/networks/create", {"Name": network(number), "IPAM": {"Config": [pool]}}
        )


def make_living(daemon: Daemon, count: int) -> None:
    """So many sandboxes with an endpoint each, through the API."""
    for number in range(count):
        networks: dict[str, Any] = {"EndpointsConfig": {network(number): {}}}
        body = {"Name": f"living{number}", "NetworkingConfig": networks}
        daemon.client.post("/sandboxes/create", body)


def store_dead(daemon: Daemon, count: int) -> None:
    """So many sandboxes with an endpoint each, written to the store as if they had lived."""
    store = SqliteStore(daemon.data_root / "mooring.db")
    ledger = Ledger(store, Here())
    ledger.load()
    networks = {found.name: found for found in ledger.networks.values()}
    objects: list[Stored] = []
    for number in range(count):
        objects += dead(daemon.run_root, networks[network(number)], number)
    asyncio.run(ledger.put(*objects))
    store.close()


def store_runs(daemon: Daemon) -> None:
    """A run for each stored sandbox, of a process that has ended."""
    store = SqliteStore(daemon.data_root / "mooring.db")
    ledger = Ledger(store, Here())
    ledger.load()
    ended = Process(pid=1, start_time=-1)
    runs = (
        Run(
            id=sandbox.id,
            name=sandbox.name,
            created=sandbox.created,
            request=RunRequest(command=("sleep", "inf")),
            status=RunStatus.RUNNING,
            process=ended,
            supervisor=ended,
        )
        for sandbox in ledger.sandboxes.values()
    )
    asyncio.run(ledger.put(*runs))
    store.close()


def dead(run_root: Path, on: Network, number: int) -> tuple[Sandbox, Endpoint]:
    """A sandbox whose namespace is gone, and its endpoint, from the upper half of the subnet."""
    identity, endpoint = new_id(), new_id()
    subnet = ip_network(on.pools[0].subnet)
    address = subnet[subnet.num_addresses // 2 + number // NETWORKS]
    name = f"dead{number}"
    return Sandbox(
        id=identity,
        name=name,
        created=on.created,
        netns=str(run_root / "netns" / short(identity)),
        owned=True,
        directory=str(run_root / "sandboxes" / identity),
        hostname=short(identity),
        ready=True,
        resolver_ports=(40_000, 40_000),
    ), Endpoint(
        id=endpoint,
        network_id=on.id,
        sandbox_id=identity,
        names=(name, short(identity)),
        ipv4=f"{address}/{subnet.prefixlen}",
        gateway4=on.pools[0].gateway,
        mac=f"02:{bytes.fromhex(endpoint[:10]).hex(':')}",
        interface="eth0",
        host_interface=f"mov{endpoint[:10]}",
        joined=True,
    )


def ask_all(namespaces: list[str], pipe: Connection) -> None:
    """Ask every resolver again and again until each has answered; when each did.

    It says so when the questions are ready to be asked, and waits to be told to begin.
    """
    question = dns.message.make_query("living0", "A").to_wire()
    waiting = [connected(namespace) for namespace in namespaces]
    answered: list[float] = []
    pipe.send(None)
    pipe.recv()
    deadline = time.monotonic() + PATIENCE
    while waiting and time.monotonic() < deadline:
        left = [sock for sock in waiting if not ask(sock, question)]
        answered += [time.monotonic()] * (len(waiting) - len(left))
        waiting = left
        time.sleep(INTERVAL)
    pipe.send(answered)


def connected(namespace: str) -> socket.socket:
    """A socket that asks the resolver of a namespace."""
    with netns.inside(namespace):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        sock.connect(RESOLVER)
    return sock


def ask(sock: socket.socket, question: bytes) -> bool:
    """Whether there is an answer to what was asked before; if not, ask again."""
    try:
        return bool(sock.recv(512))
    except BlockingIOError:
        pass
    except ConnectionRefusedError:
        # The kernel's word on the question before this one: nobody listens yet.
        pass
    with suppress(ConnectionRefusedError):
        sock.send(question)
    return False


@contextmanager
def daemon_below(directory: Path) -> Iterator[Daemon]:
    """A daemon that has not been started, and does not outlive the block."""
    daemon = Daemon(directory)
    try:
        yield daemon
    finally:
        daemon.kill()


def prepare(directory: Path) -> None:
    """Networks that a daemon has made before the machine is started anew."""
    with daemon_below(directory) as daemon:
        daemon.start()
        make_networks(daemon)


def after_restart(directory: Path, stored: int, of_runs: bool) -> Row:
    """Start where nothing of what is stored lives any more."""
    with daemon_below(directory) as daemon:
        began = time.monotonic()
        daemon.start()
        taken = time.monotonic() - began
        if not of_runs:
            check(daemon, 0)
    return row(f"restart of the machine{', of runs' * of_runs}", stored, 0, taken, [])


def after_kill(directory: Path, stored: int, living: int) -> Row:
    """Start where some of what is stored lives."""
    with daemon_below(directory) as daemon:
        daemon.start()
        make_networks(daemon)
        make_living(daemon, living)
        namespaces = [sandbox["Netns"] for sandbox in daemon.client.get("/sandboxes")]
        daemon.kill()
        store_dead(daemon, stored - living)
        with asking(namespaces) as pipe:
            began = time.monotonic()
            pipe.send(None)
            daemon.start()
            taken = time.monotonic() - began
            answered = [moment - began for moment in pipe.recv()]
        check(daemon, living)
    if len(answered) < living:
        raise SystemExit(f"{living - len(answered)} resolvers did not answer again")
    return row("kill -9 of the daemon", stored, living, taken, answered)


@contextmanager
def asking(namespaces: list[str]) -> Iterator[Connection]:
    """A process that asks every resolver, once it is told to, and says when each has answered."""
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe()
    process = fork.Process(target=ask_all, args=(namespaces, there))
    process.start()
    here.recv()
    try:
        yield here
    finally:
        process.kill()
        process.join()


def check(daemon: Daemon, living: int) -> None:
    """End the bench unless so many sandboxes are left, and no more."""
    left = len(daemon.client.get("/sandboxes"))
    if left != living:
        raise SystemExit(f"{left} sandboxes are left, and {living} live")


def row(after: str, stored: int, living: int, taken: float, answered: list[float]) -> Row:
    return {
        "after": after,
        "stored": stored,
        "living": living,
        "median": round(statistics.median(answered), 2) if answered else None,
        "last": round(max(answered), 2) if answered else None,
        "api": round(taken, 2),
    }


COLUMNS: Final = {
    "after": "after",
    "stored": "endpoints stored",
    "living": "of them living",
    "median": "resolvers answer, median, s",
    "last": "the last one, s",
    "api": "the API answers, s",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the living")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    arguments = parser.parse_args()
    living = LIVING // 10 if arguments.quick else LIVING
    rows = []
    for of_runs in (False, True):
        with tempfile.TemporaryDirectory(prefix="moor-") as text:
            directory = Path(text)
            on_a_machine(directory, partial(prepare, directory))
            store_dead(Daemon(directory), STORED)
            if of_runs:
                store_runs(Daemon(directory))
            rows.append(on_a_machine(directory, partial(after_restart, directory, STORED, of_runs)))
    with tempfile.TemporaryDirectory(prefix="moor-") as text:
        directory = Path(text)
        rows.append(on_a_machine(directory, partial(after_kill, directory, STORED, living)))
    print_table(COLUMNS, rows)
    write_json(arguments.json, rows)


if __name__ == "__main__":
    main()
