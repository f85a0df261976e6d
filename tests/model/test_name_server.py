"""Name servers as people write them."""

import pytest

from mooring.model.error import InvalidArgumentError
from mooring.model.name_server import NameServer, parse_name_server


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("192.0.2.1", NameServer("192.0.2.1")),
        (" 192.0.2.1\n", NameServer("192.0.2.1")),
        ("192.0.2.1#5353", NameServer("192.0.2.1", 5353)),
        ("192.0.2.1:5353", NameServer("192.0.2.1", 5353)),
        ("2001:DB8:0::1", NameServer("2001:db8::1")),
        ("2001:db8::1#5353", NameServer("2001:db8::1", 5353)),
        ("[2001:db8::1]", NameServer("2001:db8::1")),
        ("[2001:db8::1]:5353", NameServer("2001:db8::1", 5353)),
        ("[2001:db8::1]#5353", NameServer("2001:db8::1", 5353)),
        ("fe80::1%eth0", NameServer("fe80::1", 53, "eth0")),
        ("[fe80::1%eth0]:5353", NameServer("fe80::1", 5353, "eth0")),
        ("fe80::1%2#5353", NameServer("fe80::1", 5353, "2")),
        ("::ffff:192.0.2.1", NameServer("::ffff:192.0.2.1")),
    ],
)
def test_an_address_may_have_a_port_and_a_zone(text: str, server: NameServer) -> None:
    assert parse_name_server(text) == server
    assert parse_name_server(str(server)) == server


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dns.example",
        "192.0.2.256",
        "192.0.2.1#",
        "192.0.2.1#0",
        "192.0.2.1#65536",
        "192.0.2.1:dns",
        "192.0.2.1#٥٣",
        "[2001:db8::1",
        "[2001:db8::1]5353",
        "2001:db8::1:5353:1:2:3:4:5",
        "fe80::1%",
        "fe80::1%eth0\nnameserver 192.0.2.6",
        "fe80::1%two words",
        "fe80::1%a/b",
        "fe80::1%longer-than-links",
        "192.0.2.1 192.0.2.2",
    ],
)
def test_anything_else_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(InvalidArgumentError) as refusal:
        parse_name_server(text)
    assert repr(text) in refusal.value.message
    assert "192.0.2.1#5353" in refusal.value.remedy


def test_a_server_is_written_as_short_as_it_can_be() -> None:
    assert str(parse_name_server("[fe80::1%eth0]:53")) == "fe80::1%eth0"
    assert str(parse_name_server("192.0.2.1:5353")) == "192.0.2.1#5353"
