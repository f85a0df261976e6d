"""The network ``bridge``: made at the start, joined by runs that name no network."""

import json
import sys
from collections.abc import Callable, Iterator
from errno import ECONNREFUSED
from pathlib import Path
from typing import Any

import pytest

from mooring.model.error import ForbiddenError
from mooring.testing.asking import answers
from mooring.testing.daemon import Daemon
from mooring.testing.shell import SLEEP, addresses, ip, links, moor, resolv_conf, rules, run

Start = Callable[..., Daemon]


@pytest.fixture
def theirs() -> Iterator[str]:
    """A bridge of the user's."""
    ip("link", "add", "br-theirs", "type", "bridge")
    yield "br-theirs"
    ip("link", "delete", "br-theirs")


def reach(daemon: Daemon, address: str) -> None:
    """From a run that names no network: nobody listens there, and somebody says so."""
    program = f"import socket; print(socket.socket().connect_ex(('{address}', 9)))"
    said = moor(daemon, "run", "--rm", "--", sys.executable, "-c", program)
    assert said == str(ECONNREFUSED)


def bridge(daemon: Daemon) -> Any:
    return daemon.client.get("/networks/bridge")


def test_it_is_made_at_the_start_beside_host_and_none(start: Start) -> None:
    daemon = start()
    names = {network["Name"] for network in daemon.client.get("/networks")}
    assert names == {"bridge", "host", "none"}
    assert bridge(daemon)["IPAM"]["Config"] == [
        {"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}
    ]
    assert addresses("mooring0") == ["172.17.0.1/16"]


def test_it_is_never_deleted(start: Start) -> None:
    daemon = start()
    with pytest.raises(ForbiddenError, match="built in"):
        daemon.client.delete("/networks/bridge")
    moor(daemon, "system", "prune", "--force")
    assert bridge(daemon)["Name"] == "bridge"


def test_runs_that_name_no_network_reach_each_other_by_address_and_not_by_name(
    start: Start,
) -> None:
    daemon = start()
    networks = run(daemon, "db")["NetworkSettings"]["Networks"]
    assert set(networks) == {"bridge"}
    address = networks["bridge"]["IPAddress"]
    reach(daemon, address)
    moor(daemon, "run", "--rm", "--", "getent", "hosts", "db", code=2)
    assert f"{address}\t" in moor(daemon, "exec", "db", "cat", "/etc/hosts")


def test_the_word_default_is_the_same_network(start: Start) -> None:
    daemon = start()
    assert set(run(daemon, "db", "--network", "default")["NetworkSettings"]["Networks"]) == {
        "bridge"
    }


def test_a_sandbox_without_a_network_stays_bare(start: Start) -> None:
    daemon = start()
    moor(daemon, "sandbox", "create", "--name", "bare")
    assert not daemon.client.get("/sandboxes/bare")["Networks"]


def test_with_dns_names_are_served_as_on_any_network(start: Start) -> None:
    daemon = start(default_bridge_dns="true")
    found = run(daemon, "db", "--network", "name=bridge,alias=sql")
    inside = found["NetworkSettings"]["SandboxKey"]
    assert answers(inside, "db") == answers(inside, "sql.bridge") == ["172.17.0.2"]


def test_without_dns_an_alias_is_refused(start: Start) -> None:
    daemon = start()
    said = moor(daemon, "run", "--network", "name=bridge,alias=sql", "--", *SLEEP, code=125)
    assert "serves no names" in said


def test_a_run_on_it_and_on_another_network_has_the_names_of_the_other(start: Start) -> None:
    daemon = start()
    moor(daemon, "network", "create", "app")
    run(daemon, "db", "--network", "app")
    inside = run(daemon, "web")["NetworkSettings"]["SandboxKey"]
    assert "nameserver 127.0.0.11" not in resolv_conf(daemon, "web")
    moor(daemon, "network", "connect", "app", "web")
    assert "nameserver 127.0.0.11" in resolv_conf(daemon, "web")
    assert answers(inside, "db") == ["172.18.0.2"]
    assert answers(inside, "web") == ["172.18.0.3"]
    moor(daemon, "network", "disconnect", "app", "web")
    assert "nameserver 127.0.0.11" not in resolv_conf(daemon, "web")


def test_no_bridge_is_none(start: Start) -> None:
    daemon = start(bridge="none")
    assert "mooring0" not in links()
    assert {network["Name"] for network in daemon.client.get("/networks")} == {"host", "none"}
    assert not run(daemon, "db")["NetworkSettings"]["Networks"]


def test_options_shape_it(start: Start) -> None:
    daemon = start(
        bip="10.9.0.1/16",
        bip6="fd00:9::1/64",
        fixed_cidr="10.9.4.7/24",
        default_gateway="10.9.0.254",
        mtu="1400",
    )
    assert addresses("mooring0") == ["10.9.0.1/16"]
    assert "fd00:9::1/64" in addresses("mooring0", "-6")
    inside = run(daemon, "db")["NetworkSettings"]["Networks"]["bridge"]
    assert inside["IPAddress"].startswith("10.9.4.")
    assert inside["Gateway"] == "10.9.0.254"
    assert inside["GlobalIPv6Address"].startswith("fd00:9::")
    assert "default via 10.9.0.254" in moor(daemon, "exec", "db", "ip", "route")
    assert "mtu 1400" in moor(daemon, "exec", "db", "ip", "link", "show", "eth0")


def test_ipv6_alone_is_cut_from_the_machine_s_own_prefix(start: Start) -> None:
    daemon = start(ipv6="true")
    assert addresses("mooring0") == ["172.17.0.1/16"]
    assert [a for a in addresses("mooring0", "-6") if a.startswith("fd")]
    assert run(daemon, "db")["NetworkSettings"]["Networks"]["bridge"]["GlobalIPv6Address"]


def test_a_link_local_range_is_the_bridge_s_own(start: Start) -> None:
    daemon = start(fixed_cidr_v6="fe80::/64")
    found = run(daemon, "db")["NetworkSettings"]["Networks"]["bridge"]
    assert found["GlobalIPv6Address"].startswith("fe80::")
    assert f"{found['IPv6Gateway']}/64" in addresses("mooring0", "-6")


def test_masquerading_can_be_left_out(start: Start) -> None:
    start(ip_masq="false")
    masqueraded = rules().partition("set masquerade4 {")[2].partition("}\n\n")[0]
    assert "flags interval" in masqueraded
    assert "172.17.0.0/16" not in masqueraded


def test_no_firewall_means_no_rules_of_ours(start: Start) -> None:
    daemon = start()
    assert "table inet mooring" in rules()
    daemon.kill()
    start(iptables="false", ip6tables="false")
    assert "table inet mooring" not in rules()
    moor(daemon, "network", "create", "app")
    run(daemon, "db", "--network", "app")
    assert "table inet mooring" not in rules()


def test_one_family_of_the_firewall_can_be_left_alone(start: Start) -> None:
    start(ip6tables="false")
    assert rules().count("meta nfproto ipv6 accept") == rules().count(" hook ")


def test_forwarding_is_left_alone_when_told(start: Start) -> None:
    forwarding = Path("/proc/sys/net/ipv4/ip_forward")
    forwarding.write_text("0")
    daemon = start(ip_forward="false")
    moor(daemon, "network", "create", "app")
    assert forwarding.read_text() == "0\n"
    daemon.stop()
    start()
    assert forwarding.read_text() == "1\n"


def test_pools_of_one_s_own(start: Start) -> None:
    daemon = start(default_address_pool=("base=10.20.0.0/16,size=24",))
    moor(daemon, "network", "create", "app")
    assert addresses("mooring0") == ["10.20.0.1/24"]
    subnets = [pool["Subnet"] for pool in daemon.client.get("/networks/app")["IPAM"]["Config"]]
    assert subnets == ["10.20.1.0/24"]


def test_an_existing_bridge_is_adopted_with_its_address_and_stays(start: Start) -> None:
    ip("link", "add", "mooring0", "type", "bridge")
    ip("address", "add", "192.168.176.88/20", "dev", "mooring0")
    try:
        daemon = start(fixed_cidr="192.168.176.0/24")
        assert bridge(daemon)["IPAM"]["Config"] == [
            {
                "Subnet": "192.168.176.0/20",
                "IPRange": "192.168.176.0/24",
                "Gateway": "192.168.176.88",
            }
        ]
        run(daemon, "db")
        moor(daemon, "rm", "-f", "db")
        daemon.stop()
        assert addresses("mooring0") == ["192.168.176.88/20"]
    finally:
        ip("link", "delete", "mooring0")


def test_a_bridge_of_the_user_s_is_used_and_stays(theirs: str, start: Start) -> None:
    ip("address", "add", "192.168.176.88/20", "dev", theirs)
    daemon = start(bridge=theirs)
    address = run(daemon, "db")["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
    assert address == "192.168.176.1"
    reach(daemon, address)
    assert "mooring0" not in links()
    moor(daemon, "rm", "-f", "db")
    daemon.stop()
    assert addresses(theirs) == ["192.168.176.88/20"]


def test_a_bridge_of_the_user_s_gets_the_range_s_first_address_if_it_has_none(
    theirs: str, start: Start
) -> None:
    daemon = start(bridge=theirs, fixed_cidr="192.168.176.0/24")
    (pool,) = bridge(daemon)["IPAM"]["Config"]
    assert pool["Gateway"] == "192.168.176.1"
    assert addresses(theirs) == ["192.168.176.1/24"]


def test_a_range_outside_a_bridge_of_the_user_s_is_left_out_with_a_warning(
    theirs: str, start: Start
) -> None:
    ip("address", "add", "192.168.160.88/20", "dev", theirs)
    daemon = start(bridge=theirs, fixed_cidr="192.168.176.0/24")
    assert bridge(daemon)["IPAM"]["Config"] == [
        {"Subnet": "192.168.160.0/20", "Gateway": "192.168.160.88"}
    ]
    assert "--fixed-cidr 192.168.176.0/24 is in no subnet" in daemon.log.read_text()


def test_a_bridge_that_is_not_there_ends_the_start(start: Start) -> None:
    daemon = start(bridge="br-none")
    assert not daemon.is_alive()
    assert "there is no link br-none" in daemon.log.read_text()


def test_a_restart_keeps_it(start: Start) -> None:
    daemon = start(bip="10.9.0.1/24")
    before = bridge(daemon)["Id"]
    daemon.stop()
    assert "mooring0" not in links(), "nobody is on it: nothing is left of it"
    daemon.start()
    assert bridge(daemon)["Id"] == before
    run(daemon, "db")
    daemon.stop()
    assert "mooring0" in links(), "db is on it"
    daemon.start()
    daemon.kill()
    daemon.start()
    assert bridge(daemon)["Id"] == before
    assert addresses("mooring0") == ["10.9.0.1/24"]
    reach(daemon, "10.9.0.2")


def test_a_start_that_is_killed_at_any_step_is_made_good_by_the_next(start: Start) -> None:
    for effects in range(1, 40):
        daemon = start(bip=f"10.9.{effects}.1/24")
        daemon.kill()
        daemon.flags["bip"] = f"10.8.{effects}.1/24"
        daemon.start(effects)
        lived = daemon.is_alive()
        daemon.kill()
        daemon.start()
        assert addresses("mooring0") == [f"10.8.{effects}.1/24"]
        assert [n["Name"] for n in daemon.client.get("/networks")].count("bridge") == 1
        daemon.kill()
        if lived:
            return
    pytest.fail("a start has more effects than were tried")


def test_other_options_make_it_anew_when_nobody_is_on_it(start: Start) -> None:
    daemon = start(bip="10.9.0.1/24")
    run(daemon, "db")
    daemon.stop()
    start(bip="10.8.0.1/24")
    assert addresses("mooring0") == ["10.9.0.1/24"]
    assert "stays as it is while sandboxes are on it" in daemon.log.read_text()
    moor(daemon, "rm", "-f", "db")
    daemon.kill()
    daemon.start()
    assert addresses("mooring0") == ["10.8.0.1/24"]
    daemon.stop()
    start()
    assert addresses("mooring0") == ["172.17.0.1/16"]


def test_a_dry_run_prints_the_plan_and_makes_nothing(start: Start) -> None:
    daemon = start()
    before = links()
    said = moor(daemon, "network", "create", "--dry-run", "--subnet", "10.7.0.0/24", "app")
    first, *others = said.splitlines()
    assert first.startswith("CreateBridge name=mo-")
    assert any(line.endswith(' address=10.7.0.1/24 namespace=""') for line in others)
    assert any(line.startswith('AddElements table="inet mooring"') for line in others)
    asked = ("network", "create", "--dry-run", "--json", "--subnet", "10.7.0.0/24", "app")
    operations = json.loads(moor(daemon, *asked))
    assert [operation["type"] for operation in operations] == [
        line.partition(" ")[0] for line in said.splitlines()
    ]
    assert links() == before
    assert "app" not in {network["Name"] for network in daemon.client.get("/networks")}
    moor(daemon, "network", "create", "--subnet", "10.7.0.0/24", "app")
    overlapping = ("network", "create", "--dry-run", "--subnet", "10.7.0.0/24", "other")
    assert "overlaps" in moor(daemon, *overlapping, code=1)
