"""A responder without a socket, asked for bytes as a UDP listener asks it."""

import dns.flags
import dns.message

from mooring.book.book import Book
from mooring.dns.admission import admit
from mooring.dns.chain import Chain, Waiting
from mooring.dns.compiled import Budget, Compiled
from mooring.dns.counters import Counters
from mooring.dns.dependents import Dependents
from mooring.dns.names import Names
from mooring.dns.query import Handler, Transport
from mooring.dns.responder import Responder
from mooring.dns.upstream import Forward
from mooring.model.view import View
from mooring.testing.scripted_upstreams import ScriptedUpstreams

CLIENT = ("127.0.0.1", 5353)


class Desk:
    """Compiled answers over one book, and a chain that ends with upstreams.

    ``budget`` is in octets.
    """

    def __init__(self, book: Book, view: View, budget: int = 16 << 20) -> None:
        self.counters = Counters()
        self.dependents = Dependents()
        book.subscribe(self.dependents.update)
        self.budget = Budget(budget, 0)
        self.compiled = Compiled(self.dependents, self.budget)
        handlers: tuple[Handler, ...] = (admit, Names(book), Forward(ScriptedUpstreams()))
        chain = Chain(handlers, self.counters)
        self.responder = Responder(view, self.compiled, chain, self.counters)

    def ask(self, datagram: bytes) -> bytes | Waiting | None:
        """What the datagram gets: the kept form, or what the responder says."""
        form = self.compiled.replies.get(datagram[2:])
        if form is None:
            return self.responder.respond(datagram, CLIENT, Transport.UDP)
        self.counters.hits += 1
        return datagram[:2] + (form if isinstance(form, bytes) else next(form))

    def answer(self, datagram: bytes) -> dns.message.Message:
        """The reply that it gets, read by dnspython."""
        reply = self.ask(datagram)
        assert isinstance(reply, bytes)
        return dns.message.from_wire(reply, one_rr_per_rrset=True)
