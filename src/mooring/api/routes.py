"""Every route of the API, in one table."""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple, TypeAlias

from aiohttp import web

from mooring.api.call import Call
from mooring.api.handle import container, event, network, sandbox, system

Handler: TypeAlias = Callable[[Call], Awaitable[web.StreamResponse]]


class Route(NamedTuple):
    """A method, a path (also found under ``/v1.43`` and the like), and what answers it.

    A route that ``lingers`` waits for something to happen, and ends when its client goes away. Any
    other is carried through once begun, whoever leaves: half a join is nothing to stop at.
    """

    method: str
    path: str
    handler: Handler
    lingers: bool = False


ROUTES: Final = (
    Route("GET", "/_ping", system.ping),
    Route("HEAD", "/_ping", system.ping),
    Route("GET", "/version", system.version),
    Route("GET", "/info", system.info),
    Route("GET", "/events", event.events, lingers=True),
    Route("GET", "/metrics", system.metrics),
    Route("GET", "/resolve", system.resolve),
    Route("GET", "/system/doctor", system.doctor),
    Route("POST", "/system/prune", system.prune),
    Route("GET", "/networks", network.index),
    Route("POST", "/networks/create", network.create),
    Route("POST", "/networks/prune", network.prune),
    Route("GET", "/networks/{ref}", network.inspect),
    Route("DELETE", "/networks/{ref}", network.delete),
    Route("POST", "/networks/{ref}/connect", network.connect),
    Route("POST", "/networks/{ref}/disconnect", network.disconnect),
    Route("GET", "/containers/json", container.index),
    Route("POST", "/containers/create", container.create),
    Route("GET", "/containers/{ref}/json", container.inspect),
    Route("POST", "/containers/{ref}/started", container.started),
    Route("POST", "/containers/{ref}/stop", container.stop),
    Route("POST", "/containers/{ref}/kill", container.kill),
    Route("POST", "/containers/{ref}/wait", container.wait, lingers=True),
    Route("DELETE", "/containers/{ref}", container.remove),
    Route("GET", "/sandboxes", sandbox.index),
    Route("POST", "/sandboxes/create", sandbox.create),
    Route("GET", "/sandboxes/{ref}", sandbox.inspect),
    Route("DELETE", "/sandboxes/{ref}", sandbox.delete),
)
