"""What the daemon's metrics say, measured when somebody asks."""

from collections.abc import Iterator

from mooring.api.metrics import Measurement
from mooring.book.book import Book
from mooring.controller.ledger import Ledger
from mooring.dns.counters import Counters
from mooring.dns.forwarding.counters import ForwardCounters
from mooring.dns.forwarding.forwarder import Forwarder
from mooring.dns.resolver import Resolver


class Measure:
    """Reads the counters of every room."""

    def __init__(
        self, *, ledger: Ledger, book: Book, resolver: Resolver, forwarder: Forwarder
    ) -> None:
        self._ledger = ledger
        self._book = book
        self._resolver = resolver
        self._forwarder = forwarder

    def measure(self) -> Iterator[Measurement]:
        """Every metric, now."""
        ledger = self._ledger
        yield _gauge("networks", "Networks that exist.", len(ledger.networks))
        yield _gauge("sandboxes", "Sandboxes that exist.", len(ledger.sandboxes))
        yield _gauge("endpoints", "Endpoints that exist.", len(ledger.endpoints))
        yield _gauge("runs", "Runs that exist, ended ones too.", len(ledger.runs))
        yield _gauge("book_names", "Names in the book.", len(self._book))
        yield _counter("book_changes", "Batches that changed the book.", self._book.version)
        yield from self._resolving()
        yield from self._forwarding()

    def _resolving(self) -> Iterator[Measurement]:
        resolver = self._resolver
        yield _by_outcome("dns_queries", "Queries of sandboxes.", resolver.counters, _OUTCOMES)
        yield _by_outcome("dns_faults", "What went wrong in listeners.", resolver.counters, _FAULTS)
        yield _gauge("dns_connections", "TCP connections open.", resolver.counters.connections)
        yield _gauge("dns_waiting", "Queries that wait for others.", resolver.counters.waiting)
        kept = resolver.compiled_answers
        yield _gauge("dns_compiled_answers", "Compiled answers kept.", kept)
        octets = resolver.compiled_octets
        yield _gauge("dns_compiled_octets", "Memory of compiled answers, nearly.", octets)

    def _forwarding(self) -> Iterator[Measurement]:
        forwarder = self._forwarder
        counters = forwarder.counters
        yield _by_outcome("forward", "What the forwarder did.", counters, _FORWARDED)
        answers, octets = forwarder.cached_answers, forwarder.cached_octets
        yield _gauge("forward_cache_answers", "Answers of others that are kept.", answers)
        yield _gauge("forward_cache_octets", "Memory that they take.", octets)
        yield _gauge("forward_in_flight", "Questions being asked.", forwarder.in_flight)


_OUTCOMES = (
    "hits",
    "compiled",
    "answered",
    "awaited",
    "refused",
    "rejected",
    "silent",
    "overloaded",
)
_FAULTS = ("failures", "send_errors", "receive_errors", "closed_for_room")
_FORWARDED = ForwardCounters.__struct_fields__


def _gauge(name: str, text: str, value: float) -> Measurement:
    return Measurement(name=name, kind="gauge", help=text, samples=(((), value),))


def _counter(name: str, text: str, value: float) -> Measurement:
    return Measurement(name=name, kind="counter", help=text, samples=(((), value),))


def _by_outcome(
    name: str, text: str, counters: Counters | ForwardCounters, fields: tuple[str, ...]
) -> Measurement:
    samples = tuple(((field,), float(getattr(counters, field))) for field in fields)
    return Measurement(name=name, kind="counter", help=text, labels=("outcome",), samples=samples)
