"""The routes under ``/containers``: runs."""

import time
from collections.abc import Iterable

from aiohttp import web

from mooring.api.backend import Backend
from mooring.api.call import Call, done, reply
from mooring.api.handle.attachment import attachments_of
from mooring.api.peer import peer_of
from mooring.api.select import RUN_FILTERS, select_runs
from mooring.api.shape.container import (
    RunCreatedJson,
    RunCreateJson,
    StartedJson,
    WaitJson,
)
from mooring.api.signals import parse_signal
from mooring.api.translate.run import (
    launch_json,
    networks_of,
    process_of,
    run_json,
    run_request,
    run_summary,
)
from mooring.model.error import InvalidArgumentError, NotFoundError, NotSupportedError
from mooring.model.run import Run, RunStatus
from mooring.model.sandbox import Sandbox

STOP_SECONDS = 10.0
"""How long a run may take to stop before it is killed, unless the call says otherwise."""


async def index(call: Call) -> web.Response:
    """The living runs, or with ``all`` every one; ``limit`` asks for the newest of every one."""
    backend = call.backend
    limit = int(call.number("limit", 0))
    runs = select_runs(
        backend.runs(),
        call.filters(RUN_FILTERS),
        everything=call.flag("all") or limit > 0,
        networks_of=lambda run: _networks_of(backend, run),
    )
    if limit > 0:
        runs = runs[:limit]
    now = time.time()
    return reply(
        [
            run_summary(run, sandbox, attachments_of(backend, sandbox), now)
            for run in runs
            for sandbox in (_sandbox_of(backend, run),)
        ]
    )


def _networks_of(backend: Backend, run: Run) -> Iterable[tuple[str, str]]:
    sandbox = _sandbox_of(backend, run)
    networks = networks_of(run, sandbox, attachments_of(backend, sandbox))
    return ((settings.network_id, name) for name, settings in networks.items())


def _sandbox_of(backend: Backend, run: Run) -> Sandbox | None:
    """The sandbox of a run; an exited run has none any more."""
    try:
        sandbox = backend.sandbox(run.id)
    except NotFoundError:
        return None
    return sandbox if sandbox.id == run.id else None


async def create(call: Call) -> web.Response:
    """A run with its sandbox, to be started by whoever asks; if that process dies, it is undone."""
    request = run_request(call.text("name").removeprefix("/"), await call.body(RunCreateJson))
    run = await call.backend.create_run(request, peer_of(call.request))
    launch = launch_json(run, call.backend.sandbox(run.id), call.backend.run_directory(run))
    return reply(RunCreatedJson(id=run.id, warnings=[], launch=launch), 201)


async def started(call: Call) -> web.Response:
    """The starter says which processes the run and its supervisor are."""
    body = await call.body(StartedJson)
    await call.backend.start_run(call.ref, process_of(body.process), process_of(body.supervisor))
    return done()


async def inspect(call: Call) -> web.Response:
    """One run."""
    run = call.backend.run(call.ref)
    sandbox = _sandbox_of(call.backend, run)
    directory = call.backend.run_directory(run)
    return reply(run_json(run, sandbox, attachments_of(call.backend, sandbox), directory))


async def stop(call: Call) -> web.Response:
    """A signal, ``t`` seconds (ten unless said; forever if negative), and then SIGKILL."""
    signal = parse_signal(call.text("signal") or "TERM")
    seconds = call.number("t", STOP_SECONDS)
    if call.backend.run(call.ref).status is RunStatus.EXITED:
        return done(304)
    timeout = seconds if seconds >= 0 else float("inf")
    await call.backend.stop_run(call.ref, timeout=timeout, signal=signal)
    return done()


async def kill(call: Call) -> web.Response:
    """A signal, and no more."""
    await call.backend.kill_run(call.ref, signal=parse_signal(call.text("signal") or "KILL"))
    return done()


async def wait(call: Call) -> web.Response:
    """The exit code, once there is one and the sandbox is gone."""
    condition = call.text("condition", "not-running")
    if condition not in ("", "not-running"):
        raise NotSupportedError(
            f"cannot wait for condition {condition[:40]!r}", "there is: not-running"
        )
    return reply(WaitJson(status_code=await call.backend.wait_run(call.ref)))


async def remove(call: Call) -> web.Response:
    """The run goes; a living one only with ``force``."""
    if call.flag("link"):
        raise InvalidArgumentError("there are no links to remove", "leave link out")
    await call.backend.remove_run(call.ref, force=call.flag("force"))
    return done()
