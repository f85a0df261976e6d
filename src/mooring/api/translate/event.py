"""Events, in the shape of Docker's."""

from typing import Final

from mooring.api.shape.event import ActorJson, EventJson
from mooring.model.event import Event

_SECOND: Final = 1_000_000_000


def event_json(event: Event) -> EventJson:
    """One event; ``time`` in seconds and ``timeNano`` in nanoseconds since the epoch."""
    return EventJson(
        type=event.kind,
        action=event.action,
        actor=ActorJson(id=event.id, attributes=event.attributes),
        time=event.time // _SECOND,
        time_nano=event.time,
    )
