"""/etc/hosts of a sandbox, as libnetwork writes it."""

import pytest

from mooring.linux.hosts import Entry, extra_entries, own_names, parse_extra, render
from mooring.model.error import InvalidArgumentError

LOCAL = (
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::\tip6-localnet\n"
    "ff00::\tip6-mcastprefix\n"
    "ff02::1\tip6-allnodes\n"
    "ff02::2\tip6-allrouters\n"
)

# A whole file


def test_a_file_begins_with_the_local_lines() -> None:
    assert render([]) == LOCAL


def test_a_line_is_an_address_a_tab_and_names() -> None:
    assert render([Entry("10.11.12.13", "a.example a")]) == LOCAL + "10.11.12.13\ta.example a\n"


def test_without_ipv6_no_line_has_an_ipv6_address() -> None:
    entries = [
        Entry("fdbb:c59c:d015::3", "another.example"),
        Entry("10.11.12.13", "another.example"),
    ]
    assert render(entries, ipv6=False) == "127.0.0.1\tlocalhost\n10.11.12.13\tanother.example\n"


@pytest.mark.parametrize(
    ("hostname", "domainname", "expected"),
    [
        ("abc", "", "abc"),
        ("abc", "example.com", "abc.example.com abc"),
        ("abc.example.com", "", "abc.example.com abc"),
        ("abc.example", "com", "abc.example.com abc"),
    ],
)
def test_the_names_of_a_sandboxs_own_address(hostname: str, domainname: str, expected: str) -> None:
    assert own_names(hostname, domainname) == expected


def test_extra_hosts_come_before_the_sandboxs_own_addresses() -> None:
    extra = [*extra_entries("otherhost.invalid:192.0.2.3", ())]
    extra += extra_entries("otherhost.invalid:2001:db8::1234", ())
    names = own_names("c1.invalid", "")
    own = [Entry("192.168.123.2", names), Entry("fde6:be58:aedf::2", names)]
    assert render([*extra, *own]) == LOCAL + (
        "192.0.2.3\totherhost.invalid\n2001:db8::1234\totherhost.invalid\n"
        "192.168.123.2\tc1.invalid c1\nfde6:be58:aedf::2\tc1.invalid c1\n"
    )


# --add-host


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("thathost:10.0.2.1", "thathost", "10.0.2.1"),
        ("anipv6host:2003:ab34:e::1", "anipv6host", "2003:ab34:e::1"),
        ("ipv6local:::1", "ipv6local", "::1"),
        ("thathost=10.0.2.1", "thathost", "10.0.2.1"),
        ("anipv6host=[2003:ab34:e::1]", "anipv6host", "2003:ab34:e::1"),
        ("anipv6host:[::1]", "anipv6host", "::1"),
    ],
)
def test_an_extra_host_is_a_name_and_an_address(text: str, name: str, address: str) -> None:
    assert parse_extra(text) == Entry(address, name)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("thathost-nosemicolon10.0.0.1", "bad format"),
        (":10.0.0.1", "bad format"),
        ("", "bad format"),
        ("some:host=10.0.0.1", "bad format"),
        ("myhost:192.notanipaddress.1", "invalid IP"),
        ("anipv6host:::::1", "invalid IP"),
        ("ipv6local:::0::", "invalid IP"),
        ("name:", "invalid IP"),
        ("name:fe80::1%eth0", "invalid IP"),
        ("name:fe80::1%eth0\n192.0.2.1 bank.example", "invalid IP"),
        ("two words:10.0.0.1", "two words"),
        ("new\nline:10.0.0.1", "characters"),
    ],
)
def test_anything_else_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidArgumentError, match=reason):
        parse_extra(text)


def test_the_host_itself_can_be_an_extra_host() -> None:
    assert extra_entries("host:host-gateway", ("172.18.0.1", "fd00::1")) == (
        Entry("172.18.0.1", "host"),
        Entry("fd00::1", "host"),
    )
    with pytest.raises(InvalidArgumentError, match="has a gateway"):
        extra_entries("host:host-gateway", ())
