"""Answers while sandboxes come and go: latency of a steady load, with the churn and without it.

One sandbox asks its resolver for the names of others, at a steady rate, while further sandboxes
join and leave. One daemon does it all, in a network namespace that exists only for the bench. Every
query counts; its latency is what dnsperf sees, the delays of its own and the kernel's included.
"""

import argparse
import shutil
import statistics
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from attaching.daemon import MooringDaemon
from measuring.machine import cpu_seconds, on_a_machine, wait_until_quiet
from measuring.table import Row, print_table, quantile, write_json

LASTING: Final = 20
"""Sandboxes that stay, and whose names are asked for."""
RATE: Final = 5000
"""Queries a second."""
CHURN: Final = 20
"""Sandboxes a second that join, and as many that leave."""
LIFE: Final = 1.0
"""Seconds for which each of them stays."""
CALM_SECONDS: Final = 5
CHURN_SECONDS: Final = 15
CLIENTS: Final = 4
OUTSTANDING: Final = 1000
"""Queries under way before dnsperf slows down: a fifth of a second of them."""


class Churn(msgspec.Struct):
    """The seconds that each join and each leave took."""

    joins: list[float]
    leaves: list[float]


def measure(directory: Path, calm: int, churning: int) -> list[Row]:
    """A load of some seconds without and one with churn."""
    mooring = MooringDaemon(directory)
    try:
        for number in range(LASTING):
            mooring.attach(number)
        questions = directory / "run" / "questions"
        questions.write_text("".join(f"s{number} A\n" for number in range(LASTING)))
        load(mooring, questions, 1, 0)
        return [load(mooring, questions, calm, 0), load(mooring, questions, churning, CHURN)]
    finally:
        mooring.close()


def load(mooring: MooringDaemon, questions: Path, seconds: int, rate: int) -> Row:
    """Ask for some seconds, while so many sandboxes a second join and leave."""
    wait_until_quiet()
    before = cpu_seconds(mooring.daemon.pid)
    report = questions.with_name("report")
    with report.open("w") as output:
        asking = subprocess.Popen(_dnsperf(mooring.namespace(0), questions, seconds), stdout=output)
        churn = come_and_go(mooring, seconds - LIFE, rate)
        if asking.wait():
            raise SystemExit(f"dnsperf failed: {report.read_text()[-500:]}")
    cpu = (cpu_seconds(mooring.daemon.pid) - before) / seconds
    text = report.read_text()
    asked, answered = int(field(text, "Queries sent:")), latencies(text)
    return {
        "churn": f"{rate} a second" if rate else "none",
        "joined": len(churn.joins),
        "queries": asked,
        "lost": asked - len(answered),
        "p50": _milliseconds(quantile(answered, 0.5)),
        "p99": _milliseconds(quantile(answered, 0.99)),
        "p999": _milliseconds(quantile(answered, 0.999)),
        "max": _milliseconds(max(answered)),
        "cpu": round(cpu, 2),
        "join": _milliseconds(statistics.median(churn.joins)) if rate else None,
        "leave": _milliseconds(statistics.median(churn.leaves)) if rate else None,
    }


def _dnsperf(namespace: str, questions: Path, seconds: int) -> list[str]:
    command = ["nsenter", f"--net={namespace}", "dnsperf", "-s", "127.0.0.11", "-v"]
    command += ["-d", str(questions), "-l", str(seconds), "-c", str(CLIENTS)]
    return [*command, "-q", str(OUTSTANDING), "-Q", str(RATE)]


def latencies(report: str) -> list[float]:
    """The seconds of each answer in dnsperf's report; any that is not NOERROR ends the bench."""
    found = []
    for line in report.splitlines():
        if line.startswith("> "):
            _, rcode, *_, latency = line.split()
            if rcode == "T":
                continue
            if rcode != "NOERROR":
                raise SystemExit(f"a name that exists was not answered: {line}")
            found.append(float(latency))
    return found


def field(report: str, title: str) -> str:
    """The first word after a title in dnsperf's report."""
    return report.partition(title)[2].split(maxsplit=1)[0]


def come_and_go(mooring: MooringDaemon, seconds: float, rate: int) -> Churn:
    """Let sandboxes join at a rate, live a little, and leave; when the last has left, what it took.

    The last joins in time to leave before the seconds and a life are over.
    """
    churn = Churn([], [])
    if not rate:
        return churn
    with ThreadPoolExecutor(2 * CHURN) as clients:
        began = time.monotonic()
        visits = []
        for number in range(int(rate * seconds)):
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            visits.append(clients.submit(_visit, mooring, LASTING + number, churn))
        late = time.monotonic() - began - seconds
        for visit in visits:
            visit.result()
    if late > LIFE:
        raise SystemExit(
            f"the machine is too busy: {rate} joins a second were late by {late:.1f} s"
        )
    return churn


def _visit(mooring: MooringDaemon, number: int, churn: Churn) -> None:
    began = time.perf_counter()
    mooring.attach(number)
    churn.joins.append(time.perf_counter() - began)
    time.sleep(LIFE)
    began = time.perf_counter()
    mooring.detach(number)
    churn.leaves.append(time.perf_counter() - began)


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)


COLUMNS: Final = {
    "churn": "joining and leaving",
    "joined": "joined and left",
    "queries": "queries",
    "lost": "lost",
    "p50": "p50, ms",
    "p99": "p99",
    "p999": "p99.9",
    "max": "max",
    "cpu": "CPUs used",
    "join": "join, ms",
    "leave": "leave, ms",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="for a few seconds only")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    arguments = parser.parse_args()
    if not shutil.which("dnsperf"):
        raise SystemExit("this bench needs dnsperf: apt-get install dnsperf")
    seconds = (2, 5) if arguments.quick else (CALM_SECONDS, CHURN_SECONDS)
    with tempfile.TemporaryDirectory(prefix="moor-") as directory:
        rows = on_a_machine(Path(directory), partial(measure, Path(directory), *seconds))
    print_table(COLUMNS, rows)
    write_json(arguments.json, rows)


if __name__ == "__main__":
    main()
