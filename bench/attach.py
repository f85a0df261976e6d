"""Attaching sandboxes: time and CPU of Mooring, beside the CNI bridge plugin and netavark.

To attach is to make a namespace, a link, an address, routes and rules; Mooring also opens the
sandbox's resolver and gives it its names. Every program works in namespaces of its own, and turns
alternate. Then Mooring goes on alone, up to a thousand sandboxes.

CPU is that of the program, of its children and of whoever calls it. It leaves out what the kernel
puts off until after the call, which is nearly the same for all.
"""

import argparse
import math
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from attaching.cni import PLUGINS, CniBridge
from attaching.contender import Make, Running, Turn, Verb, running
from attaching.daemon import MooringDaemon
from attaching.netavark import PROGRAM, Netavark
from measuring.table import Row, print_table, quantile, write_json

SANDBOXES: Final = 200
TURN: Final = 40
"""Sandboxes that one program attaches before it is another's turn."""
GROWN: Final = 1000
AROUND: Final = (range(100), range(450, 550), range(900, 1000))
"""Where on the way to a thousand sandboxes the median is taken."""


def contenders() -> dict[str, Make]:
    """Who takes part on this machine. Says who does not, and why."""
    found: dict[str, Make] = {"Mooring": MooringDaemon}
    iptables = bool(shutil.which("iptables", path="/usr/sbin:/usr/bin:/sbin:/bin"))
    if (PLUGINS / "bridge").exists():
        found["CNI bridge"] = partial(CniBridge, masquerade=False)
        if iptables:
            found["CNI bridge with ipMasq"] = partial(CniBridge, masquerade=True)
        else:
            print("CNI bridge with ipMasq is left out: there is no iptables")
    else:
        print(f"the CNI bridge plugin is left out: it is not in {PLUGINS}")
    if not PROGRAM.exists():
        print(f"netavark is left out: there is no {PROGRAM}")
    elif not iptables:
        print("netavark is left out: there is no iptables, which it needs")
    else:
        found["netavark"] = Netavark
    return found


@contextmanager
def files() -> Iterator[Path]:
    """A directory for one program's files, short as the paths of sockets must be."""
    with tempfile.TemporaryDirectory(prefix="moor-") as directory:
        yield Path(directory)


def compare(sandboxes: int) -> list[Row]:
    """Attach, then detach, so many sandboxes with every program, in alternating turns."""
    turns: dict[str, dict[Verb, list[Turn]]] = {}
    programs: dict[str, Running] = {}
    with ExitStack() as stack:
        for name, make in contenders().items():
            directory = stack.enter_context(files())
            programs[name] = stack.enter_context(running(make, directory))
            turns[name] = {"attach": [], "detach": []}
        order: tuple[Verb, Verb] = ("attach", "detach")
        for verb in order:
            for first in range(0, sandboxes, TURN):
                numbers = range(first, min(first + TURN, sandboxes))
                for name, program in programs.items():
                    turns[name][verb].append(program.perform(verb, numbers))
            if verb == "attach":
                for program in programs.values():
                    program.check(0, sandboxes - 1)
    ours = statistics.median(_seconds(turns["Mooring"]["attach"]))
    return [_row(name, found, ours) for name, found in turns.items()]


def _row(name: str, turns: dict[Verb, list[Turn]], ours: float) -> Row:
    attach, detach = _seconds(turns["attach"]), _seconds(turns["detach"])
    return {
        "program": name,
        "sandboxes": len(attach),
        "attach": _milliseconds(statistics.median(attach)),
        "attach_p95": _milliseconds(quantile(attach, 0.95)),
        "attach_cpu": _milliseconds(sum(turn.cpu for turn in turns["attach"]) / len(attach)),
        "detach": _milliseconds(statistics.median(detach)),
        "detach_p95": _milliseconds(quantile(detach, 0.95)),
        "detach_cpu": _milliseconds(sum(turn.cpu for turn in turns["detach"]) / len(detach)),
        "ratio": round(ours / statistics.median(attach), 2),
    }


def grow(sandboxes: int) -> list[Row]:
    """Attach with Mooring alone, and take the median with few, many and most sandboxes there."""
    with files() as directory, running(MooringDaemon, directory) as program:
        taken = program.perform("attach", range(sandboxes)).seconds
        program.check(0, sandboxes - 1)
    scale = sandboxes / GROWN
    parts = [range(int(around.start * scale), int(around.stop * scale)) for around in AROUND]
    medians = [statistics.median(taken[part.start : part.stop]) for part in parts]
    logarithms = [math.log((part.start + part.stop) / 2) for part in parts]
    return [
        {
            "present": f"{part.start} to {part.stop}",
            "attach": _milliseconds(median),
            "growth": round(median / medians[0], 2),
            "logarithm": round(logarithm / logarithms[0], 2),
        }
        for part, median, logarithm in zip(parts, medians, logarithms, strict=True)
    ]


def _seconds(turns: list[Turn]) -> list[float]:
    return [seconds for turn in turns for seconds in turn.seconds]


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)


COMPARED: Final = {
    "program": "program",
    "attach": "attach, ms",
    "attach_p95": "p95",
    "attach_cpu": "CPU, ms",
    "detach": "detach, ms",
    "detach_p95": "p95",
    "detach_cpu": "CPU, ms",
    "ratio": "Mooring's attach, of this",
}
GROWTH: Final = {
    "present": "sandboxes present",
    "attach": "attach, ms",
    "growth": "of the first",
    "logarithm": "if it grew as log n",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the sandboxes")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    arguments = parser.parse_args()
    share = 5 if arguments.quick else 1
    compared = compare(SANDBOXES // share)
    print_table(COMPARED, compared)
    print()
    grown = grow(GROWN // share)
    print_table(GROWTH, grown)
    write_json(arguments.json, {"compared": compared, "grown": grown})


if __name__ == "__main__":
    main()
