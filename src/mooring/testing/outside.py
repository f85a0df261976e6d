"""A neighbour of the machine: a namespace beyond a link, for tests of what crosses its border."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from mooring.linux import netns
from mooring.linux.executor import Executor
from mooring.testing.eventually import eventually

MACHINE: Final = {4: "198.51.100.1", 6: "2001:db8::1"}
"""The machine's own addresses on the link, by IP version."""
NEIGHBOUR: Final = {4: "198.51.100.2", 6: "2001:db8::2"}
_HERE, _THERE = "out0", "out1"


@contextmanager
def neighbour(path: str, *, routed: bool = False) -> Iterator[str]:
    """A namespace kept at ``path``, there when both ends of the link carry packets.

    If it is ``routed``, it takes the machine for its router; else it knows the link alone.
    """
    netns.create(path, {})
    inside = f"nsenter --net={path} ip"
    commands = [
        f"ip link add {_HERE} type veth peer name {_THERE}",
        f"ip link set {_THERE} netns {path}",
        f"{inside} link set lo up",
        f"ip address add {MACHINE[4]}/24 dev {_HERE}",
        f"ip address add {MACHINE[6]}/64 dev {_HERE} nodad",
        f"ip link set {_HERE} up",
        f"{inside} address add {NEIGHBOUR[4]}/24 dev {_THERE}",
        f"{inside} address add {NEIGHBOUR[6]}/64 dev {_THERE} nodad",
        f"{inside} link set {_THERE} up",
    ]
    if routed:
        commands += [
            f"{inside} route add default via {MACHINE[4]}",
            f"{inside} -6 route add default via {MACHINE[6]}",
        ]
    for command in commands:
        subprocess.run(command.split(), check=True)
    try:
        eventually(lambda: _runs(_HERE, "") and _runs(_THERE, path))
        yield path
    finally:
        subprocess.run(["ip", "link", "delete", _HERE], check=True)
        netns.remove(path)


def _runs(name: str, namespace: str) -> bool:
    executor = Executor()
    try:
        return any(link.running for link in executor.links(namespace) if link.name == name)
    finally:
        executor.close()
