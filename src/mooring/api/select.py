"""Which networks, runs and events the filters of a request leave. Pure."""

from collections.abc import Callable, Collection, Iterable
from typing import Final

from mooring.api.filters import (
    Filters,
    lacks_labels,
    matches,
    matches_labels,
    matches_object,
    matches_part,
)
from mooring.api.translate.duration import cutoff, moment
from mooring.model.error import InvalidArgumentError
from mooring.model.event import Event
from mooring.model.network import Network
from mooring.model.run import Run, RunStatus

NETWORK_FILTERS: Final = frozenset({"name", "id", "label", "driver", "scope", "type", "dangling"})
NETWORK_PRUNE_FILTERS: Final = frozenset({"label", "label!", "until"})
RUN_FILTERS: Final = frozenset({"name", "id", "status", "network", "label", "exited"})
EVENT_FILTERS: Final = frozenset(
    {"type", "event", "container", "sandbox", "network", "label", "scope"}
)
_YES: Final = ("true", "1")
_NO: Final = ("false", "0")


def select_networks(
    networks: Iterable[Network], in_use: Collection[str], filters: Filters
) -> list[Network]:
    """The networks that fit every filter; those that may dangle are nobody's built-in ones."""
    _check_values(filters, "type", ("builtin", "custom"))
    _check_values(filters, "dangling", (*_YES, *_NO))
    return [
        network
        for network in networks
        if matches_part(filters, "name", network.name)
        and matches_part(filters, "id", network.id)
        and matches(filters, "driver", network.driver)
        and matches(filters, "scope", network.scope)
        and matches(filters, "type", "builtin" if network.built_in else "custom")
        and matches_labels(filters, network.labels)
        and _dangles(filters, not network.built_in and network.id not in in_use)
    ]


def _dangles(filters: Filters, dangling: bool) -> bool:
    wanted = filters.get("dangling")
    return not wanted or any((value in _YES) == dangling for value in wanted)


def select_prunable(
    networks: Iterable[Network], in_use: Collection[str], filters: Filters, now: float
) -> list[Network]:
    """The networks that pruning removes: nobody's built-in ones, on which nobody is.

    With ``until``, only those that were created before; ``now`` is in seconds since the epoch.
    """
    limits = [cutoff(text, now) for text in filters.get("until", ())]
    return [
        network
        for network in networks
        if not network.built_in
        and network.id not in in_use
        and all(moment(network.created) < limit for limit in limits)
        and matches_labels(filters, network.labels)
        and lacks_labels(filters, network.labels)
    ]


def select_runs(
    runs: Iterable[Run],
    filters: Filters,
    *,
    everything: bool,
    networks_of: Callable[[Run], Iterable[tuple[str, str]]],
) -> list[Run]:
    """The runs that fit every filter, newest first; only living ones unless ``everything``.

    A filter on the status or on the exit code asks for everything by itself. ``networks_of`` gives
    the id and the name of each network of a run.
    """
    _check_values(filters, "status", tuple(status.value for status in RunStatus))
    for code in filters.get("exited", ()):
        if not (code.isascii() and code.isdigit()):
            raise InvalidArgumentError(f"filter exited={code[:20]} is not an exit code")
    everything = everything or bool(filters.get("status") or filters.get("exited"))
    selected = [
        run
        for run in runs
        if (everything or run.status is RunStatus.RUNNING)
        and matches_part(filters, "name", run.name)
        and matches_part(filters, "id", run.id)
        and matches(filters, "status", run.status.value)
        and matches(filters, "exited", "" if run.exit_code is None else str(run.exit_code))
        and matches_labels(filters, run.request.sandbox.labels)
        and _on_network(filters, networks_of, run)
    ]
    return sorted(selected, key=lambda run: run.created, reverse=True)


def _on_network(
    filters: Filters, networks_of: Callable[[Run], Iterable[tuple[str, str]]], run: Run
) -> bool:
    if not filters.get("network"):
        return True
    return any(
        matches_object(filters, "network", identity, name) for identity, name in networks_of(run)
    )


def event_fits(event: Event, filters: Filters) -> bool:
    """Whether a stream with these filters carries the event."""
    return (
        matches(filters, "type", event.kind)
        and matches(filters, "event", event.action)
        and matches(filters, "scope", "local")
        and matches_labels(filters, event.attributes)
        and _is_about(event, filters)
    )


def _is_about(event: Event, filters: Filters) -> bool:
    """Whether it happened to one of the objects named, or none is named."""
    kinds = [kind for kind in ("container", "sandbox", "network") if filters.get(kind)]
    return not kinds or (
        event.kind in kinds
        and matches_object(filters, event.kind, event.id, event.attributes.get("name", ""))
    )


def _check_values(filters: Filters, key: str, possible: tuple[str, ...]) -> None:
    for value in filters.get(key, ()):
        if value not in possible:
            raise InvalidArgumentError(
                f"filter {key}={value[:40]} can never match", f"there are: {', '.join(possible)}"
            )
