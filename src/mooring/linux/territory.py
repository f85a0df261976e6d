"""What on this machine bears Mooring's marks, and the removal of what nothing explains any more."""

import os
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

from mooring.linux import netns
from mooring.linux.executor import Executor
from mooring.linux.process import in_namespace

_LINK: Final = re.compile(r"(mo-[0-9a-f]{12}|mov[0-9a-f]{10})\Z")
"""Bridges of networks and the host's ends of veth pairs, as the controller names them."""


class Wanted(msgspec.Struct, frozen=True):
    """What intent explains: link names, and names of entries in the three directories."""

    links: frozenset[str]
    namespaces: frozenset[str]
    sandboxes: frozenset[str]
    runs: frozenset[str]


def sweep(executor: Executor, directories: tuple[str, str, str], wanted: Wanted) -> tuple[str, ...]:
    """Remove what is ours and not wanted; what was removed, a few words each.

    ``directories`` hold namespaces, sandboxes' files and runs' logs. A namespace in which a process
    still lives is left alone: removing its name would end nothing, only hide it.
    """
    namespaces, sandboxes, runs = directories
    removed = [
        *_sweep_links(executor, wanted.links),
        *_sweep_entries(namespaces, wanted.namespaces, _remove_namespace),
        *_sweep_entries(sandboxes, wanted.sandboxes, _remove_directory),
        *_sweep_entries(runs, wanted.runs, _remove_directory),
    ]
    return tuple(removed)


def marked(names: Iterable[str]) -> tuple[str, ...]:
    """Those of some links' names that bear our marks."""
    return tuple(name for name in names if _LINK.match(name))


def _sweep_links(executor: Executor, wanted: frozenset[str]) -> list[str]:
    found = [name for name in marked(link.name for link in executor.links()) if name not in wanted]
    for name in found:
        executor.delete_link(name)
    return [f"link {name}" for name in found]


def _sweep_entries(
    directory: str, wanted: Iterable[str], remove: Callable[[str], bool]
) -> list[str]:
    if not os.path.isdir(directory):
        return []
    return [
        str(path)
        for path in sorted(Path(directory).iterdir())
        if path.name not in wanted and remove(str(path))
    ]


def _remove_namespace(path: str) -> bool:
    if netns.exists(path) and in_namespace(path):
        return False
    netns.remove(path)
    return True


def _remove_directory(path: str) -> bool:
    shutil.rmtree(path, ignore_errors=True)
    return True
