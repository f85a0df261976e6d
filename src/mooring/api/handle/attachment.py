"""The networks a sandbox is on, by name."""

from mooring.api.backend import Backend
from mooring.api.translate.endpoint import Attachment
from mooring.model.sandbox import Sandbox


def attachments_of(backend: Backend, sandbox: Sandbox | None) -> list[Attachment]:
    """The endpoints of a sandbox with the names of their networks, in gateway order."""
    if sandbox is None:
        return []
    return [
        (backend.network(endpoint.network_id).name, endpoint)
        for endpoint in backend.endpoints(sandbox_id=sandbox.id)
    ]
