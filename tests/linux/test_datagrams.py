"""Datagrams by the batch: read together, answered in place, each to its own sender."""

import os
import socket
from collections.abc import Iterator

import pytest

from mooring.linux.datagrams import COUNT, SLOT, Batch

FAMILIES = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


@pytest.fixture(params=FAMILIES, ids=["IPv4", "IPv6"])
def server(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    with socket.socket(request.param, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as server:
        server.bind((FAMILIES[request.param], 0))
        yield server


@pytest.fixture
def clients(server: socket.socket) -> Iterator[list[socket.socket]]:
    """One more than fit a batch, connected to the server."""
    clients = [socket.socket(server.family, socket.SOCK_DGRAM) for _ in range(COUNT + 1)]
    for client in clients:
        client.settimeout(2)
        client.connect(server.getsockname())
    yield clients
    for client in clients:
        client.close()


def test_nothing_waits_at_first(server: socket.socket) -> None:
    assert Batch(server.family, 512).receive(server.fileno()) == ()


def test_datagrams_come_in_order_with_their_senders(
    server: socket.socket, clients: list[socket.socket]
) -> None:
    batch = Batch(server.family, 512)
    for number, client in enumerate(clients):
        client.send(bytes([number]) * (number + 1))
    lengths = batch.receive(server.fileno())
    assert lengths == tuple(range(1, COUNT + 1))
    for number, (start, length) in enumerate(zip(batch.starts, lengths, strict=True)):
        assert batch.memory[start : start + length] == bytes([number]) * length
        assert batch.address(number) == clients[number].getsockname()
    assert batch.receive(server.fileno()) == (COUNT + 1,)


def test_replies_go_to_whom_they_are_for_and_to_nobody_else(
    server: socket.socket, clients: list[socket.socket]
) -> None:
    batch = Batch(server.family, 512)
    for client in clients[:6]:
        client.send(b"?")
    assert len(batch.receive(server.fileno())) == 6
    sizes = [0, 3, 0, 0, SLOT, 2]
    for number, size in enumerate(sizes):
        start = batch.starts[number]
        batch.memory[start : start + size] = bytes([number]) * size
    assert batch.send(server.fileno(), sizes) == 0
    for number in (1, 4, 5):
        assert clients[number].recv(65535) == bytes([number]) * sizes[number]
    for number in (0, 2, 3):
        clients[number].setblocking(False)
        with pytest.raises(BlockingIOError):
            clients[number].recv(65535)


def test_a_long_datagram_is_cut(server: socket.socket, clients: list[socket.socket]) -> None:
    batch = Batch(server.family, 512)
    clients[0].send(bytes(2000))
    assert batch.receive(server.fileno()) == (512,)


def test_a_reply_that_is_refused_costs_no_other_its_own(
    server: socket.socket, clients: list[socket.socket]
) -> None:
    """Nobody can be answered at port 0, but a packet may well come from there."""
    batch = Batch(server.family, 512)
    port = server.getsockname()[1].to_bytes(2, "big")
    clients[0].send(b"a")
    with socket.socket(server.family, socket.SOCK_RAW, socket.IPPROTO_UDP) as raw:
        if server.family == socket.AF_INET6:
            raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_CHECKSUM, 6)
        raw.sendto(b"\x00\x00" + port + b"\x00\x09\x00\x00!", (FAMILIES[server.family], 0))
    clients[1].send(b"b")
    assert batch.receive(server.fileno()) == (1, 1, 1)
    assert batch.address(1)[1] == 0
    assert batch.send(server.fileno(), [1, 1, 1]) == 1
    assert [client.recv(9) for client in clients[:2]] == [b"a", b"b"]


def test_a_descriptor_that_is_no_socket_is_an_error(server: socket.socket) -> None:
    with open(os.devnull, "rb") as nothing, pytest.raises(OSError, match="Socket operation"):
        Batch(server.family, 512).receive(nothing.fileno())


def test_one_batch_serves_several_sockets(server: socket.socket) -> None:
    batch = Batch(server.family, 512)
    with (
        socket.socket(server.family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as other,
        socket.socket(server.family, socket.SOCK_DGRAM) as client,
    ):
        other.bind((FAMILIES[server.family], 0))
        client.settimeout(2)
        for sock in (server, other):
            client.sendto(b"?", sock.getsockname())
            assert batch.receive(sock.fileno()) == (1,)
            assert batch.send(sock.fileno(), [1]) == 0
            assert client.recvfrom(9) == (b"?", sock.getsockname())
