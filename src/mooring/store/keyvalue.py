"""The contract of every store: keys, values, and batches that happen wholly or not at all.

What the values mean is their writer's business. A store never interprets, renames or expires.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol


class KeyValue(Protocol):
    """Text keys and byte values, kept from one start to the next.

    Every verb may be called from any thread, one call at a time taking effect. A failing disk
    raises ``mooring.model.error.MachineError``, and the batch that met it has changed nothing.
    """

    def get(self, key: str) -> bytes | None:
        """The value of ``key``, or None."""
        ...

    def list(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Every key that starts with ``prefix`` and its value, in the order of code points.

        What it yields is what the store held when it was called, whatever is written meanwhile.
        """
        ...

    def write(
        self,
        puts: Mapping[str, bytes],
        deletes: Iterable[str] = (),
        *,
        durable: bool = False,
    ) -> None:
        """Delete, then put, as one batch: after a crash all of it is there, or none.

        A batch outlives the death of this process at once. A ``durable`` one, and every batch
        before it, outlives the loss of power too: it has reached the disk on return. Deleting what
        is not there is no error; a key both deleted and put is put; an empty batch does nothing.
        """
        ...

    def close(self) -> None:
        """Let go of the store, so that another may open it. Calling it again does nothing."""
        ...
