"""The commands of docs/slow-lookups.md, typed in order."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

from mooring.testing.daemon import Daemon
from mooring.testing.upstream import FakeUpstream

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "slow-lookups.md"
SERVER = "127.0.0.53"
ZONE = "".join(
    f"{name}. 300 A 192.0.2.80\n{name}. 300 AAAA 2001:db8::80\n"
    for name in ("example.com", "www.example.com")
)


def commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def type_all(daemon: Daemon) -> dict[str, str]:
    """What each command says."""
    moor = f"{sys.executable} -m mooring.cli"
    environment = {**os.environ, "MOORING_HOST": daemon.address}
    said = {}
    for command in commands():
        assert command.startswith("moor ")
        typed = moor + command.removeprefix("moor")
        done = subprocess.run(
            typed, shell=True, env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        said[command] = done.stdout
    return said


async def test_every_command_of_the_page_works_and_shows_what_the_page_says(
    daemon: Daemon,
) -> None:
    Path(daemon.root, "resolv.conf").write_text(f"nameserver {SERVER}\nsearch corp.example\n")
    await asyncio.to_thread(daemon.stop)
    async with FakeUpstream(ZONE, address=SERVER, port=53):
        await asyncio.to_thread(daemon.start)
        said = await asyncio.to_thread(type_all, daemon)
    examined = said["moor doctor --from web"]
    assert "error" not in examined
    assert "lost none" in examined
    aaaa = said["moor resolve --trace --from web --type AAAA www.example.com"]
    assert re.search(r"^aaaa +auto ", aaaa, re.MULTILINE)
    getent = (
        "moor run --rm --network app --dns-aaaa {} -- getent --no-addrconfig ahosts www.example.com"
    )
    assert "2001:db8::80" not in said[getent.format("filter")]
    assert "2001:db8::80" in said[getent.format("pass")]
    searched = said["moor run --rm --network app --dns-search . -- cat /etc/resolv.conf"]
    assert "search" not in searched.split("# Based", maxsplit=1)[0]


def test_every_path_that_the_page_names_exists() -> None:
    text = PAGE.read_text()
    links = [PAGE.parent / link for link in re.findall(r"\]\(([^)#]+)\)", text)]
    tests = [ROOT / path for path in re.findall(r"`(tests/[^`]+)`", text)]
    assert len(links) == 2
    assert len(tests) == 2
    assert all(path.exists() for path in (*links, *tests))
