"""The routes under ``/sandboxes``."""

from aiohttp import web

from mooring.api.call import Call, done, reply
from mooring.api.handle.attachment import attachments_of
from mooring.api.shape.sandbox import SandboxCreatedJson, SandboxCreateJson
from mooring.api.translate.sandbox import sandbox_json, sandbox_request


async def index(call: Call) -> web.Response:
    """Every sandbox, those of runs included."""
    backend = call.backend
    return reply(
        [sandbox_json(sandbox, attachments_of(backend, sandbox)) for sandbox in backend.sandboxes()]
    )


async def create(call: Call) -> web.Response:
    """A new sandbox, around a namespace of its own or one that exists."""
    request = sandbox_request(await call.body(SandboxCreateJson))
    sandbox = await call.backend.create_sandbox(request)
    return reply(SandboxCreatedJson(id=sandbox.id, warnings=[]), 201)


async def inspect(call: Call) -> web.Response:
    """One sandbox."""
    sandbox = call.backend.sandbox(call.ref)
    return reply(sandbox_json(sandbox, attachments_of(call.backend, sandbox)))


async def delete(call: Call) -> web.Response:
    """The sandbox leaves its networks and goes; a namespace that we did not make stays."""
    await call.backend.delete_sandbox(call.ref)
    return done()
