"""The routes under ``/networks``."""

import time

from aiohttp import web

from mooring.api.call import Call, done, reply
from mooring.api.select import (
    NETWORK_FILTERS,
    NETWORK_PRUNE_FILTERS,
    select_networks,
    select_prunable,
)
from mooring.api.shape.network import (
    ConnectJson,
    DisconnectJson,
    NetworkCreatedJson,
    NetworkCreateJson,
)
from mooring.api.shape.system import NetworksPrunedJson
from mooring.api.translate.endpoint import Attachment, endpoint_request
from mooring.api.translate.network import network_json, network_request
from mooring.model.endpoint import Endpoint
from mooring.model.error import ConflictError, NotFoundError


async def index(call: Call) -> web.Response:
    """The networks, without who is on them."""
    filters = call.filters(NETWORK_FILTERS)
    networks = select_networks(call.backend.networks(), _in_use(call), filters)
    return reply([network_json(network) for network in networks])


def _in_use(call: Call) -> set[str]:
    """The ids of the networks that somebody is on."""
    return {endpoint.network_id for endpoint in call.backend.endpoints()}


async def create(call: Call) -> web.Response:
    """A new network; with ``dry-run`` in the query, the operations that would make it."""
    request = network_request(await call.body(NetworkCreateJson))
    if call.flag("dry-run"):
        return reply(await call.backend.plan_network(request))
    network = await call.backend.create_network(request)
    return reply(NetworkCreatedJson(id=network.id), 201)


async def inspect(call: Call) -> web.Response:
    """One network, with who is on it."""
    network = call.backend.network(call.ref)
    attached = [
        _attached(call, endpoint) for endpoint in call.backend.endpoints(network_id=network.id)
    ]
    return reply(network_json(network, attached))


def _attached(call: Call, endpoint: Endpoint) -> Attachment:
    return call.backend.sandbox(endpoint.sandbox_id).name, endpoint


async def delete(call: Call) -> web.Response:
    """The network goes; the backend refuses while somebody is on it."""
    await call.backend.delete_network(call.ref)
    return done()


async def connect(call: Call) -> web.Response:
    """A sandbox joins."""
    body = await call.body(ConnectJson)
    await call.backend.connect(body.container, endpoint_request(call.ref, body.endpoint_config))
    return done(200)


async def disconnect(call: Call) -> web.Response:
    """A sandbox leaves."""
    body = await call.body(DisconnectJson)
    await call.backend.disconnect(body.container, call.ref, force=bool(body.force))
    return done(200)


async def prune(call: Call) -> web.Response:
    """The networks that nobody is on go; one that somebody joins meanwhile stays."""
    filters = call.filters(NETWORK_PRUNE_FILTERS)
    networks = call.backend.networks()
    deleted: list[str] = []
    for network in select_prunable(networks, _in_use(call), filters, time.time()):
        try:
            await call.backend.delete_network(network.id)
        except (ConflictError, NotFoundError):
            continue
        deleted.append(network.name)
    return reply(NetworksPrunedJson(networks_deleted=deleted))
