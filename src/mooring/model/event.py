"""Events: what happened to which object, in the words of Docker's ``/events``."""

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened. ``time`` is nanoseconds since the epoch."""

    kind: str
    """``network``, ``sandbox`` or ``container`` (a run)."""
    action: str
    id: str
    attributes: dict[str, str] = {}
    time: int = 0
