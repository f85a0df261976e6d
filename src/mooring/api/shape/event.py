"""Events in JSON (Docker Engine API 1.43, ``EventMessage``)."""

import msgspec
from msgspec import field


class ActorJson(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What it happened to."""

    id: str = field(name="ID")
    attributes: dict[str, str]


class EventJson(msgspec.Struct, frozen=True, kw_only=True):
    """One line of ``GET /events``; ``time`` is in seconds since the epoch."""

    type: str = field(name="Type")
    action: str = field(name="Action")
    actor: ActorJson = field(name="Actor")
    scope: str = "local"
    time: int
    time_nano: int = field(name="timeNano")
