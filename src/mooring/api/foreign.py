"""What Docker Engine's API has and Mooring has not: 501, and a sentence. Pure.

Asked only for requests that no route takes, so whatever gets a route of its own is not foreign.
"""

import re
from typing import Final

from mooring.model.error import NotSupportedError

_VERSION: Final = re.compile(r"/v[0-9]{1,3}\.[0-9]{1,3}(?=/)")
_FILES: Final = "Mooring has no {}: a program in it runs with the files of this machine"
_SWARM: Final = "Mooring is of one machine and has no {}"

_FOREIGN: Final = tuple(
    (re.compile(rf"/(?:{paths})(?:/|\Z)"), sentence)
    for paths, sentence in (
        ("images|build|commit|distribution|session|grpc|auth", _FILES.format("images")),
        ("volumes", _FILES.format("volumes")),
        ("system/df", _FILES.format("images or volumes")),
        ("swarm|nodes|services|tasks|secrets|configs", _SWARM.format("swarm")),
        ("plugins", "Mooring has no plugins to manage: a driver is an installed Python package"),
        ("exec|containers/[^/]+/exec", "there is no exec in this API: use moor exec"),
        ("containers/[^/]+/logs", "there are no logs in this API: use moor logs"),
        (
            "containers/[^/]+/attach",
            "nobody can be attached later: moor run without -d has the terminal from the start",
        ),
        ("containers/[^/]+/(?:archive|changes|export)", _FILES.format("container's own files")),
        (
            "containers/[^/]+/(?:top|stats)",
            "there are no figures of processes in this API: use ps and top of this machine",
        ),
        (
            "containers/[^/]+/(?:start|restart)",
            "a run is started once, by moor run, in the terminal that it is called from",
        ),
        (
            "containers/[^/]+/(?:pause|unpause|rename|update|resize|checkpoints)",
            "a run cannot be changed: it can be stopped, killed and removed",
        ),
        (
            "containers/prune",
            "runs are not pruned alone: moor system prune removes those that have ended",
        ),
    )
)


def check_foreign(path: str) -> None:
    """Raise NotSupportedError if a path is one of Docker's that Mooring will not answer."""
    bare = _VERSION.sub("", path, count=1) if path.startswith("/v") else path
    for pattern, sentence in _FOREIGN:
        if pattern.match(bare):
            raise NotSupportedError(sentence)
