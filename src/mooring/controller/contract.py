"""What the controller needs of others, in its own words; the daemon hands them in."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from mooring.linux.operation import Operation
from mooring.linux.resolver import ResolverSockets
from mooring.linux.rtnetlink import Interface, LinkInfo, RouteInfo
from mooring.model.event import Event
from mooring.model.view import View

_T = TypeVar("_T")


class Machine(Protocol):
    """Hands: ``linux.machine.Machine``, or the recording one of ``mooring.testing``."""

    async def apply(self, plan: Sequence[Operation]) -> list[ResolverSockets]: ...
    async def revert(self, plan: Sequence[Operation]) -> None: ...
    async def links(self, namespace: str = "") -> list[LinkInfo]: ...
    async def addresses(self) -> list[tuple[int, Interface]]: ...
    async def routes(self) -> list[RouteInfo]: ...
    async def call(self, work: Callable[[], _T]) -> _T: ...


class Resolver(Protocol):
    """The embedded DNS: one listener a sandbox, all over one book."""

    def open(self, sandbox_id: str, sockets: ResolverSockets, view: View) -> None:
        """Answer on these sockets from this view; the resolver closes them later."""
        ...

    def change(self, sandbox_id: str, view: View) -> None: ...
    def close(self, sandbox_id: str) -> None: ...


class HostFiles(Protocol):
    """The host's own files as they are now."""

    @property
    def path(self) -> str: ...
    def resolv_conf(self) -> str: ...
    def reachable_resolv_conf(self) -> tuple[str, str]:
        """Path and text of the file that names servers which not only the host can reach."""
        ...

    def hosts(self) -> str: ...
    def name_servers(self) -> tuple[str, ...]: ...


Announce = Callable[[Event], None]
"""Where events go. It stamps the time, and never raises."""
