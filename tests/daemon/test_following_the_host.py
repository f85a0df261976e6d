"""The resolv.conf of sandboxes without a resolver: made from the host's, and following it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from mooring.daemon.host import Host
from mooring.linux.host_resolv_conf import HostResolvConf
from mooring.testing.daemon import Daemon
from mooring.testing.eventually import eventually
from mooring.testing.shell import moor, resolv_conf, run

Start = Callable[..., Daemon]


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


async def test_systemd_s_own_file_is_taken_where_the_host_s_names_only_its_stub(
    tmp_path: Path,
) -> None:
    stub, real = tmp_path / "resolv.conf", tmp_path / "real.conf"
    stub.write_text("nameserver 127.0.0.53\nsearch example.net\n")
    real.write_text("nameserver 192.0.2.1\n")
    host = Host(HostResolvConf(str(stub), 0.01), systemd=HostResolvConf(str(real), 0.01))
    assert host.reachable_resolv_conf() == (str(real), "nameserver 192.0.2.1\n")
    told = asyncio.Event()
    host.follow(lambda servers: None, told.set)
    real.write_text("nameserver 192.0.2.7\n")
    async with asyncio.timeout(5):
        await told.wait()
    assert host.reachable_resolv_conf()[1] == "nameserver 192.0.2.7\n"
    await host.close()


def test_the_host_s_own_file_is_taken_where_it_names_others(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text("nameserver 127.0.0.53\nnameserver 192.0.2.1\n")
    host = Host(HostResolvConf(str(path)))
    assert host.reachable_resolv_conf() == (str(path), path.read_text())
