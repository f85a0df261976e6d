"""Compiled answers: replies kept as bytes until the book says that a name of theirs changed.

Two levels. A datagram that came before, its id aside, is answered by one look-up, and nothing is
parsed. The same name and type in another spelling, with other flags or another OPT, is answered
from the rendered records, and its datagram is kept in turn.
"""

from collections import OrderedDict
from collections.abc import Iterator
from itertools import count, cycle, islice
from typing import Final, TypeAlias

from mooring.dns.dependents import Dependents
from mooring.dns.query import Answer, Dependency
from mooring.linux.datagrams import SLOT
from mooring.wire.question import Question
from mooring.wire.reply import finish
from mooring.wire.rotation import Rotation

Form: TypeAlias = bytes | Iterator[bytes]
"""What follows the id of a reply: always the same, or the next of several each time."""

DATAGRAM_LIMIT: Final = 512
"""Octets of a datagram that is worth keeping."""
REPLY_LIMIT: Final = SLOT
"""Octets of a reply that is; a listener copies it to a place of this size."""

_FORM_LIMIT: Final = 16
"""Datagrams kept for one name and type. A client library sends the same form every time, so there
are a handful; a client that varies every bit pushes out only forms of the name it asks for."""
_KEPT_TURNS: Final = 8
"""An answer of more records than this is rendered at every turn, rather than kept in each."""
_ENTRY_COST: Final = 900
_FORM_COST: Final = 250
"""Octets that an entry and a form take beside their names and messages, as measured."""
_PROPORTION: Final = 8
"""One name and type may take one part in so many of the share,"""
_ENTRY_LIMIT: Final = 64 << 10
"""and never more octets than this: so many can be dropped without keeping anybody waiting."""
_CATCH_UP: Final = 16 << 10
"""Octets dropped beside what comes in, each time, while a share that has shrunk is exceeded."""


class Budget:
    """Octets that are shared out evenly among ``holders``, ``least`` to each at any rate.

    A share that has shrunk is enforced little by little, as its holder keeps something new.
    """

    __slots__ = ("holders", "least", "total")

    def __init__(self, total: int, least: int) -> None:
        self.total: Final = total
        self.least: Final = least
        self.holders = 0

    @property
    def share(self) -> int:
        """What one holder may take."""
        return max(self.total // max(self.holders, 1), self.least)


class Entry:
    """The rendered answer to one name and type in one view, and every form that is kept of it."""

    __slots__ = ("_answers", "_length", "_rotation", "_turn", "cost", "depends", "forms", "key")

    def __init__(self, answers: "Compiled", key: tuple[bytes, int], answer: Answer) -> None:
        self._answers: Final = answers
        self._rotation: Final = Rotation(answer.reply)
        self._length: Final = len(answer.reply.body)
        self._turn = 0
        self.key: Final = key
        self.depends: Final[tuple[Dependency, ...]] = answer.depends or ()
        self.forms: Final[dict[bytes, int]] = {}
        """Datagrams in ``Compiled.replies`` that are answered from here, and what each costs."""
        self.cost = _ENTRY_COST + 2 * self._length
        """Octets, with all forms."""

    def message(self, question: Question, limit: int) -> bytes:
        """The reply to a question for this name and type; each time another record comes first."""
        turn = self._turn
        self._turn = turn + 1
        return finish(self._rotation.reply(turn), question, limit)

    def form(self, question: Question, limit: int) -> Form:
        """What to say whenever the same datagram comes."""
        turns = self._rotation.turns
        if turns == 1:
            return self.message(question, limit)[2:]
        rotation = self._rotation
        later = (finish(rotation.reply(turn), question, limit)[2:] for turn in count(self._turn))
        return later if turns > _KEPT_TURNS else cycle(islice(later, turns))

    def form_cost(self, datagram: bytes, limit: int) -> int | None:
        """Octets that it takes to keep a datagram with its reply; None for too long a reply."""
        length = min(limit, len(datagram) + self._length)
        if length > REPLY_LIMIT or len(datagram) > DATAGRAM_LIMIT:
            return None
        turns = self._rotation.turns
        return _FORM_COST + len(datagram) + length * (turns if turns <= _KEPT_TURNS else 1)

    def drop(self) -> None:
        """The book changed: this is no longer true."""
        self._answers.drop(self)


class Compiled:
    """The answers of all views that see the same scopes.

    ``replies`` maps a datagram without its id to the reply without its id; it is one object for
    life, so a listener may hold on to its ``get``. ``cost`` is the memory taken, in octets, which
    stays within the budget's share. Whatever was compiled first goes first, at a constant cost.
    """

    __slots__ = ("_budget", "_dependents", "_entries", "cost", "replies")

    def __init__(self, dependents: Dependents, budget: Budget) -> None:
        self.replies: Final[dict[bytes, Form]] = {}
        self.cost = 0
        self._budget: Final = budget
        self._dependents: Final = dependents
        self._entries: Final[OrderedDict[tuple[bytes, int], Entry]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, question: Question) -> Entry | None:
        """The answer to a question of class IN, if it is compiled."""
        return self._entries.get((question.folded, question.type))

    def add(self, question: Question, answer: Answer) -> Entry:
        """Keep a lasting answer to a question of class IN, if it is not out of all proportion."""
        entry = Entry(self, (question.folded, question.type), answer)
        known = self._entries.get(entry.key)
        if known:
            self.drop(known)
        if entry.cost <= self._entry_limit:
            self._entries[entry.key] = entry
            self._dependents.add(entry)
            self._grow(entry.cost)
        return entry

    def remember(self, entry: Entry, datagram: bytes, question: Question, limit: int) -> None:
        """From now on answer ``datagram``, which asks ``question``, without reading it."""
        cost = entry.form_cost(datagram, limit)
        if cost is None or self._entries.get(entry.key) is not entry:
            return
        if len(entry.forms) >= _FORM_LIMIT:
            self._forget(entry, next(iter(entry.forms)))
        if entry.cost + cost > self._entry_limit:
            return
        form = datagram[2:]
        self.replies[form] = entry.form(question, min(limit, REPLY_LIMIT))
        entry.forms[form] = cost
        entry.cost += cost
        self._grow(cost)

    def drop(self, entry: Entry) -> None:
        """Forget an answer in every form."""
        if self._entries.get(entry.key) is entry:
            del self._entries[entry.key]
            self._dependents.remove(entry)
            self.cost -= entry.cost
            for form in entry.forms:
                del self.replies[form]

    def shed(self, count: int) -> bool:
        """Forget ``count`` answers, the first first; whether any are left."""
        for entry in tuple(islice(self._entries.values(), count)):
            self.drop(entry)
        return bool(self._entries)

    @property
    def _entry_limit(self) -> int:
        return min(self._budget.share // _PROPORTION, _ENTRY_LIMIT)

    def _forget(self, entry: Entry, form: bytes) -> None:
        cost = entry.forms.pop(form)
        del self.replies[form]
        entry.cost -= cost
        self.cost -= cost

    def _grow(self, cost: int) -> None:
        """Count what was kept, and drop as much, or more, if that is above the share."""
        enough = max(self._budget.share, self.cost - _CATCH_UP)
        self.cost += cost
        while self.cost > enough:
            self.drop(next(iter(self._entries.values())))
