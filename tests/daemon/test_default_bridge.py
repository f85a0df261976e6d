"""The network ``bridge``: made at the start, joined by runs that name no network."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from errno import ECONNREFUSED
from os import kill
from pathlib import Path
from typing import Any

import pytest

from mooring.model.error import ForbiddenError
from mooring.testing.asking import answers
from mooring.testing.daemon import Daemon
from mooring.testing.eventually import eventually

SLEEP = ("sleep", "1000")
Start = Callable[..., Daemon]


@pytest.fixture
def start(unstarted: Daemon) -> Start:
    """Starts the daemon with a default bridge and these flags, and returns it."""

    def begin(**flags: object) -> Daemon:
        unstarted.flags = {"bridge": "", **flags}
        unstarted.start()
        return unstarted

    return begin


@pytest.fixture
def theirs() -> Iterator[str]:
    """A bridge of the user's."""
    ip("link", "add", "br-theirs", "type", "bridge")
    yield "br-theirs"
    ip("link", "delete", "br-theirs")


def ip(*arguments: str) -> str:
    done = subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def addresses(link: str, family: str = "-4") -> list[str]:
    said = json.loads(ip(family, "-json", "address", "show", "dev", link))
    return [f"{a['local']}/{a['prefixlen']}" for found in said for a in found["addr_info"]]


def links() -> set[str]:
    return {link["ifname"] for link in json.loads(ip("-json", "link"))}


def rules() -> str:
    return subprocess.run(
        ["nft", "list", "ruleset"], check=True, capture_output=True, text=True
    ).stdout


def moor(daemon: Daemon, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mooring.cli", "-H", daemon.address, *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return (done.stdout + done.stderr).strip()


def run(daemon: Daemon, name: str, *options: str) -> Any:
    """A run that stays, as it is inspected."""
    moor(daemon, "run", "-d", "--name", name, *options, "--", *SLEEP)
    return daemon.client.get(f"/containers/{name}/json")


def reach(daemon: Daemon, address: str) -> None:
    """From a run that names no network: nobody listens there, and somebody says so."""
    program = f"import socket; print(socket.socket().connect_ex(('{address}', 9)))"
    said = moor(daemon, "run", "--rm", "--", sys.executable, "-c", program)
    assert said == str(ECONNREFUSED)


def bridge(daemon: Daemon) -> Any:
    return daemon.client.get("/networks/bridge")


def resolv_conf(daemon: Daemon, name: str) -> str:
    return Path(daemon.client.get(f"/containers/{name}/json")["ResolvConfPath"]).read_text()


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


def test_masquerading_can_be_left_out(start: Start) -> None:
    start(ip_masq="false")
    assert "172.17.0.0/16" not in rules()


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
    assert rules().count("meta nfproto ipv6 accept") == 2


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


def test_wrong_options_are_told_all_at_once_and_nothing_is_touched(tmp_path: Path) -> None:
    options = tmp_path / "daemon.toml"
    options.write_text('bogus = 1\nmtu = "x"\n')
    folders = ("--run-root", tmp_path / "run", "--data-root", tmp_path / "data")
    flags = ("--bridge=br0", "--bip", "10.9.0.1", "--iptables=false", "--ip-masq", "--dns", "x")
    command = (sys.executable, "-m", "mooring.cli", "daemon", "--config", options)
    done = subprocess.run(
        [*command, *folders, *flags], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert "the daemon's options have 6 problems:" in done.stderr
    for part in ("'bogus'", "mtu is", "--bip 10.9.0.1 has", "exclude", "--ip-masq=true", "--dns:"):
        assert part in done.stderr
    assert list(tmp_path.iterdir()) == [options]
    assert "mooring0" not in links()


@pytest.mark.parametrize("flag", ["--icc", "--ip", "--userland-proxy", "--ip-forward-no-drop"])
def test_flags_that_are_not_built_are_refused(flag: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mooring.cli", "daemon", flag],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 125
    assert flag in done.stderr


def test_the_host_s_servers_are_copied_and_followed_until_they_are_edited(start: Start) -> None:
    daemon = start()
    host = daemon.root / "resolv.conf"
    host.write_text("nameserver 127.0.0.1\nnameserver 192.0.2.1\nsearch example.net\n")
    eventually(lambda: "192.0.2.1" in daemon.log.read_text())
    run(daemon, "db")
    run(daemon, "edited")
    said = resolv_conf(daemon, "db")
    assert "nameserver 192.0.2.1\nsearch example.net\n" in said
    assert "nameserver 127" not in said
    moor(daemon, "exec", "edited", "sh", "-c", "echo 'options ndots:3' >> /etc/resolv.conf")
    edited = resolv_conf(daemon, "edited")
    host.write_text("nameserver 192.0.2.7\n")
    eventually(lambda: "nameserver 192.0.2.7\n" in resolv_conf(daemon, "db"))
    assert "192.0.2.1" not in resolv_conf(daemon, "db")
    assert resolv_conf(daemon, "edited") == edited
    daemon.kill()
    daemon.start()
    assert resolv_conf(daemon, "edited") == edited


def test_where_the_host_has_only_loopback_servers_a_comment_explains_it(start: Start) -> None:
    daemon = start()
    (daemon.root / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    eventually(lambda: "names the servers 127.0.0.1" in daemon.log.read_text())
    run(daemon, "db")
    said = resolv_conf(daemon, "db")
    assert "\nnameserver" not in said
    assert "# The host names no server that can be reached from here" in said


def test_sandboxes_have_the_daemon_s_servers_unless_they_name_their_own(start: Start) -> None:
    daemon = start(dns=("192.0.2.1",), dns_search=("example.net",), dns_opt=("timeout:1",))
    run(daemon, "db")
    run(daemon, "own", "--dns", "192.0.2.9")
    said = "nameserver 192.0.2.1\nsearch example.net\noptions timeout:1\n"
    assert said in resolv_conf(daemon, "db")
    assert "nameserver 192.0.2.9\nsearch example.net\n" in resolv_conf(daemon, "own")


def test_a_reload_applies_what_it_can_and_names_the_rest(start: Start) -> None:
    daemon = start(default_bridge_dns="true")
    inside = run(daemon, "db")["NetworkSettings"]["SandboxKey"]
    assert " 5 IN A " in moor(daemon, "resolve", "--from", "db", "db")
    daemon.options.write_text(
        'dns-ttl = 33\ndns = ["192.0.2.1"]\nlog-level = "debug"\nbip = "10.9.0.1/24"\n'
    )
    kill(daemon.pid, signal.SIGHUP)
    eventually(lambda: "read again" in daemon.log.read_text())
    log = daemon.log.read_text()
    assert "changed: dns, dns-ttl, log-level" in log
    assert "take effect when the daemon is restarted: bip" in log
    assert "db. 33 IN A 172.17.0.2" in moor(daemon, "resolve", "--from", "db", "db")
    assert answers(inside, "db") == ["172.17.0.2"]
    run(daemon, "later", "--network", "none")
    assert "nameserver 192.0.2.1" in resolv_conf(daemon, "later")
    assert addresses("mooring0") == ["172.17.0.1/16"]


def test_a_reload_of_a_broken_file_changes_nothing_and_says_why(start: Start) -> None:
    daemon = start(default_bridge_dns="true")
    run(daemon, "db")
    daemon.options.write_text("dns-ttl = 33\nbogus = 1\n")
    kill(daemon.pid, signal.SIGHUP)
    eventually(lambda: "stay as they were" in daemon.log.read_text())
    assert "bogus" in daemon.log.read_text()
    assert "db. 5 IN A 172.17.0.2" in moor(daemon, "resolve", "--from", "db", "db")


def test_a_ttl_that_changes_brings_no_ended_name_back(start: Start) -> None:
    daemon = start(default_bridge_dns="true")
    run(daemon, "db")
    run(daemon, "watcher")
    moor(daemon, "stop", "-t", "0", "db")
    daemon.options.write_text("dns-ttl = 33\n")
    kill(daemon.pid, signal.SIGHUP)
    eventually(lambda: "read again" in daemon.log.read_text())
    moor(daemon, "resolve", "--from", "watcher", "db", code=1)


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
