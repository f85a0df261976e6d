"""How things were before a batch, as far as the batch touches them.

Its size, and the time to compare with what is, go with the batch and never with the names in it.
"""

from typing import TypeAlias

from mooring.book import held as at_name
from mooring.book.claim import Record
from mooring.book.held import Held

Owner: TypeAlias = tuple[str, bytes]
"""A scope and a name in it."""


class Past:
    """What one name said of the types and rdatas that are touched."""

    __slots__ = ("present", "ttls")

    def __init__(self) -> None:
        self.ttls: dict[int, int | None] = {}
        """The TTL of each type's RRset; None where there was none."""
        self.present: dict[tuple[int, bytes], bool] = {}
        """Whether each type and rdata was claimed."""

    def note(self, held: Held | None, record: Record) -> None:
        """Look at what is held before a claim of ``record`` comes or goes."""
        rtype, rdata = record.type, record.rdata
        if rtype not in self.ttls:
            self.ttls[rtype] = at_name.lowest_ttl(held, rtype)
        if (rtype, rdata) not in self.present:
            self.present[rtype, rdata] = at_name.has(held, rtype, rdata)

    def changed(self, held: Held | None) -> set[int]:
        """The types whose RRset is another now than it was."""
        types = {
            rtype for rtype, ttl in self.ttls.items() if at_name.lowest_ttl(held, rtype) != ttl
        }
        for (rtype, rdata), was in self.present.items():
            if at_name.has(held, rtype, rdata) != was:
                types.add(rtype)
        return types


class Journal:
    """The touched names of one batch, each as it was."""

    __slots__ = ("existed", "pasts")

    def __init__(self) -> None:
        self.pasts: dict[Owner, Past | None] = {}
        """Names at which a claim came or went; None for those that held nothing."""
        self.existed: dict[Owner, bool] = {}
        """Names below which the first name came or the last one went: whether they existed."""

    def touch(self, record: Record, held: Held | None) -> None:
        """A claim of ``record`` is about to come to, or go from, what is held at its name."""
        owner = (record.scope, record.name)
        if owner not in self.pasts:
            self.pasts[owner] = None if held is None else Past()
        past = self.pasts[owner]
        if past is not None:
            past.note(held, record)

    def reshape(self, owner: Owner, held: bool, parent: bool) -> None:
        """A name is about to begin or cease to have others below it.

        ``held`` tells whether it has claims now, ``parent`` whether others are below it now.
        """
        if owner not in self.existed:
            if owner in self.pasts:
                held = self.pasts[owner] is not None
            self.existed[owner] = held or parent
