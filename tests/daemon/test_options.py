"""The daemon's options: the file, the flags, and every way in which they can be wrong."""

from pathlib import Path

import pytest

from mooring.daemon.bridge_check import check_bridge, check_fixed_cidr_v6
from mooring.daemon.config import Config, PoolOption
from mooring.daemon.option_check import problems
from mooring.daemon.options import Source
from mooring.daemon.wish import default_bridge, local_pools
from mooring.ipam.predefined import LOCAL_POOLS
from mooring.model.error import InvalidArgumentError


def read(tmp_path: Path, text: str = "", **flags: object) -> Config:
    path = tmp_path / "daemon.toml"
    path.write_text(text)
    return Source(flags=flags, path=str(path)).read()


def refused(tmp_path: Path, text: str = "", /, **flags: object) -> str:
    with pytest.raises(InvalidArgumentError) as caught:
        read(tmp_path, text, **flags)
    return str(caught.value).replace(str(tmp_path), "")


def test_nothing_said_is_the_default(tmp_path: Path) -> None:
    assert read(tmp_path) == Config()
    assert problems(Config()) == []
    assert Config().address == "unix:///run/mooring/mooring.sock"
    assert Config(run_root="/elsewhere").address == "unix:///elsewhere/mooring.sock"


def test_the_file_says_what_flags_say(tmp_path: Path) -> None:
    text = """
        bip = "10.9.0.1/24"
        mtu = 1400
        ip-masq = false
        dns = ["192.0.2.1", "192.0.2.2"]
        default-address-pool = [{ base = "10.16.0.0/12", size = 24 }]
    """
    by_file = read(tmp_path, text)
    by_flags = read(
        tmp_path,
        bip="10.9.0.1/24",
        mtu="1400",
        ip_masq="false",
        dns=("192.0.2.1", "192.0.2.2"),
        default_address_pool=("base=10.16.0.0/12,size=24",),
    )
    assert by_file == by_flags
    assert by_file.default_address_pool == (PoolOption("10.16.0.0/12", 24),)


def test_flags_win_over_the_file(tmp_path: Path) -> None:
    config = read(tmp_path, 'mtu = 1400\ndns = ["192.0.2.1"]\niptables = false', mtu="1300")
    assert (config.mtu, config.dns, config.iptables) == (1300, ("192.0.2.1",), False)


def test_an_unknown_key_is_told_with_the_file_and_the_nearest_one(tmp_path: Path) -> None:
    said = refused(tmp_path, 'fixed_cidr = "10.9.0.0/24"')
    assert "/daemon.toml has the key 'fixed_cidr'" in said
    assert "did you mean fixed-cidr?" in said


@pytest.mark.parametrize("key", ["icc", "ip", "userland-proxy", "ip-forward-no-drop", "zzz"])
def test_what_is_not_built_is_unknown(tmp_path: Path, key: str) -> None:
    assert f"has the key '{key}', which there is not" in refused(tmp_path, f"{key} = true")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('mtu = "1400"', "mtu is '1400', and has to be a whole number"),
        ("bip = 10", "bip is 10, and has to be a string"),
        ('ip-masq = "no"', "ip-masq is 'no', and has to be true or false"),
        ('dns = "192.0.2.1"', "dns is '192.0.2.1', and has to be a list of strings"),
        ("mtu = true", "mtu is true, and has to be a whole number"),
        ('default-address-pool = ["10.0.0.0/8"]', "has to be a list of tables with base and size"),
        (
            'default-address-pool = [{base = "10.0.0.0/8", sice = 24}]',
            "has to be a list of tables with base and size",
        ),
    ],
)
def test_a_wrong_type_names_the_key(tmp_path: Path, line: str, said: str) -> None:
    assert said in refused(tmp_path, line)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("mtu", "many", "--mtu is 'many', and has to be a whole number"),
        ("iptables", "maybe", "--iptables is 'maybe', and has to be true or false"),
        ("default_address_pool", ("10.0.0.0/8",), "of the form base=10.10.0.0/16,size=24"),
    ],
)
def test_a_flag_that_cannot_be_read_is_named(
    tmp_path: Path, field: str, value: object, said: str
) -> None:
    assert said in refused(tmp_path, **{field: value})


def test_a_broken_file_says_where(tmp_path: Path) -> None:
    assert "/daemon.toml is not TOML" in refused(tmp_path, "bip = ")
    assert "line 2" in refused(tmp_path, "mtu = 1400\nbip = x")


def test_a_file_that_was_named_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="there is no file"):
        Source(path=str(tmp_path / "none")).read()


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="cannot be read: Is a directory"):
        Source(path=str(tmp_path)).read()
    (tmp_path / "latin").write_bytes(b'bip = "\xe9"')
    with pytest.raises(InvalidArgumentError, match="cannot be read: it is not UTF-8"):
        Source(path=str(tmp_path / "latin")).read()


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    said = refused(
        tmp_path, 'bogus = 1\nmtu = "x"\nbip = "10.9.0.1"', bridge="br0", dns_ttl="86401"
    )
    assert "the daemon's options have 5 problems:" in said
    for part in ("'bogus'", "mtu is 'x'", "--bip 10.9.0.1 has no", "exclude each", "--dns-ttl 864"):
        assert part in said


WRONG = {
    "an address without length": (Config(bip="10.9.0.1"), "has no prefix length"),
    "no address": (Config(bip="10.9.0"), "cannot be read; write it as 172.30.0.1/24"),
    "the network's address": (Config(bip="10.9.0.0/24"), "is 10.9.0.0/24 itself"),
    "the broadcast address": (Config(bip="10.9.0.255/24"), "is 10.9.0.0/24 itself"),
    "a multicast address": (Config(bip="224.0.0.5/24"), "not an address that a bridge can have"),
    "IPv6 where IPv4 is due": (Config(bip="fd00::1/64"), "is IPv6, and has to be IPv4"),
    "IPv4 where IPv6 is due": (Config(bip6="10.9.0.1/24"), "is IPv4, and has to be IPv6"),
    "a range that is none": (Config(fixed_cidr="10.9.0.0/33"), "--fixed-cidr '10.9.0.0/33' cannot"),
    "a loopback range": (Config(fixed_cidr="127.0.0.0/24"), "no addresses that an interface"),
    "a gateway with length": (Config(default_gateway="10.9.0.1/24"), "has a prefix length"),
    "a gateway that is none": (Config(default_gateway="x"), "--default-gateway 'x/32' cannot be"),
    "a gateway outside": (
        Config(bip="10.9.0.1/24", default_gateway="10.8.0.1"),
        "--default-gateway 10.8.0.1 is not in 10.9.0.0/24",
    ),
    "a range outside": (
        Config(bip="10.9.0.1/24", fixed_cidr="10.8.0.0/24"),
        "--fixed-cidr 10.8.0.0/24 is not in 10.9.0.0/24, the subnet of --bip",
    ),
    "a range too big": (
        Config(bip6="fd00::1/64", fixed_cidr_v6="fd00::/56"),
        "--fixed-cidr-v6 fd00::/56 is not in fd00::/64, the subnet of --bip6",
    ),
    "a bridge and its address": (
        Config(bridge="br0", bip="10.9.0.1/24"),
        "--bridge br0 and --bip exclude each other",
    ),
    "a bridge and its IPv6 address": (
        Config(bridge="br0", bip6="fd00::1/64"),
        "--bridge br0 and --bip6 exclude each other",
    ),
    "no bridge, and its MTU": (
        Config(bridge="none", mtu=1400),
        "--mtu and --bridge none exclude each other",
    ),
    "no bridge, and its names": (
        Config(bridge="none", default_bridge_dns=True),
        "--default-bridge-dns and --bridge none exclude each other",
    ),
    "no bridge, and its range": (
        Config(bridge="none", fixed_cidr="10.9.0.0/24"),
        "--fixed-cidr and --bridge none exclude each other",
    ),
    "a bridge's name": (Config(bridge="a/b"), "is no name for a link"),
    "masquerading without the firewall": (
        Config(iptables=False, ip_masq=True),
        "--ip-masq=true needs the firewall",
    ),
    "IPv6 masquerading without the firewall": (
        Config(ip6tables=False, ip_masq=True, ipv6=True),
        "--ip-masq=true needs the firewall for IPv6 too",
    ),
    "IPv6 forbidden and wanted": (
        Config(ipv6=False, bip6="fd00::1/64"),
        "--bip6 and --ipv6=false exclude each other",
    ),
    "a small MTU": (Config(mtu=67), "--mtu 67 is no MTU"),
    "a big MTU": (Config(mtu=65536), "--mtu 65536 is no MTU"),
    "a negative MTU": (Config(mtu=-2), "--mtu -2 is no MTU"),
    "an MTU too small for IPv6": (Config(mtu=1000, ipv6=True), "is too small for IPv6"),
    "a server": (Config(dns=("ns.example",)), "--dns: 'ns.example' is not the address"),
    "a server's port on the default bridge": (
        Config(dns=("192.0.2.1#5353",)),
        "--dns 192.0.2.1#5353 has a port",
    ),
    "a search domain": (Config(dns_search=("a..b",)), "--dns-search: search domain 'a..b'"),
    "an option of resolv.conf": (Config(dns_opt=("a b",)), "--dns-opt 'a b' is no option"),
    "too many servers": (Config(dns=("192.0.2.1",) * 65), "--dns is given 65 times"),
    "a TTL": (Config(dns_ttl=-1), "--dns-ttl -1 is no TTL"),
    "a pool": (
        Config(default_address_pool=(PoolOption("10.0.0.0/24", 16),)),
        "--default-address-pool base=10.0.0.0/24,size=16: invalid address pool",
    ),
    "pools that overlap": (
        Config(default_address_pool=(PoolOption("10.0.0.0/8", 24), PoolOption("10.1.0.0/16", 24))),
        "10.0.0.0/8 and 10.1.0.0/16 overlap",
    ),
    "a level": (Config(log_level="loud"), "--log-level 'loud' is not known; there are debug"),
    "a format": (Config(log_format="xml"), "--log-format 'xml' is not known"),
    "a path": (Config(data_root=""), "--data-root '' is no path"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_has_one_sentence(name: str) -> None:
    config, said = WRONG[name]
    (problem,) = problems(config)
    assert said in problem


FINE = {
    "the default bridge's own name": Config(bridge="mooring0", bip="10.9.0.1/24"),
    "a bridge and a range of it": Config(bridge="br0", fixed_cidr="10.9.0.0/24"),
    "no bridge": Config(bridge="none"),
    "no firewall": Config(iptables=False, ip6tables=False),
    "no firewall and no masquerading": Config(iptables=False, ip_masq=False),
    "no IPv6 firewall, masquerading IPv4": Config(ip6tables=False, ip_masq=True),
    "host bits in a range": Config(bip="10.9.0.1/16", fixed_cidr="10.9.4.7/24"),
    "a small MTU without IPv6": Config(mtu=1000),
    "a server's port where there are resolvers": Config(
        dns=("192.0.2.1#5353",), default_bridge_dns=True
    ),
    "no search domains": Config(dns_search=(".",)),
    "pools of both families": Config(
        default_address_pool=(PoolOption("10.0.0.0/8", 24), PoolOption("fd00::/48", 64))
    ),
}


@pytest.mark.parametrize("name", FINE)
def test_what_goes_together_is_accepted(name: str) -> None:
    assert problems(FINE[name]) == []


@pytest.mark.parametrize(
    ("prefix", "said"),
    [
        ("", ""),
        ("fe80::/64", ""),
        ("fe80:1234::/56", ""),
        ("2001:db8::/32", ""),
        ("fe80::/65", "clashes with the link-local prefix fe80::/64"),
        ("fe80::/10", "clashes with the link-local prefix"),
        ("2000:db8::", "has no prefix length"),
        ("10.1.2.0/24", "is IPv4, and has to be IPv6"),
        ("::ffff:a01:203/24", "is an IPv4-mapped prefix"),
        ("::ffff:10.1.2.3/120", "is an IPv4-mapped prefix"),
        ("ff05::/64", "is a multicast prefix"),
        ("2000:db8::/129", "cannot be read"),
    ],
)
def test_the_ipv6_range(prefix: str, said: str) -> None:
    found = check_fixed_cidr_v6(prefix)
    assert bool(found) == bool(said)
    assert said in "".join(found)


def test_a_bridge_s_subnets_gateways_and_mtu_go_together() -> None:
    assert check_bridge(ipv4="172.28.0.0/16") == []
    assert check_bridge(mtu=9000) == []
    assert check_bridge(mtu=-2)
    assert check_bridge(ipv4="172.28.0.0/16", default_gateway="172.28.30.234") == []
    assert check_bridge(ipv4="172.28.0.0/16", default_gateway="172.27.30.234")
    assert check_bridge(ipv6="2001:db8:1::/64", default_gateway_v6="2001:db8:1::5") == []
    assert check_bridge(ipv6="2001:db8:1::/64", default_gateway_v6="2001:db8:2::5")


def test_no_firewall_alone_turns_masquerading_off_without_a_word() -> None:
    assert problems(Config(iptables=False)) == []


def test_ipv6_is_wanted_when_anything_about_it_is_said() -> None:
    for config in (Config(ipv6=True), Config(bip6="fd00::1/64"), Config(fixed_cidr_v6="fd00::/64")):
        wished = default_bridge(config)
        assert wished is not None
        assert wished.ipv6 is not None
    plain = default_bridge(Config())
    assert plain is not None
    assert plain.ipv6 is None


def test_pools_of_one_s_own_take_the_place_of_those_of_their_family() -> None:
    pools = local_pools(Config(default_address_pool=(PoolOption("10.0.0.0/8", 24),)), "id")
    assert str(pools[0].base) == "10.0.0.0/8"
    assert [pool.base.version for pool in pools] == [4, 6]
    assert local_pools(Config(), "id")[:-1] == LOCAL_POOLS
