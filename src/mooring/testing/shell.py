"""What a person at the machine would type, and read: ``moor``, ``ip`` and ``nft``."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from mooring.testing.daemon import Daemon

SLEEP = ("sleep", "1000")


def ip(*arguments: str) -> str:
    """What ``ip`` prints; it has to succeed."""
    done = subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def addresses(link: str, family: str = "-4") -> list[str]:
    """The addresses of a link, of IPv4 or (``-6``) IPv6."""
    said = json.loads(ip(family, "-json", "address", "show", "dev", link))
    return [f"{a['local']}/{a['prefixlen']}" for found in said for a in found["addr_info"]]


def links() -> set[str]:
    """The names of all links."""
    return {link["ifname"] for link in json.loads(ip("-json", "link"))}


def rules() -> str:
    """Every firewall rule."""
    listed = ["nft", "list", "ruleset"]
    return subprocess.run(listed, check=True, capture_output=True, text=True).stdout


def moor(daemon: Daemon, *arguments: str, code: int = 0) -> str:
    """What the command prints; it has to exit with ``code``."""
    done = subprocess.run(
        [sys.executable, "-m", "mooring.cli", "-H", daemon.address, *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    if done.returncode != code:
        raise AssertionError((done.returncode, done.stdout, done.stderr))
    return (done.stdout + done.stderr).strip()


def run(daemon: Daemon, name: str, *options: str) -> Any:
    """Start a run that stays; as it is inspected."""
    moor(daemon, "run", "-d", "--name", name, *options, "--", *SLEEP)
    return daemon.client.get(f"/containers/{name}/json")


def resolv_conf(daemon: Daemon, name: str) -> str:
    """The resolv.conf of a run."""
    return Path(daemon.client.get(f"/containers/{name}/json")["ResolvConfPath"]).read_text()
