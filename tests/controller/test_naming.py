"""What endpoints and networks claim in the book."""

import pytest

from mooring.book.book import Book
from mooring.book.lookup import Answer, NoData, NotOurs, NxDomain
from mooring.controller.naming import (
    endpoint_claims,
    endpoint_names,
    network_claims,
    reverse_zones,
)
from mooring.model.endpoint import Endpoint
from mooring.model.network import AddressPool, Network
from mooring.wire.constant import Type
from mooring.wire.name import from_text, to_text

NETWORK = Network(
    id="net",
    name="App",
    driver="bridge",
    created="",
    pools=(AddressPool(subnet="172.18.16.0/20"), AddressPool(subnet="fd00:1::/64")),
)
ENDPOINT = Endpoint(
    id="ep",
    network_id="net",
    sandbox_id="s",
    names=("db", "sql", "0123456789ab"),
    ipv4="172.18.16.2/20",
    ipv6="fd00:1::2/64",
)


@pytest.mark.parametrize(
    ("name", "aliases", "identity", "hostname", "expected"),
    [
        ("/web", ["db", "web"], "0123456789abcdef0123", "h1", ["web", "db", "0123456789ab", "h1"]),
        ("/web", [], "0123456789abcdef0123", "0123456789ab", ["web", "0123456789ab"]),
        ("Web", ["WEB"], "0123456789abcdef0123", "Web", ["web", "0123456789ab"]),
    ],
)
def test_an_endpoint_is_known_by_name_aliases_short_id_and_hostname_each_once(
    name: str, aliases: list[str], identity: str, hostname: str, expected: list[str]
) -> None:
    assert endpoint_names(name, aliases, identity, hostname) == expected


def test_every_name_has_every_address_and_each_address_the_first_name() -> None:
    book = Book()
    book.apply([endpoint_claims(ENDPOINT, NETWORK)])
    for name in ENDPOINT.names:
        for rtype, length in ((Type.A, 4), (Type.AAAA, 16)):
            found = book.lookup("net", from_text(name), rtype)
            assert isinstance(found, Answer)
            assert len(found.rrset.rdatas[0]) == length
    pointer = book.lookup("net", from_text("2.16.18.172.in-addr.arpa"), Type.PTR)
    assert isinstance(pointer, Answer)
    assert to_text(pointer.rrset.rdatas[0]) == "db.app."


def test_a_network_speaks_for_the_reverse_names_of_its_subnets_and_no_others() -> None:
    book = Book()
    book.apply([network_claims(NETWORK), endpoint_claims(ENDPOINT, NETWORK)])

    def said(name: str) -> type:
        return type(book.lookup("net", from_text(name), Type.PTR))

    assert said("2.16.18.172.in-addr.arpa") is Answer
    assert said("3.16.18.172.in-addr.arpa") is NxDomain
    assert said("16.18.172.in-addr.arpa") is NoData
    assert said("1.31.18.172.in-addr.arpa") is NxDomain
    assert said("1.32.18.172.in-addr.arpa") is NotOurs
    assert said("1.15.18.172.in-addr.arpa") is NotOurs
    assert said("9.9.9.9.in-addr.arpa") is NotOurs


@pytest.mark.parametrize(
    ("subnet", "count", "first"),
    [
        ("10.0.0.0/8", 1, "10.in-addr.arpa."),
        ("172.18.0.0/16", 1, "18.172.in-addr.arpa."),
        ("172.18.16.0/20", 16, "16.18.172.in-addr.arpa."),
        ("192.0.2.4/30", 4, "4.2.0.192.in-addr.arpa."),
        ("192.0.2.7/32", 1, "7.2.0.192.in-addr.arpa."),
        ("2001:db8::/32", 1, "8.b.d.0.1.0.0.2.ip6.arpa."),
        ("2001:db8::/33", 8, "0.8.b.d.0.1.0.0.2.ip6.arpa."),
    ],
)
def test_reverse_zones_cover_a_subnet_exactly(subnet: str, count: int, first: str) -> None:
    zones = reverse_zones(subnet)
    assert len(zones) == count
    assert to_text(zones[0]) == first
