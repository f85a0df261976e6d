"""Raw questions: what is lost is counted, and what refuses is not waited for."""

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator

import dns.message
import pytest

from mooring.linux.netns import inside
from mooring.linux.raw_questions import PATIENCE, burst, exchanges

NAMES = ("one.example", "two.example", "three.example")


@pytest.fixture
def server(network_namespace: str) -> Iterator[Callable[[int], None]]:
    """Starts a server at port 53 of a namespace's loopback; it leaves every n-th out."""
    subprocess.run(["nsenter", f"--net={network_namespace}", "ip", "link", "set", "lo", "up"])
    with inside(network_namespace):
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 53))
    ended = threading.Event()
    threads = []

    def serve(skips: int) -> None:
        listener.settimeout(0.05)
        count = 0
        while not ended.is_set():
            try:
                message, client = listener.recvfrom(4096)
            except TimeoutError:
                continue
            count += 1
            if not skips or count % skips:
                reply = dns.message.make_response(dns.message.from_wire(message))
                listener.sendto(reply.to_wire(), client)

    def start(skips: int) -> None:
        threads.append(threading.Thread(target=serve, args=(skips,)))
        threads[-1].start()

    yield start
    ended.set()
    for thread in threads:
        thread.join()
    listener.close()


def test_every_way_gets_both_replies(server: Callable[[int], None], network_namespace: str) -> None:
    server(0)
    with inside(network_namespace):
        found = exchanges("127.0.0.1", NAMES)
        assert burst("127.0.0.1", "one.example", 70).lost == 0
    assert [each.way for each in found] == ["together", "serially", "reopened"]
    for each in found:
        assert [reply.type for reply in each.replies] == ["A", "AAAA"]
        assert all(0 < (reply.milliseconds or 0) < PATIENCE * 1000 for reply in each.replies)


def test_replies_that_do_not_come_are_counted(
    server: Callable[[int], None], network_namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mooring.linux.raw_questions.PATIENCE", 0.3)
    server(20)
    with inside(network_namespace):
        assert burst("127.0.0.1", "one.example", 30).lost == 3


def test_where_nobody_listens_everything_is_lost_at_once(network_namespace: str) -> None:
    subprocess.run(["nsenter", f"--net={network_namespace}", "ip", "link", "set", "lo", "up"])
    with inside(network_namespace):
        found = exchanges("127.0.0.1", NAMES)
        assert burst("127.0.0.1", "one.example", 100).lost == 200
    assert all(reply.milliseconds is None for each in found for reply in each.replies)
