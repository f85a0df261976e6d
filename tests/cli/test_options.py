"""What options mean before anybody is asked: subnets, networks, variables, hosts."""

from pathlib import Path
from typing import Any

import pytest

from mooring.cli.environment import additions
from mooring.cli.network_option import endpoints_config
from mooring.cli.pool_option import pools
from mooring.cli.resolv_option import extra_hosts
from mooring.model.error import InvalidArgumentError


def test_ranges_gateways_and_auxiliary_addresses_find_their_subnets() -> None:
    assert pools(
        ["10.1.0.0/16", "fd00:1::/64", "10.2.0.0/16"],
        ["10.2.3.0/24", "10.1.2.0/24"],
        ["fd00:1::1", "10.1.0.9"],
        {"printer": "10.1.0.7", "router": "fd00:1::7", "phone": "10.1.0.8"},
    ) == [
        {
            "Subnet": "10.1.0.0/16",
            "IPRange": "10.1.2.0/24",
            "Gateway": "10.1.0.9",
            "AuxiliaryAddresses": {"printer": "10.1.0.7", "phone": "10.1.0.8"},
        },
        {
            "Subnet": "fd00:1::/64",
            "Gateway": "fd00:1::1",
            "AuxiliaryAddresses": {"router": "fd00:1::7"},
        },
        {"Subnet": "10.2.0.0/16", "IPRange": "10.2.3.0/24"},
    ]
    assert pools([], [], [], {}) == []


@pytest.mark.parametrize(
    ("subnets", "ranges", "gateways", "auxiliary", "reason"),
    [
        (["10.1.0.1/16"], [], [], {}, "'10.1.0.1/16' is not a subnet"),
        (["x"], [], [], {}, "'x' is not a subnet"),
        (["10.1.0.0/16", "10.1.2.0/24"], [], [], {}, "overlaps --subnet 10.1.0.0/16"),
        (
            [],
            ["10.1.2.0/24"],
            [],
            {},
            "no --subnet contains --ip-range 10.1.2.0/24 (none is given)",
        ),
        (["10.1.2.0/24"], ["10.1.0.0/16"], [], {}, "contains --ip-range 10.1.0.0/16 (10.1.2.0/24)"),
        (["10.1.0.0/16"], [], ["fd00::1"], {}, "no --subnet contains --gateway fd00::1"),
        (["10.1.0.0/16"], [], ["x"], {}, "--gateway 'x' is not an IP address"),
        (["10.1.0.0/16"], [], ["10.1.0.1", "10.1.0.2"], {}, "--gateway 10.1.0.2 are in one subnet"),
        (["10.1.0.0/16"], [], [], {"a": "10.2.0.1"}, "no --subnet contains --aux-address 10.2.0.1"),
    ],
)
def test_subnets_that_do_not_fit_together_are_refused(
    subnets: list[str],
    ranges: list[str],
    gateways: list[str],
    auxiliary: dict[str, str],
    reason: str,
) -> None:
    with pytest.raises(InvalidArgumentError) as refusal:
        pools(subnets, ranges, gateways, auxiliary)
    assert reason in refusal.value.message


@pytest.mark.parametrize(
    ("networks", "beside", "settings"),
    [
        ([], {}, {}),
        (["app", "back"], {}, {"app": {}, "back": {}}),
        (
            ["name=app,alias=db,alias=sql,ip=10.1.0.7,ip6=fd00::7", "back"],
            {},
            {
                "app": {
                    "Aliases": ["db", "sql"],
                    "IPAMConfig": {"IPv4Address": "10.1.0.7", "IPv6Address": "fd00::7"},
                },
                "back": {},
            },
        ),
        (
            ["mac-address=02:00:00:00:00:07,gw-priority=-3,driver-opt=a=b,name=app"],
            {},
            {
                "app": {
                    "MacAddress": "02:00:00:00:00:07",
                    "GwPriority": -3,
                    "DriverOpts": {"a": "b"},
                }
            },
        ),
        (
            ["app"],
            {"aliases": ["db"], "ip": "10.1.0.7"},
            {
                "app": {
                    "Aliases": ["db"],
                    "IPAMConfig": {"IPv4Address": "10.1.0.7", "IPv6Address": ""},
                    "MacAddress": "",
                }
            },
        ),
    ],
)
def test_networks_are_joined_plainly_or_with_settings(
    networks: list[str], beside: dict[str, Any], settings: object
) -> None:
    assert endpoints_config(networks, **beside) == settings


@pytest.mark.parametrize(
    ("networks", "beside", "reason"),
    [
        (["app", "app"], {}, "network app is given twice"),
        ([""], {}, "--network is empty"),
        (["alias=db"], {}, "names no network; add name="),
        (["name=app,colour=blue"], {}, "no key 'colour'; the keys are name, alias, ip"),
        (["name=app,alias"], {}, "'alias' is not of the form KEY=VALUE"),
        (["name=app,gw-priority=high"], {}, "gw-priority 'high' is not a number"),
        ([], {"ip": "10.1.0.7"}, "--ip says nothing without a network; give --network"),
        (
            ["app", "back"],
            {"aliases": ["db"]},
            "--network-alias does not say for which network it is; "
            "write it with the network, as in --network name=app,alias=…",
        ),
        (["name=app"], {"mac": "02::"}, "--mac-address does not say for which network it is"),
    ],
)
def test_networks_that_are_not_clear_are_refused(
    networks: list[str], beside: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidArgumentError) as refusal:
        endpoints_config(networks, **beside)
    assert reason in str(refusal.value)


def test_variables_come_from_files_and_the_command_line_and_the_surroundings(
    tmp_path: Path,
) -> None:
    file = tmp_path / "env"
    file.write_text("# a comment\n\nA=1\n  B=two words\nHOME\nNOWHERE\n")
    inherited = {"HOME": "/root", "PATH": "/bin"}
    assert additions([str(file)], ["A=2", "PATH", "EMPTY=", "GONE"], inherited) == [
        "A=1",
        "B=two words",
        "HOME=/root",
        "A=2",
        "PATH=/bin",
        "EMPTY=",
    ]


@pytest.mark.parametrize("variable", ["", "=x", "A B=x"])
def test_a_variable_has_a_key(variable: str) -> None:
    with pytest.raises(InvalidArgumentError, match="is not a variable of the environment"):
        additions([], [variable], {})


def test_a_file_of_variables_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match=r"cannot read --env-file .*: No such file"):
        additions([str(tmp_path / "none")], [], {})
    (tmp_path / "binary").write_bytes(b"A=\xff")
    with pytest.raises(InvalidArgumentError, match="it is not UTF-8"):
        additions([str(tmp_path / "binary")], [], {})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("printer:10.1.0.7", "printer:10.1.0.7"),
        ("printer=10.1.0.7", "printer:10.1.0.7"),
        ("printer:fd00::7", "printer:fd00::7"),
        ("printer=[fd00::7]", "printer:fd00::7"),
        ("gate:host-gateway", "gate:host-gateway"),
    ],
)
def test_a_host_is_written_with_a_colon_or_an_equals_sign(written: str, meant: str) -> None:
    assert extra_hosts([written]) == [meant]


@pytest.mark.parametrize("written", ["", "printer", ":10.1.0.7", "printer:", "="])
def test_a_host_has_a_name_and_an_address(written: str) -> None:
    with pytest.raises(InvalidArgumentError, match="is not a name and an address"):
        extra_hosts([written])
