"""What the daemon makes of its options: at the start, and when it reads them again."""

import signal
import subprocess
import sys
from collections.abc import Callable
from os import kill
from pathlib import Path

import pytest

from mooring.testing.asking import answers
from mooring.testing.daemon import Daemon
from mooring.testing.eventually import eventually
from mooring.testing.shell import addresses, links, moor, resolv_conf, run

Start = Callable[..., Daemon]


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
