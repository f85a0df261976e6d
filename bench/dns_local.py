"""Local names over UDP: answers per second and CPU per query, beside Debian's DNS servers.

Every server holds the same 10,000 names and gets the same questions from dnsperf on loopback, in a
network namespace that exists only for the bench, with one thread on a processor of its own. Rounds
alternate between the servers and the median counts. CPU is what the kernel charges to the server's
threads, the sending of replies included. Then each server gets a steady 80 % of its own peak, and
lost queries are counted. All are configured as they come; what they lose is what comes in a burst
and does not fit the receive buffer that they ask the kernel for.
"""

import argparse
import asyncio
import gc
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from mooring.book.book import Book
from mooring.book.claim import Put, Record
from mooring.dns.resolver import Resolver
from mooring.linux.ipv6_addresses import Ipv6Addresses
from mooring.linux.resolver import ResolverSockets
from mooring.model.trace import TraceStep
from mooring.model.view import NameScope, View
from mooring.wire.constant import Rcode, Type
from mooring.wire.name import from_text
from mooring.wire.question import Question
from mooring.wire.reply import Reply

NAMES = 10_000
ZONE = "app"
TTL = 10
OUTSTANDING = 100
"""Queries under way at the peak, so that the server is never idle and never overrun."""
STEADY_OUTSTANDING = 1000
"""Queries under way at the steady rate, before dnsperf slows down: some milliseconds of it."""
CLIENTS = 16
CPU_MARK = 1.2
"""Times Knot's CPU per query at the peak that ours may take; and less than dnsmasq's."""
READY_LIMIT = 10.0
STEADY_SHARE = 0.8
SERVER_CPU, LOAD_CPU = 0, 1


def host(number: int) -> str:
    return f"n{number:05d}"


def address(number: int) -> str:
    return f"10.0.{number >> 8}.{number & 255}"


class Load(msgspec.Struct):
    """What dnsperf saw in one run, and what the run cost the server."""

    completed: int
    lost: int
    per_second: float
    microseconds: float
    noerror: float


class Row(msgspec.Struct):
    """One server's medians."""

    server: str
    per_second: float
    cpu_microseconds: float
    lost_at_peak: int
    steady_per_second: float
    steady_cpu_microseconds: float
    lost_when_steady: int


class NoUpstreams:
    """Every name of this bench is local."""

    def find(self, view: View, question: Question) -> Reply | None:
        return Reply(Rcode.SERVFAIL)

    async def ask(self, view: View, question: Question) -> Reply:
        return Reply(Rcode.SERVFAIL)

    async def trace(self, view: View, question: Question) -> tuple[Reply, tuple[TraceStep, ...]]:
        return Reply(Rcode.SERVFAIL), ()


async def serve(port: int) -> None:
    """The product's resolver on a pair of loopback sockets, until killed."""
    book = Book()
    for n in range(NAMES):
        record = Record("net", from_text(host(n)), Type.A, TTL, socket.inet_aton(address(n)))
        book.apply([Put(host(n), (record,))])
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    udp.bind(("127.0.0.1", port))
    tcp.bind(("127.0.0.1", port))
    tcp.listen()
    resolver = Resolver(book, NoUpstreams())
    view = View(sandbox="bench", scopes=(NameScope("net", ZONE),))
    resolver.open("bench", ResolverSockets(udp, tcp, Ipv6Addresses.here()), view)
    gc.freeze()
    await asyncio.Event().wait()


def mooring_command(directory: Path, port: int) -> list[str]:
    return [sys.executable, __file__, "--serve", str(port)]


def knot_command(directory: Path, port: int) -> list[str]:
    zone = directory / "zone"
    zone.write_text(
        f"@ 3600 SOA ns hostmaster 1 3600 1200 604800 {TTL}\n@ 3600 NS ns\nns 3600 A 127.0.0.1\n"
        + "".join(f"{host(n)} {TTL} A {address(n)}\n" for n in range(NAMES))
    )
    configuration = directory / "knot.conf"
    configuration.write_text(f"""
server:
    rundir: {directory}
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: {directory}
log:
  - target: stderr
    any: error
zone:
  - domain: {ZONE}
    file: {zone}
""")
    return ["knotd", "-c", str(configuration)]


def unbound_command(directory: Path, port: int) -> list[str]:
    data = "".join(
        f'    local-data: "{host(n)}.{ZONE}. {TTL} A {address(n)}"\n' for n in range(NAMES)
    )
    configuration = directory / "unbound.conf"
    configuration.write_text(f"""
server:
    interface: 127.0.0.1@{port}
    num-threads: 1
    do-daemonize: no
    use-syslog: no
    verbosity: 0
    chroot: ""
    username: ""
    directory: "{directory}"
    pidfile: ""
    module-config: "iterator"
    access-control: 127.0.0.0/8 allow
    local-zone: "{ZONE}." static
{data}
remote-control:
    control-enable: no
""")
    return ["unbound", "-d", "-c", str(configuration)]


def dnsmasq_command(directory: Path, port: int) -> list[str]:
    hosts = directory / "hosts"
    hosts.write_text("".join(f"{address(n)} {host(n)}.{ZONE}\n" for n in range(NAMES)))
    return [
        "dnsmasq",
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--user=root",
        "--pid-file",
        "--no-resolv",
        "--no-hosts",
        f"--addn-hosts={hosts}",
        f"--local=/{ZONE}/",
        f"--local-ttl={TTL}",
        f"--cache-size={NAMES}",
        "--listen-address=127.0.0.1",
        "--bind-interfaces",
        f"--port={port}",
        "--log-facility=/dev/null",
    ]


SERVERS: dict[str, Callable[[Path, int], list[str]]] = {
    "mooring": mooring_command,
    "knot": knot_command,
    "unbound": unbound_command,
    "dnsmasq": dnsmasq_command,
}


@contextmanager
def running(name: str, port: int) -> Iterator[int]:
    """Start a server, and end it; its pid, once it answers."""
    with tempfile.TemporaryDirectory(prefix="mooring-bench-") as text:
        command = SERVERS[name](Path(text), port)
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: pin(SERVER_CPU),
        )
        try:
            wait_until_ready(name, process, port)
            yield process.pid
        finally:
            process.kill()
            process.wait()


def pin(processor: int) -> None:
    """Keep to one processor, where there are two."""
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {processor})


def wait_until_ready(name: str, process: subprocess.Popen[bytes], port: int) -> None:
    question = (
        b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
        + from_text(f"{host(NAMES - 1)}.{ZONE}")
        + b"\x00\x01\x00\x01"
    )
    deadline = time.monotonic() + READY_LIMIT
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.1)
        probe.connect(("127.0.0.1", port))
        while time.monotonic() < deadline and process.poll() is None:
            try:
                probe.send(question)
                reply = probe.recv(512)
            except OSError:
                time.sleep(0.05)
                continue
            if reply[3] & 15 == 0 and reply.endswith(socket.inet_aton(address(NAMES - 1))):
                return
    raise SystemExit(f"{name} did not answer within {READY_LIMIT:.0f} s")


def cpu_nanoseconds(pid: int) -> int:
    """What all threads of a process have used so far."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks)


def load(pid: int, port: int, questions: Path, seconds: int, rate: int = 0) -> Load:
    """Ask for some seconds, as fast as answers come or at a rate."""
    command = ["dnsperf", "-s", "127.0.0.1", "-p", str(port), "-d", str(questions)]
    command += ["-l", str(seconds), "-c", str(CLIENTS)]
    command += (
        ["-q", str(STEADY_OUTSTANDING), "-Q", str(rate)] if rate else ["-q", str(OUTSTANDING)]
    )
    before = cpu_nanoseconds(pid)
    out = subprocess.run(
        command, check=True, capture_output=True, text=True, preexec_fn=lambda: pin(LOAD_CPU)
    ).stdout
    used = cpu_nanoseconds(pid) - before
    completed = int(field(out, r"Queries completed:\s+(\d+)"))
    return Load(
        completed,
        int(field(out, r"Queries lost:\s+(\d+)")),
        float(field(out, r"Queries per second:\s+([\d.]+)")),
        used / 1000 / max(completed, 1),
        float(field(out, r"NOERROR \d+ \(([\d.]+)%\)")),
    )


def field(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    if not found:
        raise SystemExit(f"dnsperf says nothing like {pattern!r}:\n{text}")
    return found[1]


def measure(names: list[str], rounds: int, seconds: int) -> list[Row]:
    """Peak rounds in turn, then a steady round each."""
    peaks: dict[str, list[Load]] = {name: [] for name in names}
    steady: dict[str, Load] = {}
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mooring-bench-")))
        questions = directory / "questions"
        questions.write_text("".join(f"{host(n)}.{ZONE} A\n" for n in range(NAMES)))
        ports = {name: 5300 + index for index, name in enumerate(names)}
        pids = {name: stack.enter_context(running(name, ports[name])) for name in names}
        for name in names:
            load(pids[name], ports[name], questions, 1)
        for _ in range(rounds):
            for name in names:
                peaks[name].append(load(pids[name], ports[name], questions, seconds))
        for name in names:
            rate = int(statistics.median(run.per_second for run in peaks[name]) * STEADY_SHARE)
            steady[name] = load(pids[name], ports[name], questions, seconds, rate)
    for name in names:
        if any(run.noerror < 100 for run in (*peaks[name], steady[name])):
            raise SystemExit(f"{name} did not know every name, so its figures mean nothing")
    return [
        Row(
            name,
            statistics.median(run.per_second for run in peaks[name]),
            statistics.median(run.microseconds for run in peaks[name]),
            sum(run.lost for run in peaks[name]),
            steady[name].per_second,
            steady[name].microseconds,
            steady[name].lost,
        )
        for name in names
    ]


def print_table(rows: list[Row]) -> None:
    print(f"{NAMES} local names, A over UDP on loopback, one thread each")
    print(
        f"{'server':10}{'answers/s':>11}{'CPU us':>8}{'x knot':>8}{'lost':>6}"
        f"{'at 80 %/s':>12}{'CPU us':>8}{'lost':>6}"
    )
    knot = next((row.cpu_microseconds for row in rows if row.server == "knot"), 0.0)
    for row in rows:
        ratio = f"{row.cpu_microseconds / knot:.2f}" if knot else "-"
        print(
            f"{row.server:10}{row.per_second:11.0f}{row.cpu_microseconds:8.2f}{ratio:>8}"
            f"{row.lost_at_peak:6}{row.steady_per_second:12.0f}"
            f"{row.steady_cpu_microseconds:8.2f}{row.lost_when_steady:6}"
        )


def print_marks(rows: list[Row]) -> None:
    """Whether the marks are reached that this bench is for."""
    by_name = {row.server: row for row in rows}
    ours = by_name["mooring"]
    marks = {"no query lost at 80 % of the peak": ours.lost_when_steady == 0}
    if knot := by_name.get("knot"):
        reached = ours.cpu_microseconds <= CPU_MARK * knot.cpu_microseconds
        marks[f"CPU at most {CPU_MARK} x knot's"] = reached
    if dnsmasq := by_name.get("dnsmasq"):
        marks["CPU below dnsmasq's"] = ours.cpu_microseconds < dnsmasq.cpu_microseconds
    for mark, reached in marks.items():
        print(f"{'reached' if reached else 'MISSED'}: {mark}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="peak rounds of each server")
    parser.add_argument("--seconds", type=int, default=2, help="length of a round")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(options.serve))
        return
    if os.geteuid():
        raise SystemExit("this bench makes a network namespace: run it as root")
    if not shutil.which("dnsperf"):
        raise SystemExit("this bench needs dnsperf: apt-get install dnsperf")
    if not options.inside:
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv, "--inside"])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    programs = {"mooring": "python3", "knot": "knotd"}
    names = [name for name in SERVERS if shutil.which(programs.get(name, name))]
    for name in SERVERS:
        if name not in names:
            print(f"{name} is not installed, so it is left out")
    rows = measure(names, options.rounds, options.seconds)
    print_table(rows)
    print_marks(rows)
    if options.json:
        options.json.write_text(json.dumps([msgspec.structs.asdict(row) for row in rows], indent=2))


if __name__ == "__main__":
    main()
