"""The resolver: what answers at 127.0.0.11 in every sandbox, all from one book."""

import asyncio
from contextlib import ExitStack
from typing import Final

from mooring.book.book import Book
from mooring.dns.admission import admit
from mooring.dns.chain import Chain
from mooring.dns.compiled import Budget, Compiled
from mooring.dns.counters import Counters
from mooring.dns.dependents import Dependents
from mooring.dns.listener import READ_SIZE, UdpListener
from mooring.dns.names import DEFAULT_TTL, Names
from mooring.dns.responder import Responder
from mooring.dns.tcp import TcpListener
from mooring.dns.tracing import Tracing
from mooring.dns.upstream import Forward, Recall, Upstreams
from mooring.dns.without_ipv6 import WithoutIpv6
from mooring.linux.datagrams import Batch
from mooring.linux.ipv6_addresses import Ipv6Addresses
from mooring.linux.resolver import ResolverSockets, close_sockets
from mooring.model.trace import Trace
from mooring.model.view import NameScope, View

_BUDGET: Final = 64 << 20
"""Octets of compiled answers of all sandboxes together."""
_LEAST_SHARE: Final = 256 << 10
"""Octets for the answers of one set of scopes, however many others there are."""
_SHED: Final = 128
"""Answers forgotten at a stretch."""


class _Shared:
    """Compiled answers, and the sandboxes that share them because they see the same scopes."""

    __slots__ = ("compiled", "sandboxes")

    def __init__(self, compiled: Compiled) -> None:
        self.compiled: Final = compiled
        self.sandboxes: Final[set[str]] = set()


class _Open:
    """One sandbox that is answered."""

    __slots__ = ("ipv6", "responder", "tcp", "udp")

    def __init__(
        self, responder: Responder, ipv6: Ipv6Addresses, udp: UdpListener, tcp: TcpListener
    ) -> None:
        self.responder: Final = responder
        self.ipv6: Final = ipv6
        self.udp: Final = udp
        self.tcp: Final = tcp


class Resolver:
    """The listeners and the views of all sandboxes, on one event loop.

    Questions that are none for a resolver are refused, those that the book knows are answered from
    it, those for addresses that the sandbox could not use are answered without any, and the rest
    goes to ``upstreams``. Sandboxes that see the same scopes in the same order
    share their compiled answers. ``ttl`` is for how many seconds it holds that a name has no record
    of a type, where no zone of the book says so itself.
    """

    def __init__(self, book: Book, upstreams: Upstreams, *, ttl: int = DEFAULT_TTL) -> None:
        self.counters: Final = Counters()
        names = Names(book, ttl)
        self._names: Final = names
        without_ipv6 = WithoutIpv6(self._has_ipv6, ttl)
        handlers = (admit, names, without_ipv6, Recall(upstreams), Forward(upstreams))
        self._chain: Final = Chain(handlers, self.counters)
        self._tracing: Final = Tracing(names, without_ipv6, upstreams)
        self._dependents: Final = Dependents()
        self._unsubscribe: Final = book.subscribe(self._dependents.update)
        self._budget: Final = Budget(_BUDGET, _LEAST_SHARE)
        self._shared: Final[dict[tuple[NameScope, ...], _Shared]] = {}
        self._batches: Final[dict[int, Batch]] = {}
        self._open: Final[dict[str, _Open]] = {}
        self._ending: Final[set[asyncio.Task[None]]] = set()

    def open(self, sandbox_id: str, sockets: ResolverSockets, view: View) -> None:
        """Answer on these sockets, the resolver's own from now on, what this view sees.

        To be called on the event loop. A sandbox that is open already gets the new sockets.
        """
        self.close(sandbox_id)
        loop = asyncio.get_running_loop()
        responder = Responder(view, self._share(sandbox_id, view), self._chain, self.counters)
        with ExitStack() as undo:
            undo.callback(self._unshare, sandbox_id, view)
            undo.callback(close_sockets, sockets)
            batch = self._batch(sockets.udp.family)
            udp = UdpListener(loop, sockets.udp, responder, self.counters, batch)
            undo.callback(udp.close)
            tcp = TcpListener(loop, sockets.tcp, responder, self.counters)
            undo.pop_all()
        self._open[sandbox_id] = _Open(responder, sockets.ipv6, udp, tcp)

    def change_ttl(self, ttl: int) -> None:
        """See ``ttl`` above; answers kept already follow as their names are claimed anew."""
        self._names.change_ttl(ttl)

    def change(self, sandbox_id: str, view: View) -> None:
        """From now on answer what this view sees; nothing happens if the sandbox is not open."""
        found = self._open.get(sandbox_id)
        if found is None:
            return
        responder = found.responder
        if view.scopes != responder.view.scopes:
            self._unshare(sandbox_id, responder.view)
            responder.compiled = self._share(sandbox_id, view)
        responder.view = view

    def close(self, sandbox_id: str) -> None:
        """Close the sandbox's sockets and connections, and give up what waits; if it is open."""
        found = self._open.pop(sandbox_id, None)
        if found is None:
            return
        for task in (*found.udp.close(), *found.tcp.close()):
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
        found.ipv6.close()
        self._unshare(sandbox_id, found.responder.view)

    async def aclose(self) -> None:
        """Close every sandbox, and return when nothing of them is left."""
        for sandbox_id in tuple(self._open):
            self.close(sandbox_id)
        self._unsubscribe()
        await asyncio.gather(*self._ending, return_exceptions=True)

    async def trace(self, view: View, name: str, rtype: str) -> Trace:
        """Resolve as whoever has ``view`` would, and say how. Raises InvalidArgumentError."""
        return await self._tracing.trace(view, name, rtype)

    @property
    def compiled_answers(self) -> int:
        """Names and types whose answers are kept, each counted once for every set of scopes."""
        return sum(len(shared.compiled) for shared in self._shared.values())

    @property
    def compiled_octets(self) -> int:
        """The memory that they take, nearly."""
        return sum(shared.compiled.cost for shared in self._shared.values())

    def _has_ipv6(self, sandbox_id: str) -> bool:
        """Whether the sandbox has an IPv6 address for more than a link; if it is unknown, yes."""
        found = self._open.get(sandbox_id)
        return found is None or found.ipv6.reach_further()

    def _batch(self, family: int) -> Batch:
        batch = self._batches.get(family)
        if batch is None:
            batch = self._batches[family] = Batch(family, READ_SIZE)
        return batch

    def _share(self, sandbox_id: str, view: View) -> Compiled:
        shared = self._shared.get(view.scopes)
        if shared is None:
            shared = self._shared[view.scopes] = _Shared(Compiled(self._dependents, self._budget))
            self._budget.holders += 1
        shared.sandboxes.add(sandbox_id)
        return shared.compiled

    def _unshare(self, sandbox_id: str, view: View) -> None:
        shared = self._shared[view.scopes]
        shared.sandboxes.discard(sandbox_id)
        if not shared.sandboxes:
            del self._shared[view.scopes]
            self._budget.holders -= 1
            self._shed(shared.compiled)

    def _shed(self, compiled: Compiled) -> None:
        """Forget answers that nobody asks for any more, without keeping those who ask waiting."""
        if compiled.shed(_SHED):
            asyncio.get_running_loop().call_soon(self._shed, compiled)
