"""Both stores against a dict: any sequence of batches leaves all three the same."""

import tempfile
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mooring.store.memory import MemoryStore
from mooring.store.sqlite import SqliteStore

# Few letters, so that keys collide and are prefixes of one another; and the two ends of Unicode.
KEYS = st.text(alphabet="ab/\x00\U0010ffff", max_size=4)
BATCHES = st.dictionaries(KEYS, st.binary(max_size=8), max_size=5)


class StoresAgainstDict(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.path = Path(self.directory.name) / "mooring.db"
        self.sqlite = SqliteStore(self.path)
        self.memory = MemoryStore()
        self.expected: dict[str, bytes] = {}

    @rule(puts=BATCHES, deletes=st.lists(KEYS, max_size=5), durable=st.booleans())
    def write(self, puts: dict[str, bytes], deletes: list[str], durable: bool) -> None:
        self.sqlite.write(puts, deletes, durable=durable)
        self.memory.write(puts, deletes, durable=durable)
        for key in deletes:
            self.expected.pop(key, None)
        self.expected.update(puts)

    @rule(prefix=KEYS)
    def list_prefix(self, prefix: str) -> None:
        expected = [item for item in sorted(self.expected.items()) if item[0].startswith(prefix)]
        assert list(self.sqlite.list(prefix)) == expected
        assert list(self.memory.list(prefix)) == expected

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        assert self.sqlite.get(key) == self.expected.get(key)
        assert self.memory.get(key) == self.expected.get(key)

    @rule()
    def reopen(self) -> None:
        self.sqlite.close()
        self.sqlite = SqliteStore(self.path)
        assert self.sqlite.notice == ""

    @invariant()
    def same(self) -> None:
        assert dict(self.sqlite.list("")) == self.expected

    def teardown(self) -> None:
        self.sqlite.close()
        self.directory.cleanup()


TestAnySequenceOfBatches = StoresAgainstDict.TestCase
