"""A process that goes into a sandbox and measures look-ups there, as the programs inside do them.

``python -m mooring.linux.lookup_probe`` reads a ``LookupRequest`` as JSON and writes a
``LookupMeasurement``. It is a process of its own, since what goes into another's mounts does not
come back, and since the C library reads its files once.
"""

import os
import socket
import stat
import subprocess
import sys
import threading
import time
from typing import Final

import msgspec

from mooring.linux.cover import BYPASSES
from mooring.linux.enter import join
from mooring.linux.ipv6_addresses import Ipv6Addresses
from mooring.linux.isolation import isolate_files
from mooring.linux.launch import LaunchError
from mooring.linux.raw_questions import burst, exchanges
from mooring.linux.syscall import set_hostname
from mooring.model.error import MachineError
from mooring.model.lookup import LookupMeasurement, LookupRequest, Resolved, SandboxFiles

_FILE_LIMIT: Final = 64 << 10
"""Octets of a file that are read."""
_PATIENCE: Final = 12.0
"""Seconds that a look-up by the C library gets: two attempts of the usual five, and some."""
_ALL: Final = 150.0
"""Seconds after which the whole process is given up."""
_FAILED: Final = 1
_MS: Final = 1000


def measure_inside(request: LookupRequest) -> LookupMeasurement:
    """Start the process and wait for what it finds; raises MachineError with its reason."""
    command = [sys.executable, "-P", "-m", "mooring.linux.lookup_probe"]
    encoded = msgspec.json.encode(request)
    try:
        done = subprocess.run(
            command, input=encoded, capture_output=True, timeout=_ALL, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise MachineError(
            f"look-ups could not be measured within {_ALL:.0f} seconds", "give another name"
        ) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise MachineError(
            f"look-ups cannot be measured: {said[-1] if said else 'no reason given'}"
        )
    return msgspec.json.decode(done.stdout, type=LookupMeasurement)


def measure(request: LookupRequest) -> LookupMeasurement:
    """Go inside and measure. Raises ``LaunchError``. The caller has one thread and no way back."""
    if request.process is not None:
        join(request.process)
    else:
        isolate_files(request.namespace, request.directory)
        set_hostname(request.hostname)
    addresses = Ipv6Addresses.here()
    local = _resolve(request.local) if request.local else None
    raw = request.server
    return LookupMeasurement(
        hostname=os.uname().nodename,
        files=SandboxFiles(
            resolv_conf=_read("/etc/resolv.conf"),
            nsswitch=_read("/etc/nsswitch.conf"),
            gai_conf=_read("/etc/gai.conf"),
            hosts=_read("/etc/hosts"),
        ),
        bypasses=tuple(path for path in BYPASSES if _is_socket(path)),
        ipv6=addresses.reach_further(),
        local=local,
        plain=_resolve(request.outside),
        addrconfig=_resolve(request.outside, socket.AI_ADDRCONFIG),
        absent=_resolve(request.absent),
        exchanges=exchanges(raw, request.fresh) if raw else (),
        burst=burst(raw, request.local or "localhost", request.pairs) if raw else None,
    )


def _resolve(name: str, flags: int = 0) -> Resolved:
    """``getaddrinfo`` for both families, in a thread that is left behind if it takes too long."""
    found: list[Resolved] = []

    def look() -> None:
        started = time.perf_counter()
        addresses: tuple[str, ...] = ()
        error = ""
        try:
            # As octets: a text would go through Python's own tables of international names.
            kind = socket.SOCK_STREAM
            answers = socket.getaddrinfo(name.encode(), None, 0, kind, 0, flags)
            addresses = tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))
        except OSError as failure:
            error = failure.strerror or str(failure)
        taken = round((time.perf_counter() - started) * _MS, 3)
        found.append(Resolved(name=name, milliseconds=taken, addresses=addresses, error=error))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    return found[0] if found else Resolved(name=name)


def _read(path: str) -> str:
    """A regular file's text, or nothing."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    with open(opened, "rb") as file:
        regular = stat.S_ISREG(os.fstat(opened).st_mode)
        return file.read(_FILE_LIMIT).decode(errors="replace") if regular else ""


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        return False


def _main() -> int:
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=LookupRequest)
    try:
        measurement = measure(request)
    except LaunchError as error:
        sys.stderr.write(f"{error}\n")
        return _FAILED
    sys.stdout.buffer.write(msgspec.json.encode(measurement))
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    # A look-up that is still at it would be waited for otherwise.
    os._exit(_main())
