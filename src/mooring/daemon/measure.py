"""What the daemon's metrics say, measured when somebody asks."""

from collections.abc import Iterator

from mooring.api.metrics import Measurement
from mooring.book.book import Book
from mooring.controller.ledger import Ledger
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
        yield _gauge("book_version", "Changes of the book since the start.", self._book.version)


def _gauge(name: str, text: str, value: float) -> Measurement:
    return Measurement(name=name, kind="gauge", help=text, samples=(((), value),))
