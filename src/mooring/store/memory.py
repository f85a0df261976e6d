"""The store that forgets: for tests, and for a daemon that shall leave no trace."""

from collections.abc import Iterable, Iterator, Mapping


class MemoryStore:
    """Satisfies ``KeyValue``, and counts the batches it was given."""

    def __init__(self) -> None:
        self.writes = 0
        self.durable_writes = 0
        self._values: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self._values.get(key)

    def list(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        held = sorted(self._values.items())
        return iter([item for item in held if item[0].startswith(prefix)])

    def write(
        self,
        puts: Mapping[str, bytes],
        deletes: Iterable[str] = (),
        *,
        durable: bool = False,
    ) -> None:
        gone = tuple(deletes)
        if not puts and not gone:
            return
        for key in gone:
            self._values.pop(key, None)
        self._values.update(puts)
        self.writes += 1
        self.durable_writes += durable

    def close(self) -> None:
        """Nothing to let go of; a test may close and read on."""
