"""The daemon restarts while every sandbox floods it with look-ups that nobody answers."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import dns.exception
import dns.message
import dns.rcode
import pytest

from mooring.linux import netns
from mooring.testing.daemon import Daemon
from mooring.testing.eventually import eventually
from mooring.testing.upstream import Conduct, FakeUpstream

SERVER = "127.0.0.53"
SANDBOXES = 10
PAUSE = 0.02
BURST = 3
"""A client sends so many questions every so many seconds: some 1,500 a second of all together,
where silence leaves room for fewer than 200."""
TRIES = 3
"""Starts, of which the best counts: what waits for an upstream does so every time, and what is slow
because this machine does something else does not."""
BOUND = 2.5
"""Seconds that the flood may add to anything: less than what one silent upstream is given (2.9)."""
GIVEN_UP = 60.0

FLOOD = """
import socket, sys, time
from mooring.linux import netns
namespace, burst = sys.argv[1], int(sys.argv[2])
pause, seconds = float(sys.argv[3]), float(sys.argv[4])
with netns.inside(namespace):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
tail = b"\\x05flood\\x07example\\x00\\x00\\x01\\x00\\x01"
end, count = time.monotonic() + seconds, 0
print("floods", flush=True)
while time.monotonic() < end:
    for _ in range(burst):
        count += 1
        header = count.to_bytes(4, "big")[2:] + b"\\x01\\x00\\x00\\x01" + bytes(6)
        try:
            one.sendto(header + b"\\x0a%010d" % count + tail, ("127.0.0.11", 53))
        except OSError:
            pass  # Nobody listens between one daemon and the next.
    time.sleep(pause)
"""


class Start(NamedTuple):
    """Seconds from the start of a daemon to its first answer of each kind."""

    api: float
    local: float


@pytest.fixture
async def upstream(daemon: Daemon) -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream(address=SERVER, port=53, conduct=Conduct(silent=True)) as server:
        Path(daemon.root, "resolv.conf").write_text(f"nameserver {SERVER}\n")
        yield server


def populate(daemon: Daemon) -> list[str]:
    """Sandboxes s0, s1 and so on; their namespaces."""
    daemon.client.post("/networks/create", {"Name": "app"})
    for number in range(SANDBOXES):
        body = {"Name": f"s{number}", "NetworkingConfig": {"EndpointsConfig": {"app": {}}}}
        daemon.client.post("/sandboxes/create", body)
    return [daemon.client.get(f"/sandboxes/s{number}")["Netns"] for number in range(SANDBOXES)]


@contextmanager
def flood(namespaces: list[str]) -> Iterator[None]:
    """A client in each that asks for ever new names, until the block ends."""
    clients = []
    try:
        for namespace in namespaces:
            numbers = map(str, (BURST, PAUSE, GIVEN_UP))
            command = [sys.executable, "-c", FLOOD, namespace, *numbers]
            clients.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        for client in clients:
            assert client.stdout is not None
            assert client.stdout.readline() == b"floods\n"
        yield
        assert all(client.poll() is None for client in clients)
    finally:
        for client in clients:
            client.kill()
            client.communicate()


class LocalName:
    """Asks for ``s0`` in a sandbox until it is answered."""

    _QUERY: Final = dns.message.make_query("s0", "A")

    def __init__(self, namespace: str) -> None:
        self.answered = float("inf")
        self._namespace = namespace
        self._thread = threading.Thread(target=self._ask)

    def start(self) -> None:
        self._thread.start()

    def wait(self) -> float:
        """When the answer came, on the monotonic clock."""
        self._thread.join()
        return self.answered

    def _ask(self) -> None:
        deadline = time.monotonic() + GIVEN_UP
        with netns.inside(self._namespace):
            client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with client:
            client.settimeout(0.1)
            while time.monotonic() < deadline:
                try:
                    client.sendto(self._QUERY.to_wire(), ("127.0.0.11", 53))
                    reply = dns.message.from_wire(client.recv(512))
                except (OSError, dns.exception.DNSException):
                    time.sleep(0.01)
                    continue
                if reply.answer:
                    self.answered = time.monotonic()
                    return


def restart(daemon: Daemon, namespace: str) -> Start:
    """Kill it and start it."""
    daemon.kill()
    local = LocalName(namespace)
    began = time.monotonic()
    local.start()
    daemon.start()
    assert daemon.client.get("/info")["Sandboxes"] == SANDBOXES
    api = time.monotonic() - began
    return Start(api, local.wait() - began)


async def test_neither_the_api_nor_local_names_wait_for_it(
    daemon: Daemon, upstream: FakeUpstream
) -> None:
    def look() -> tuple[Start, list[Start]]:
        namespaces = populate(daemon)
        quiet = restart(daemon, namespaces[0])
        with flood(namespaces):
            eventually(lambda: len(upstream.asked) > SANDBOXES)
            flooded = [restart(daemon, namespaces[0]) for _ in range(TRIES)]
            asked = len(upstream.asked)
            eventually(lambda: len(upstream.asked) > asked)
        return quiet, flooded

    quiet, flooded = await asyncio.to_thread(look)
    assert min(each.api for each in flooded) < quiet.api + BOUND, (quiet, flooded)
    assert min(each.local for each in flooded) < quiet.local + BOUND, (quiet, flooded)
