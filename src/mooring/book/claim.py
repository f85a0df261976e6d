"""Claims, and the batches in which they come and go."""

from typing import TypeAlias

import msgspec


class Record(msgspec.Struct, frozen=True, gc=False):
    """What a claim asserts: that in ``scope`` the name has this record.

    ``scope`` says whose eyes the name is for (a network's id, a server block's zone). ``name`` is a
    folded wire name, ``rdata`` wire form without compression, ``ttl`` seconds.
    """

    scope: str
    name: bytes
    type: int
    ttl: int
    rdata: bytes


class Claim(msgspec.Struct, frozen=True, gc=False):
    """A record together with the claimant that vouches for it."""

    claimant: str
    record: Record


class Put(msgspec.Struct, frozen=True):
    """The claimant's claims are these and no others from now on."""

    claimant: str
    records: tuple[Record, ...]


class Withdraw(msgspec.Struct, frozen=True):
    """The claimant is gone, and every claim of it."""

    claimant: str


Step: TypeAlias = Put | Withdraw
"""One step of a batch."""
