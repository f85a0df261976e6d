"""The command line as a whole: help, mistakes, daemons that are not there, and how fast it is."""

import os
import socket
import subprocess
import sys
from resource import RUSAGE_CHILDREN, getrusage
from tempfile import TemporaryDirectory

import pytest

from mooring import __version__
from mooring.testing.command import Moor

HEAVY = ("aiohttp", "asyncio", "msgspec", "dns", "prometheus_client", "mooring.daemon")


def test_alone_it_prints_its_help(moor: Moor) -> None:
    assert moor().startswith("Usage: moor [OPTIONS] COMMAND")
    assert moor("network").startswith("Usage: moor network")


def test_it_knows_its_version(moor: Moor) -> None:
    assert moor("--version") == f"moor {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["netwrok", "ls"],
            "no such command 'netwrok' (did you mean 'network'?); see `moor --help`",
        ),
        (
            ["network", "crate"],
            "no such command 'crate' (did you mean 'create'?); see `moor network --help`",
        ),
        (["zzz"], "no such command 'zzz'; see `moor --help`"),
        (
            ["ps", "--fromat", "x"],
            "no such option '--fromat' (did you mean '--format'?); see `moor ps --help`",
        ),
        (["--hots", "x"], "no such option '--hots' (did you mean '--host'?); see `moor --help`"),
        (
            ["run", "-it", "bash"],
            "no such option '-i' (the terminal is the command's without asking); "
            "see `moor run --help`",
        ),
        (["stop"], "missing argument 'RUN...'; see `moor stop --help`"),
        (["run"], "missing argument '-- COMMAND [ARG...]'; see `moor run --help`"),
        (
            ["ps", "--filter", "name"],
            "invalid value for '-f' / '--filter': 'name' is not of the form KEY=VALUE; "
            "see `moor ps --help`",
        ),
        (
            ["logs", "--tail", "x", "db"],
            "invalid value for '-n' / '--tail': 'x' is neither a number of lines nor 'all'; "
            "see `moor logs --help`",
        ),
        (
            ["resolve", "db"],
            "a name depends on whose eyes see it: give either --from or --network; "
            "see `moor resolve --help`",
        ),
        (
            ["sandbox", "create", "--netns", "/x", "--pid", "1"],
            "--netns and --pid both name a namespace: give one of them; "
            "see `moor sandbox create --help`",
        ),
    ],
)
def test_a_command_line_that_cannot_be_understood_exits_with_125(
    moor: Moor, arguments: list[str], sentence: str
) -> None:
    moor(*arguments, exits=125)
    assert moor.err == f"moor: {sentence}\n"


def test_without_a_daemon_every_command_says_how_to_start_it(moor: Moor, address: str) -> None:
    for arguments in (["ps"], ["network", "ls"], ["stop", "db"], ["events"], ["logs", "db"]):
        moor(*arguments, exits=1)
        assert moor.err == (
            f"moor: cannot reach the daemon at {address}: no such file or directory; "
            "start it with `moor daemon` (as root)\n"
        )
    moor("run", "true", exits=125)
    moor("exec", "db", "true", exits=125)


def test_a_socket_that_nobody_listens_at_is_no_daemon(moor: Moor, address: str) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(address.removeprefix("unix://"))
    moor("ps", exits=1)
    assert "connection refused; start it with `moor daemon` (as root)" in moor.err


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become nobody")
@pytest.mark.parametrize(
    ("group", "remedy"), [(0, "become root\n"), (1, "into the group daemon\n")]
)
def test_a_socket_for_others_says_whom_to_ask(
    monkeypatch: pytest.MonkeyPatch, group: int, remedy: str
) -> None:
    # Imported by root: the interpreter may lie where nobody has no business.
    script = (
        "import grp, os, sys; import mooring.cli.commands.ps; from mooring.cli.main import main; "
        "os.setgroups([]); os.setgid(65534); os.setuid(65534); sys.exit(main(['ps']))"
    )
    with TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as listener:
        os.chmod(directory, 0o755)
        path = f"{directory}/moor.sock"
        address = f"unix://{path}"
        monkeypatch.setenv("MOORING_HOST", address)
        listener.bind(path)
        os.chmod(path, 0o660)
        os.chown(path, 0, group)
        listener.listen()
        run = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=False
        )
    assert f"cannot reach the daemon at {address}: permission denied; become root" in run.stderr
    assert run.stderr.endswith(remedy)


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (b"", "went away before it had answered (RemoteDisconnected); see whether it runs"),
        (b"SSH-2.0-OpenSSH\r\n", "went away before it had answered (BadStatusLine)"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n[1,",
            "went away before it had answered (IncompleteRead)",
        ),
        (
            b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\noops",
            "what answers at the daemon's address says 502: oops",
        ),
    ],
)
def test_what_is_not_our_daemon_is_noticed(
    moor: Moor, address: str, reply: bytes, sentence: str
) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address.removeprefix("unix://"))
        listener.listen()
        script = (
            "import socket, sys; s = socket.socket(fileno=0); c, _ = s.accept(); "
            f"c.recv(65536); c.sendall({reply!r})"
        )
        with subprocess.Popen([sys.executable, "-c", script], stdin=listener.fileno()):
            moor("ps", exits=1)
    assert sentence in moor.err


@pytest.mark.parametrize("host", ["nonsense", "tcp://example.org:1", "unix://relative"])
def test_an_address_that_is_none_is_refused(moor: Moor, host: str) -> None:
    moor("-H", host, "ps", exits=1)
    assert "invalid address" in moor.err


def test_a_command_that_only_asks_imports_nothing_heavy(address: str) -> None:
    script = (
        "import sys; from mooring.cli.main import main; main(['ps']); main(['--version']); "
        "print(*(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(out.stdout.split())
    assert "mooring.cli.client" in loaded
    assert not loaded & set(HEAVY)


def test_it_starts_with_well_under_150_milliseconds_of_work(address: str) -> None:
    def seconds() -> float:
        begun = getrusage(RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "mooring.cli", "ps"], capture_output=True, check=False
        )
        ended = getrusage(RUSAGE_CHILDREN)
        return ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime

    assert min(seconds() for _ in range(5)) < 0.15
