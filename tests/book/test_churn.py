"""The book under many changes: still right, and no larger than what is claimed."""

import random
import time

import pytest

from mooring.book.book import Book
from mooring.book.claim import Put, Record, Withdraw
from mooring.wire.constant import Type
from mooring.wire.name import from_text

NAMES = [from_text(f"web-{number}.shop.internal") for number in range(200)]


def put(chance: random.Random, claimant: str) -> Put:
    names = chance.sample(NAMES[:20] if chance.random() < 0.5 else NAMES, chance.randint(1, 3))
    rdata = chance.randbytes(4)
    return Put(claimant, tuple(Record("shop", name, Type.A, 5, rdata) for name in names))


@pytest.mark.soak
def test_a_book_that_changes_all_the_time_stays_the_sum_of_its_claims(soak_seconds: float) -> None:
    seed = random.randrange(1 << 32)
    chance, book, live = random.Random(seed), Book(), dict[str, Put]()
    end = time.monotonic() + soak_seconds
    while time.monotonic() < end:
        for _ in range(1000):
            claimant = f"claimant {chance.randrange(500)}"
            if chance.random() < 0.4:
                live.pop(claimant, None)
                book.apply([Withdraw(claimant)])
            else:
                live[claimant] = put(chance, claimant)
                book.apply([live[claimant]])
        fresh = Book()
        fresh.apply(live.values())
        assert set(book.names("shop")) == set(fresh.names("shop")), f"seed {seed}"
        for name in NAMES:
            assert book.holders("shop", name) == fresh.holders("shop", name), f"seed {seed}"
            for rtype in (Type.A, Type.AAAA):
                said = book.lookup("shop", name, rtype)
                assert said == fresh.lookup("shop", name, rtype), f"seed {seed}"
    book.apply([Withdraw(claimant) for claimant in live])
    assert len(book) == 0
