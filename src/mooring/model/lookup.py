"""Look-ups as a program in a sandbox sees them: what to measure there, and what was measured."""

import msgspec

from mooring.model.run import Process


class LookupRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Where to measure, and with which names.

    ``process`` is one that lives in the sandbox. Without one the network ``namespace`` is entered
    (empty: the machine's own), the files of ``directory`` are put over those of /etc, and the host
    is called ``hostname``, all as for a run. ``local`` may be empty. ``server`` is where raw
    questions go; none are sent if it is empty. ``fresh`` are names that nobody has asked for yet,
    ``absent`` is one that should not exist.
    """

    process: Process | None = None
    namespace: str = ""
    directory: str = ""
    hostname: str = ""
    server: str = ""
    local: str = ""
    outside: str
    absent: str
    fresh: tuple[str, str, str]
    pairs: int = 100


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """What the C library made of a name. ``milliseconds`` is None if it was still at it."""

    name: str
    milliseconds: float | None = None
    addresses: tuple[str, ...] = ()
    error: str = ""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one raw question. ``milliseconds`` is None if no reply came in time."""

    type: str
    milliseconds: float | None = None


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """A and AAAA for one name: ``together`` or ``serially`` from one socket, or ``reopened``."""

    way: str
    replies: tuple[Reply, ...]


class Burst(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs of A and AAAA for a local name, all from one socket; how many replies did not come."""

    pairs: int
    lost: int


class SandboxFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The texts that steer look-ups, as seen inside; empty for one that is not there."""

    resolv_conf: str = ""
    nsswitch: str = ""
    gai_conf: str = ""
    hosts: str = ""


class LookupMeasurement(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was found inside one sandbox.

    ``bypasses`` are sockets of the host's name services that a program can connect to. ``ipv6``:
    there is an address that reaches further than a link. ``plain`` and ``addrconfig`` are the
    outside name without and with AI_ADDRCONFIG.
    """

    hostname: str = ""
    files: SandboxFiles = SandboxFiles()
    bypasses: tuple[str, ...] = ()
    ipv6: bool = False
    local: Resolved | None = None
    plain: Resolved
    addrconfig: Resolved
    absent: Resolved
    exchanges: tuple[Exchange, ...] = ()
    burst: Burst | None = None
