"""/etc/hosts of a sandbox, as libnetwork writes it."""

import pytest

from mooring.linux.hosts import (
    Entry,
    append,
    delete,
    extra_entries,
    own_names,
    parse_extra,
    render,
    update,
)
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


# Changes


def test_networks_come_and_go_and_the_rest_stays() -> None:
    extra = [*extra_entries("otherhost.invalid:192.0.2.3", ())]
    extra += extra_entries("otherhost.invalid:2001:db8::1234", ())
    names = own_names("c1.invalid", "")
    first = [Entry("192.168.123.2", names), Entry("fde6:be58:aedf::2", names)]
    second = [Entry("192.168.124.2", names), Entry("fdd2:c4e3:c4d5::2", names)]
    fixed = LOCAL + "192.0.2.3\totherhost.invalid\n2001:db8::1234\totherhost.invalid\n"
    of_first = "192.168.123.2\tc1.invalid c1\nfde6:be58:aedf::2\tc1.invalid c1\n"
    of_second = "192.168.124.2\tc1.invalid c1\nfdd2:c4e3:c4d5::2\tc1.invalid c1\n"
    text = render([*extra, *first, *second])
    assert text == fixed + of_first + of_second
    text = delete(text, first)
    assert text == fixed + of_second
    text = append(text, first)
    assert text == fixed + of_second + of_first
    assert delete(text, first) == fixed + of_second


def test_deleting_drops_empty_lines_and_keeps_comments() -> None:
    assert delete("\n", [Entry("2.2.2.2", "prefix")]) == ""
    text = "# mine\n\n1.1.1.1\tprefixAndMore\n2.2.2.2\tprefix"
    assert delete(text, [Entry("2.2.2.2", "prefix")]) == "# mine\n1.1.1.1\tprefixAndMore\n"


def test_deleting_touches_no_line_that_only_looks_alike() -> None:
    text = "2.2.2.2\tprefixAndMore\n2.2.2.2\tprefix more\n3.2.2.2\tprefix\n"
    assert delete(text, [Entry("2.2.2.2", "prefix")]) == text


def test_a_line_is_appended_on_a_line_of_its_own() -> None:
    assert append("1.1.1.1\ta", [Entry("2.2.2.2", "b")]) == "1.1.1.1\ta\n2.2.2.2\tb\n"
    assert append("", [Entry("2.2.2.2", "b")]) == "2.2.2.2\tb\n"


def test_an_address_is_changed_where_the_name_comes_first() -> None:
    text = "10.11.12.13\ttesthostname.testdomainname testhostname\n"
    changed = "1.1.1.1\ttesthostname.testdomainname testhostname\n"
    assert update(text, "testhostname", "1.1.1.1") == changed
    assert update(text, "testhostname.testdomainname", "1.1.1.1") == changed


@pytest.mark.parametrize(
    "text",
    [
        "2.2.2.2\tprefixAndMore\n",
        "2.2.2.2\tother prefix\n",
        "2.2.2.2\tother www.prefix\n",
        "#2.2.2.2\tprefix\n",
        "\n",
        "2.2.2.2\n",
    ],
)
def test_other_lines_keep_their_address(text: str) -> None:
    assert update(text, "prefix", "5.5.5.5") == text


def test_each_family_has_an_address_of_its_own() -> None:
    text = "2.2.2.2\tname\n2001:db8::2\tname\n"
    assert update(text, "name", "5.5.5.5") == "5.5.5.5\tname\n2001:db8::2\tname\n"
    assert update(text, "name", "2001:db8::5") == "2.2.2.2\tname\n2001:db8::5\tname\n"


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
