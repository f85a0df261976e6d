"""A and AAAA at once, as C libraries ask: no reply is lost, in whatever way they are sent."""

import select
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import dns.message
import pytest

from mooring.linux import netns
from mooring.linux.raw_questions import burst
from mooring.testing.daemon import Daemon

RESOLVER = "127.0.0.11"
PAIRS = 10_000
QUERIES = [
    dns.message.make_query("db", rtype, id=n).to_wire() for n, rtype in ((1, "A"), (2, "AAAA"))
]


@pytest.fixture
def inside(daemon: Daemon) -> str:
    """The namespace of a sandbox ``db``."""
    daemon.client.post("/networks/create", {"Name": "app"})
    body = {"Name": "db", "NetworkingConfig": {"EndpointsConfig": {"app": {}}}}
    daemon.client.post("/sandboxes/create", body)
    return str(daemon.client.get("/sandboxes/db")["Netns"])


def test_ten_thousand_pairs_from_one_socket_lose_nothing(inside: str) -> None:
    with netns.inside(inside):
        assert burst(RESOLVER, "db", PAIRS).lost == 0


def lost(send: Callable[[socket.socket], None], count: int) -> int:
    """Replies that do not come, when each pair has a socket of its own, as each look-up has."""
    missing = 0
    for _ in range(count):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.connect((RESOLVER, 53))
            send(one)
            waiting = {1, 2}
            while waiting and select.select([one], [], [], 5)[0]:
                waiting.discard(int.from_bytes(one.recv(512)[:2], "big"))
            missing += len(waiting)
    return missing


def test_ten_thousand_pairs_each_from_a_new_socket_lose_nothing(inside: str) -> None:
    def in_turn(one: socket.socket) -> None:
        for query in QUERIES:
            one.send(query)

    with netns.inside(inside):
        assert lost(in_turn, PAIRS) == 0


def test_pairs_sent_by_two_threads_at_once_lose_nothing(inside: str) -> None:
    with ThreadPoolExecutor(1) as other:

        def at_once(one: socket.socket) -> None:
            sent = other.submit(one.send, QUERIES[1])
            one.send(QUERIES[0])
            sent.result()

        with netns.inside(inside):
            assert lost(at_once, PAIRS // 2) == 0
