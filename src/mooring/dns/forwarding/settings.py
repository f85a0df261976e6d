"""How long the forwarder waits, and how much it holds."""

import msgspec

from mooring.wire.relay import TtlBounds


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """Times, in seconds. A question takes ``queue`` + ``question`` at most: 3.4."""

    question: float = 2.9
    """From the first packet to the last word. A client's library waits 5 seconds, musl's 2.5 before
    it asks again."""
    queue: float = 0.5
    """For a turn, where a sandbox has more questions in flight than its share."""
    revival: float = 1.0
    """For a server that left the last question unanswered."""
    resend: float = 0.8
    """Until the same packet goes to a silent server once more."""
    hedge_first: float = 0.2
    """Until the next server is asked too, for a server never measured."""
    hedge_least: float = 0.03
    hedge_most: float = 0.3
    down_least: float = 2.0
    """For which a server that did not answer is asked last; doubled each time it stays silent."""
    down_most: float = 10.0
    failure_least: float = 1.0
    """For which a failure is repeated instead of asked again (RFC 9520, section 3.2), doubled each
    time the question fails again."""
    failure_most: float = 30.0
    """RFC 9520 allows five minutes; a person who mended something waits less gladly."""
    plain: float = 600.0
    """For which a server that cannot read EDNS is asked without."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds. ``in_flight`` is for all sandboxes together, the next two for each of them."""

    in_flight: int = 512
    in_flight_each: int = 256
    waiting_each: int = 1024
    """Clients that wait for a turn or for another's identical question."""
    lingering: int = 64
    """Exchanges that go on after another server won, to learn whether this one is alive."""
    servers: int = 8
    """Of one set; the rest is left out."""
    sets: int = 4096
    """Sets of servers that are remembered."""
    cache_octets: int = 16 << 20
    failures: int = 4096
    ttl: TtlBounds = TtlBounds()
