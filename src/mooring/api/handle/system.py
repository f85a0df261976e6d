"""The routes about the daemon and the machine."""

import os
from importlib.metadata import entry_points
from typing import Final

from aiohttp import web

from mooring import __version__
from mooring.api.call import Call, reply
from mooring.api.shape.system import InfoJson, PlatformJson, PluginsJson, PrunedJson, VersionJson
from mooring.api.translate.system import findings_json, trace_json
from mooring.api.version import API_VERSION, MIN_API_VERSION
from mooring.model.error import InvalidArgumentError
from mooring.model.run import RunStatus

_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64"}
"""What Go calls them, and Docker's version with it; its info says what the kernel says."""
_METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


async def ping(call: Call) -> web.Response:
    """That somebody is here, and which API it speaks."""
    headers = {
        "Api-Version": API_VERSION,
        "Docker-Experimental": "false",
        "Ostype": "linux",
        "Cache-Control": "no-cache, no-store, must-revalidate",
        "Pragma": "no-cache",
    }
    return web.Response(text="OK", headers=headers)


async def version(call: Call) -> web.Response:
    """What the daemon is."""
    machine = os.uname()
    return reply(
        VersionJson(
            platform=PlatformJson(name="Mooring"),
            version=__version__,
            api_version=API_VERSION,
            min_api_version=MIN_API_VERSION,
            os="linux",
            arch=_ARCHITECTURES.get(machine.machine, machine.machine),
            kernel_version=machine.release,
        )
    )


async def info(call: Call) -> web.Response:
    """How much there is of everything."""
    machine = os.uname()
    runs = call.backend.runs()
    running = sum(run.status is RunStatus.RUNNING for run in runs)
    return reply(
        InfoJson(
            name=machine.nodename,
            server_version=__version__,
            containers=len(runs),
            containers_running=running,
            containers_stopped=len(runs) - running,
            networks=len(call.backend.networks()),
            sandboxes=len(call.backend.sandboxes()),
            endpoints=len(call.backend.endpoints()),
            plugins=PluginsJson(
                network=sorted(point.name for point in entry_points(group="mooring.drivers"))
            ),
            os_type="linux",
            architecture=machine.machine,
            kernel_version=machine.release,
            ncpu=os.cpu_count() or 1,
        )
    )


async def doctor(call: Call) -> web.Response:
    """What is wrong on this machine, and what to do about it."""
    return reply(findings_json(await call.backend.diagnose()))


async def prune(call: Call) -> web.Response:
    """Everything that nothing alive uses goes."""
    pruned = await call.backend.prune()
    return reply(
        PrunedJson(networks_deleted=list(pruned.networks), containers_deleted=list(pruned.runs))
    )


async def resolve(call: Call) -> web.Response:
    """The path a question takes, asked as a sandbox or as something on a network."""
    name, network, sandbox = call.text("name"), call.text("network"), call.text("sandbox")
    if not name:
        raise InvalidArgumentError("there is no name to resolve", "give one with name=")
    if bool(network) == bool(sandbox):
        raise InvalidArgumentError(
            f"who asks for {name[:60]!r} is not clear: a name depends on whose eyes see it",
            "give either a sandbox or a network",
        )
    rtype = call.text("type", "A").upper()
    trace = await call.backend.resolve(name, rtype, network=network, sandbox=sandbox)
    return reply(trace_json(trace))


async def metrics(call: Call) -> web.Response:
    """Prometheus text."""
    return web.Response(body=call.backend.metrics(), headers={"Content-Type": _METRICS_TYPE})
