"""Where the tests may run, and what they must leave behind: nothing.

Tests of the rooms in ``MACHINE_ROOMS`` make interfaces, firewall rules and mounts. They run only in
a network namespace that is not the machine's; ``scripts/isolated`` makes one, and ``make test``
uses it.
"""

import os
import select
import signal
import subprocess
from collections.abc import Iterator
from difflib import unified_diff
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings

MACHINE_ROOMS = frozenset({"controller", "daemon", "linux", "tour"})
"""Folders of tests in which every test changes the machine it runs on."""
MARK = "MOORING_TEST_SESSION"
"""An environment variable that every process started by the tests inherits."""
FORWARDING = ("/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/forwarding")
GRACE = 2.0
"""Seconds that a process has which the last test told to end."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--examples", type=int, default=60, metavar="N", help="examples for each property"
    )
    parser.addoption(
        "--soak", type=float, default=1.0, metavar="SECONDS", help="how long each soak test runs"
    )


def pytest_configure(config: pytest.Config) -> None:
    settings.register_profile("mooring", max_examples=config.getoption("--examples"), deadline=None)
    settings.load_profile("mooring")


@pytest.fixture
def soak_seconds(request: pytest.FixtureRequest) -> float:
    """How long a test marked ``soak`` goes on: briefly, or for hours with ``make soak``."""
    return float(request.config.getoption("--soak"))


def network_namespace(process: int) -> str:
    """What identifies a process's network namespace; empty where that may not be seen."""
    try:
        return os.readlink(f"/proc/{process}/ns/net")
    except OSError:
        return ""


@cache
def is_isolated() -> bool:
    """Whether this process is root in another network namespace than one it descends from."""
    own = network_namespace(os.getpid())
    process = os.getppid()
    while process > 0:
        if network_namespace(process) not in ("", own):
            return os.geteuid() == 0
        status = Path(f"/proc/{process}/stat").read_text()
        process = int(status.rpartition(")")[2].split()[1])
    return False


def refuse_outside() -> None:
    if not is_isolated():
        pytest.fail(
            "this test changes interfaces and needs root in a network namespace of its own: "
            "run `make test`, or as root `scripts/isolated .venv/bin/pytest PATH`",
            pytrace=False,
        )


@pytest.fixture
def needs_root() -> None:
    """Fails, with what to type instead, unless the test may change interfaces."""
    refuse_outside()


def pytest_runtest_setup(item: pytest.Item) -> None:
    room = item.path.relative_to(Path(__file__).parent).parts[0]
    if room in MACHINE_ROOMS:
        refuse_outside()


@pytest.fixture(scope="session", autouse=True)
def loopback() -> None:
    """A new network namespace begins with ``lo`` down."""
    if is_isolated():
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


@pytest.fixture(scope="session", autouse=True)
def nothing_left_in_the_kernel(loopback: None) -> Iterator[None]:
    """Names every link, rule, mount and namespace that the tests made and did not remove."""
    if not is_isolated():
        yield
        return
    before = machine_state()
    # What the daemon turns on stays on, since others may come to rely on it: we put it back.
    forwarding = {path: path.read_text() for path in map(Path, FORWARDING)}
    yield
    for path, value in forwarding.items():
        path.write_text(value)
    difference = list(unified_diff(before, machine_state(), "before", "after", lineterm="", n=0))
    if difference:
        pytest.fail("the namespace is not as before:\n" + "\n".join(difference), pytrace=False)


def machine_state() -> list[str]:
    script = Path(__file__).parent.parent / "scripts" / "machine-state"
    return subprocess.run([script], check=True, capture_output=True, text=True).stdout.splitlines()


@pytest.fixture(scope="session", autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Names every process that the tests started and did not end."""
    mark = f"{MARK}={uuid4()}"
    os.environ[MARK] = mark.partition("=")[2]
    yield
    del os.environ[MARK]
    left = [line for process in marked(mark) if (line := end(process))]
    if left:
        pytest.fail("left running by the tests:\n" + "\n".join(left), pytrace=False)


def marked(mark: str) -> Iterator[Path]:
    """The ``/proc`` folders of all other processes that were started with this mark."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if mark.encode() in environment.split(b"\0") and int(process.name) != os.getpid():
            yield process


def end(process: Path) -> str:
    """Wait a little for a process, then kill it and say what it was; empty if it ended itself."""
    try:
        descriptor = os.pidfd_open(int(process.name))
        words = (process / "cmdline").read_bytes().split(b"\0")
    except (ProcessLookupError, FileNotFoundError):
        return ""
    with open(descriptor, "rb", buffering=0) as ended:
        if select.select([ended], [], [], GRACE)[0]:
            return ""
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    return f"{process.name}: {b' '.join(words).decode(errors='replace')}"
