"""Ports that are held: nobody else gets them, nobody is accepted, and who has one is named."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from mooring.linux.held_ports import HeldPorts, PortInUseError
from mooring.linux.port_owner import find_owner
from mooring.model.error import InvalidArgumentError

HOLD = (
    "import socket, sys\n"
    "held = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET,"
    " socket.SOCK_DGRAM if sys.argv[3] == 'udp' else socket.SOCK_STREAM)\n"
    "held.bind((sys.argv[1], int(sys.argv[2])))\n"
    "if sys.argv[3] == 'tcp': held.listen()\n"
    "print(flush=True)\n"
    "sys.stdin.read()\n"
)


@pytest.fixture
def held() -> Iterator[HeldPorts]:
    ports = HeldPorts()
    yield ports
    ports.close()


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1", "::", "::1"])
def test_a_held_port_listens_and_accepts_nobody(held: HeldPorts, address: str) -> None:
    held.hold("tcp", address, 8080)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as client:
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.connect(("::1" if ":" in address else "127.0.0.1", 8080))


def test_one_port_is_held_for_each_protocol_and_family_by_itself(held: HeldPorts) -> None:
    for protocol in ("tcp", "udp"):
        for address in ("0.0.0.0", "::"):
            held.hold(protocol, address, 8080)
            held.hold(protocol, address, 8080)
    assert len(held.places()) == 4
    for protocol, address, port in held.places():
        held.release(protocol, address, port)
        held.release(protocol, address, port)
    socket.create_server(("127.0.0.1", 8080)).close()


@pytest.mark.parametrize(
    ("protocol", "theirs", "ours"),
    [
        ("tcp", "0.0.0.0", "127.0.0.1"),
        ("tcp", "127.0.0.1", "0.0.0.0"),
        ("tcp", "::1", "::"),
        ("tcp", "::", "0.0.0.0"),
        ("tcp", "::ffff:127.0.0.1", "0.0.0.0"),
        ("udp", "127.0.0.1", "127.0.0.1"),
        ("udp", "::", "::1"),
    ],
)
def test_who_has_a_port_is_named(held: HeldPorts, protocol: str, theirs: str, ours: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, theirs, "8080", protocol],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(PortInUseError) as told:
            held.hold(protocol, ours, 8080)
        other.communicate()
    assert f"8080/{protocol}: address already in use by python" in told.value.message
    assert told.value.message.endswith(f" (process {other.pid})")
    assert not held.places()


def test_a_port_that_nobody_has_has_no_owner() -> None:
    assert find_owner("tcp", "0.0.0.0", 8080) == ""
    assert find_owner("sctp", "0.0.0.0", 8080) == ""


def test_an_address_of_somebody_else_is_named(held: HeldPorts) -> None:
    with pytest.raises(InvalidArgumentError, match=r"the host has no address 192\.0\.2\.1"):
        held.hold("tcp", "192.0.2.1", 8080)
