"""The texts of ``-p`` and ``--expose``."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.model.error import InvalidArgumentError
from mooring.model.port import PortRequest
from mooring.model.publish import parse_exposed, parse_publish


@pytest.mark.parametrize(
    ("text", "port", "protocol", "host_ip", "start", "end"),
    [
        ("80", 80, "tcp", "", 0, 0),
        ("80/udp", 80, "udp", "", 0, 0),
        ("80/TCP", 80, "tcp", "", 0, 0),
        ("8080:80", 80, "tcp", "", 8080, 0),
        (":80", 80, "tcp", "", 0, 0),
        ("0:80", 80, "tcp", "", 0, 0),
        ("8080-8089:80/sctp", 80, "sctp", "", 8080, 8089),
        ("127.0.0.1:8080:80", 80, "tcp", "127.0.0.1", 8080, 0),
        ("127.0.0.1::80", 80, "tcp", "127.0.0.1", 0, 0),
        ("[::]:8080:80", 80, "tcp", "::", 8080, 0),
        ("[2001:DB8:0::1]::80", 80, "tcp", "2001:db8::1", 0, 0),
        ("2001:db8::1:8080:80", 80, "tcp", "2001:db8::1", 8080, 0),
        ("[::ffff:127.0.0.1]:8080:80", 80, "tcp", "127.0.0.1", 8080, 0),
    ],
)
def test_one_port(text: str, port: int, protocol: str, host_ip: str, start: int, end: int) -> None:
    assert parse_publish(text) == (
        PortRequest(
            container_port=port,
            protocol=protocol,
            host_ip=host_ip,
            host_port=start,
            host_port_end=end,
        ),
    )


def test_two_ranges_pair_their_ports_and_one_takes_free_ones() -> None:
    pairs = [(r.host_port, r.container_port) for r in parse_publish("8000-8002:80-82")]
    assert pairs == [(8000, 80), (8001, 81), (8002, 82)]
    free = [(r.host_port, r.container_port) for r in parse_publish("80-81")]
    assert free == [(0, 80), (0, 81)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'' is no port"),
        ("0", "no port 0"),
        ("65536", "no port 65536"),
        ("80/icmp", "no protocol 'icmp'"),
        ("80/", "no protocol ''"),
        ("81-80", "runs backwards"),
        ("1-:80", "'' is no port"),
        ("8000-8001:80-82", "not of one length"),
        ("127.0.0.1:80", "'127.0.0.1' is no port"),
        ("host:8080:80", "'host' is no address"),
        ("[::1:80", "is no port to publish"),
        ("[::1]80:80", "is no port to publish"),
        ("٨٠", "is no port"),
        ("-1", "'' is no port"),
    ],
)
def test_what_makes_no_sense_is_named(text: str, said: str) -> None:
    with pytest.raises(InvalidArgumentError, match=re.escape(said)):
        parse_publish(text)


def test_exposed_ports_may_be_ranges() -> None:
    assert parse_exposed("80-81/udp") == ((80, "udp"), (81, "udp"))
    assert parse_exposed("80") == ((80, "tcp"),)


@given(st.text(alphabet="0123456789-:/[].tcpud", max_size=24))
def test_any_text_is_ports_or_an_error_that_a_person_can_read(text: str) -> None:
    found: tuple[PortRequest, ...] = ()
    remedy = "none is needed"
    try:
        found = parse_publish(text)
    except InvalidArgumentError as error:
        remedy = error.remedy
    assert remedy
    assert all(0 < request.container_port <= 65535 for request in found)
    assert all(0 <= request.host_port <= 65535 for request in found)
