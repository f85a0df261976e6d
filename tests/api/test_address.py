"""Addresses of the API."""

import pytest

from mooring.api.address import TcpAddress, UnixAddress, parse_address
from mooring.model.error import InvalidArgumentError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("unix:///run/moor.sock", UnixAddress("/run/moor.sock")),
        ("tcp://127.0.0.1:2375", TcpAddress("127.0.0.1", 2375)),
        ("tcp://localhost:0", TcpAddress("127.0.0.1", 0)),
        ("tcp://[::1]:65535", TcpAddress("::1", 65535)),
    ],
)
def test_an_address_is_a_unix_socket_or_a_tcp_port(
    text: str, address: UnixAddress | TcpAddress
) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/run/moor.sock",
        "unix://",
        "unix://moor.sock",
        "unix:///run/",
        "unix:///run/a\0b",
        f"unix:///{'x' * 107}",
        "tcp://",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:65536",
        "tcp://127.0.0.1:-1",
        "tcp://127.0.0.1:²",
        "tcp://example.org:80",
        "http://127.0.0.1:80",
    ],
)
def test_anything_else_is_refused_with_what_would_work(text: str) -> None:
    with pytest.raises(InvalidArgumentError) as refusal:
        parse_address(text)
    assert refusal.value.remedy


def test_a_path_as_long_as_the_kernel_takes_is_taken() -> None:
    path = f"/{'x' * 106}"
    assert parse_address(f"unix://{path}") == UnixAddress(path)


def test_only_this_machine_reaches_a_loopback_address() -> None:
    assert TcpAddress("127.0.0.9", 1).loopback
    assert TcpAddress("::1", 1).loopback
    assert not TcpAddress("0.0.0.0", 1).loopback
    assert not TcpAddress("::", 1).loopback
