"""Commands on several objects: each is tried, whatever becomes of the others."""

from collections.abc import Callable, Sequence
from typing import Final

import click

from mooring.cli.failure import FAILED, complain
from mooring.cli.progress import progress
from mooring.model.error import MooringError

_AT_ONCE: Final = 16


def for_each(doing: str, targets: Sequence[str], act: Callable[[str], str]) -> int:
    """Act on every target, print what comes of it in their order, and return the exit code.

    ``doing`` is what the terminal says while it takes long: "stopping".
    """
    with progress(f"{doing} {', '.join(targets)}"):
        outcomes = _outcomes(targets, act)
    for outcome in outcomes:
        if isinstance(outcome, MooringError):
            complain(str(outcome))
        else:
            click.echo(outcome)
    failed = any(isinstance(outcome, MooringError) for outcome in outcomes)
    return FAILED if failed else 0


def _outcomes(targets: Sequence[str], act: Callable[[str], str]) -> list[str | MooringError]:
    def attempt(target: str) -> str | MooringError:
        try:
            return act(target)
        except MooringError as error:
            return error

    if len(targets) == 1:
        return [attempt(targets[0])]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(attempt, targets))
