"""resolv.conf as libnetwork reads and writes it, without a public server in it unasked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.linux.resolv_conf import (
    NO_SERVERS,
    SYSTEMD_SOURCE,
    Overrides,
    ResolvConf,
    add_option,
    digest,
    for_legacy,
    for_resolver,
    is_edited,
    legacy_source,
    option,
    override,
    parse,
    prefixes,
    render,
)
from mooring.model.error import InvalidArgumentError

HOST = "/etc/resolv.conf"
PUBLIC = ("8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844")


def lines(*text: str) -> str:
    return "".join(f"{line}\n" for line in text)


# For a sandbox with a resolver of its own

RESOLVER_CASES = {
    "servers of both families stay behind the resolver": (
        ("nameserver 10.0.0.1", "nameserver fdb6:b8fe:b528::1"),
        None,
        (),
        (
            "nameserver 127.0.0.11",
            "",
            "# Based on host file: '/etc/resolv.conf' (internal resolver)",
            "# ExtServers: [host(10.0.0.1) host(fdb6:b8fe:b528::1)]",
            "# Overrides: []",
        ),
    ),
    "loopback servers too, since they are asked from the host": (
        ("nameserver 127.0.0.53", "nameserver ::1"),
        None,
        (),
        (
            "nameserver 127.0.0.11",
            "",
            "# Based on host file: '/etc/resolv.conf' (internal resolver)",
            "# ExtServers: [host(127.0.0.53) host(::1)]",
            "# Overrides: []",
        ),
    ),
    "an ndots of the host stands": (
        ("nameserver 127.0.0.53", "options ndots:1"),
        None,
        ("ndots:0",),
        (
            "nameserver 127.0.0.11",
            "options ndots:1",
            "",
            "# Based on host file: '/etc/resolv.conf' (internal resolver)",
            "# ExtServers: [host(127.0.0.53)]",
            "# Overrides: []",
            "# Option ndots from: host",
        ),
    ),
    "an ndots of the user stands": (
        ("nameserver 127.0.0.53",),
        ("ndots:2",),
        ("ndots:0",),
        (
            "nameserver 127.0.0.11",
            "options ndots:2",
            "",
            "# Based on host file: '/etc/resolv.conf' (internal resolver)",
            "# ExtServers: [host(127.0.0.53)]",
            "# Overrides: [options]",
            "# Option ndots from: override",
        ),
    ),
    "required options are added unless they are there": (
        ("nameserver 127.0.0.53", "options trust-ad"),
        None,
        ("ndots:0", "attempts:3", "edns0", "trust-ad"),
        (
            "nameserver 127.0.0.11",
            "options trust-ad ndots:0 attempts:3 edns0",
            "",
            "# Based on host file: '/etc/resolv.conf' (internal resolver)",
            "# ExtServers: [host(127.0.0.53)]",
            "# Overrides: []",
            "# Option ndots from: internal",
        ),
    ),
    "a host without servers is noted": (
        (),
        None,
        (),
        (
            "nameserver 127.0.0.11",
            "",
            "# Based on host file: '/etc/resolv.conf' (internal resolver)",
            "# NO EXTERNAL NAMESERVERS DEFINED",
            "# Overrides: []",
        ),
    ),
}


@pytest.mark.parametrize(
    ("host", "options", "required", "expected"), RESOLVER_CASES.values(), ids=RESOLVER_CASES
)
def test_for_a_sandbox_with_a_resolver(
    host: tuple[str, ...],
    options: tuple[str, ...] | None,
    required: tuple[str, ...],
    expected: tuple[str, ...],
) -> None:
    conf = override(parse(lines(*host), HOST), Overrides(options=options))
    assert render(for_resolver(conf, "127.0.0.11", required), header="") == lines(*expected)


def test_servers_given_by_the_user_are_asked_from_the_sandbox() -> None:
    conf = override(parse("nameserver 127.0.0.53", HOST), Overrides(servers=("10.0.0.1#5353",)))
    conf = for_resolver(conf, "127.0.0.11")
    assert [(each.address, each.host) for each in conf.upstreams] == [("10.0.0.1#5353", False)]
    assert "# ExtServers: [10.0.0.1#5353]\n# Overrides: [nameservers]\n" in render(conf)


@pytest.mark.parametrize(
    ("options", "required", "expected", "value", "source"),
    [
        ("ndots:-1", (), ("ndots:-1",), "-1", "host"),
        ("ndots:-1 foo:bar ndots ndots:", ("ndots:2",), ("foo:bar", "ndots:2"), "2", "internal"),
        ("ndots:1 foo:bar ndots ndots:", ("ndots:2",), ("ndots:1", "foo:bar"), "1", "host"),
    ],
)
def test_an_invalid_ndots_goes_only_where_one_is_required(
    options: str, required: tuple[str, ...], expected: tuple[str, ...], value: str, source: str
) -> None:
    conf = for_resolver(parse(f"options {options}", HOST), "127.0.0.11", required)
    assert conf.options == expected
    assert option(conf.options, "ndots") == value
    assert conf.ndots_from == source


@pytest.mark.parametrize(
    ("given", "at_first", "with_resolver"),
    [(("ndots:5",), ("ndots:5",), ("ndots:5",)), (("ndots:-1",), ("ndots:-1",), ("ndots:0",))],
)
def test_options_given_by_the_user_before_and_behind_the_resolver(
    given: tuple[str, ...], at_first: tuple[str, ...], with_resolver: tuple[str, ...]
) -> None:
    conf = override(parse("", HOST), Overrides(options=given))
    assert conf.options == at_first
    assert for_resolver(conf, "127.0.0.11", ("ndots:0",)).options == with_resolver


# For a sandbox without

LEGACY_CASES = {
    "IPv6 servers go where there is no IPv6": (
        ("10.0.0.1", "fdb6:b8fe:b528::1"),
        False,
        ("nameserver 10.0.0.1", "", "# Based on host file: '/etc/resolv.conf' (legacy)"),
    ),
    "loopback servers go": (
        ("127.0.0.53", "fd3e:2d1a:1f5a::1"),
        True,
        ("nameserver fd3e:2d1a:1f5a::1", "", "# Based on host file: '/etc/resolv.conf' (legacy)"),
    ),
    "a fallback is used where none is left": (
        ("127.0.0.53", "fd3e:2d1a:1f5a::1"),
        False,
        (
            "nameserver 8.8.8.8",
            "nameserver 8.8.4.4",
            "",
            "# Based on host file: '/etc/resolv.conf' (legacy)",
            "# Used default nameservers.",
        ),
    ),
}


@pytest.mark.parametrize(("servers", "ipv6", "expected"), LEGACY_CASES.values(), ids=LEGACY_CASES)
def test_for_a_sandbox_without_a_resolver(
    servers: tuple[str, ...], ipv6: bool, expected: tuple[str, ...]
) -> None:
    conf = parse(lines(*(f"nameserver {server}" for server in servers)), HOST)
    found = render(for_legacy(conf, ipv6=ipv6, fallback=PUBLIC), header="")
    assert found == lines(*expected, "# Overrides: []")


def test_the_fallback_has_ipv6_servers_where_there_is_ipv6() -> None:
    assert for_legacy(parse(""), ipv6=True, fallback=PUBLIC).servers == PUBLIC


def test_no_public_server_is_put_in_unasked() -> None:
    conf = for_legacy(parse("nameserver 127.0.0.53", HOST), ipv6=True)
    assert conf.servers == ()
    assert NO_SERVERS in render(conf)


def test_servers_given_by_the_user_stay_whatever_they_are() -> None:
    conf = override(parse(""), Overrides(servers=("127.0.0.1", "::1")))
    assert for_legacy(conf, ipv6=False, fallback=PUBLIC).servers == ("127.0.0.1", "::1")


def test_a_port_that_no_file_can_say_is_refused() -> None:
    conf = override(parse(""), Overrides(servers=("10.0.0.1#5353",)))
    with pytest.raises(InvalidArgumentError, match=r"10\.0\.0\.1#5353"):
        for_legacy(conf, ipv6=False)


def test_behind_the_stub_of_systemd_are_its_own_servers() -> None:
    assert legacy_source(parse("nameserver 127.0.0.53", HOST)) == SYSTEMD_SOURCE
    assert legacy_source(parse("nameserver 127.0.0.53\nnameserver 10.0.0.1", HOST)) == HOST
    assert legacy_source(parse("", HOST)) == HOST


# Overrides


def test_an_empty_list_in_place_of_the_files_counts() -> None:
    conf = override(parse("nameserver 10.0.0.1"), Overrides((), (), ()))
    assert render(conf, header="") == (
        "\n# Based on host file: ''\n# Overrides: [nameservers search options]\n"
    )


def test_an_added_option_is_no_override() -> None:
    conf = ResolvConf(
        servers=("1.2.3.4",), search=("invalid",), options=("ndots:0",), ndots_from="host"
    )
    assert render(add_option(conf, "attempts:3"), header="") == lines(
        "nameserver 1.2.3.4",
        "search invalid",
        "options ndots:0 attempts:3",
        "",
        "# Based on host file: ''",
        "# Overrides: []",
        "# Option ndots from: host",
    )


def test_a_search_list_of_one_dot_is_empty() -> None:
    conf = override(parse("search example.com"), Overrides(search=(".",)))
    assert conf.search == ()
    assert "search" not in render(conf, header="").splitlines()[0]


def test_a_server_given_by_the_user_must_be_an_address() -> None:
    with pytest.raises(InvalidArgumentError, match=r"dns\.example"):
        override(parse(""), Overrides(servers=("dns.example",)))


# Reading


@pytest.mark.parametrize(
    ("name", "value"), [("trust-ad", None), ("ndots", "1"), ("edns0", ""), ("attempts", "3")]
)
def test_the_last_option_of_a_name_counts(name: str, value: str | None) -> None:
    assert option(("ndots:0", "edns0", "attempts:3", "ndots:1"), name) == value


def test_directives_unknown_here_are_kept() -> None:
    text = lines(
        "",
        "something unexpected",
        "nameserver 127.0.0.53",
        "options ndots:1",
        "unrecognised thing",
    )
    assert render(parse(text, HOST), header="") == lines(
        "nameserver 127.0.0.53",
        "options ndots:1",
        "something unexpected",
        "unrecognised thing",
        "",
        "# Based on host file: '/etc/resolv.conf'",
        "# Overrides: []",
        "# Option ndots from: host",
    )


def test_a_server_that_is_no_address_is_named_in_a_comment() -> None:
    text = "nameserver 1.2.3.4.5\nnameserver 1.2.3.4\nnameserver\nnameserver fe80::1%a/b\n"
    conf = parse(text, HOST)
    assert conf.servers == ("1.2.3.4",)
    assert "# Invalid nameservers: [1.2.3.4.5 fe80::1%a/b]\n" in render(conf)


def test_the_last_search_list_counts_and_domain_is_one_too() -> None:
    text = "search a.example b.example\ndomain c.example\n"
    assert parse(text).search == ("c.example",)
    assert parse(text + "search d.example e.example\n").search == ("d.example", "e.example")


def test_options_add_up() -> None:
    assert parse("options ndots:1\noptions edns0 rotate\n").options == (
        "ndots:1",
        "edns0",
        "rotate",
    )


def test_comments_and_carriage_returns_are_nothing() -> None:
    conf = parse("# nameserver 1.1.1.1\r\n; nameserver 1.1.1.1\r\nnameserver 10.0.0.1\r\nodd\r\n")
    assert (conf.servers, conf.others) == (("10.0.0.1",), ("odd",))


def test_an_address_is_written_in_its_usual_form() -> None:
    conf = parse("nameserver FE80:0::1%eth0\nnameserver 2001:DB8::0001")
    assert conf.servers == ("fe80::1%eth0", "2001:db8::1")


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(InvalidArgumentError) as refusal:
        parse("a" * 65537 + "\n", HOST)
    assert refusal.value.message == (
        "failed to parse resolv.conf from /etc/resolv.conf: line too long (exceeds 65536)"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("search example.com", ()),
        ("  nameserver 1.2.3.4   ", ("1.2.3.4/32",)),
        (
            "nameserver 1.2.3.4\nsearch example.com\nnameserver 4.30.20.100",
            ("1.2.3.4/32", "4.30.20.100/32"),
        ),
        ("search example.com\nnameserver 1.2.3.4\n#nameserver 4.3.2.1", ("1.2.3.4/32",)),
        ("nameserver fd6f:c490:ec68::1", ("fd6f:c490:ec68::1/128",)),
        ("nameserver fe80::1234%eth0", ("fe80::1234/128",)),
    ],
)
def test_address_pools_keep_clear_of_the_servers(text: str, expected: tuple[str, ...]) -> None:
    assert prefixes(parse(text)) == expected


@given(st.text(alphabet="nameserv optisch.:1f%\t\n#d", max_size=80))
def test_what_is_written_reads_the_same_again(text: str) -> None:
    conf = parse(text, HOST)
    again = parse(render(conf), HOST)
    assert (again.servers, again.search, again.options) == (
        conf.servers,
        conf.search,
        conf.options,
    )


# Edits by the user


def test_a_text_is_known_again_by_its_digest() -> None:
    assert digest("") == ("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    assert not is_edited("text", digest("text"))
    assert is_edited("text\n", digest("text"))


def test_without_a_digest_nothing_was_written_and_so_nothing_edited() -> None:
    assert not is_edited("text", None)
