"""Environment variables from ``-e`` and ``--env-file``."""

from collections.abc import Mapping, Sequence

from mooring.model.error import InvalidArgumentError


def additions(
    files: Sequence[str], variables: Sequence[str], inherited: Mapping[str, str]
) -> list[str]:
    """``KEY=VALUE`` for everything given, files first, so that the last of a key wins.

    ``KEY`` alone stands for its value in ``inherited``, and for nothing when it has none there.
    Raises InvalidArgumentError for a file that cannot be read and for a variable without a key.
    """
    found: list[str] = []
    for path in files:
        found += [line for line in _lines(path) if line and not line.startswith("#")]
    return [
        addition
        for variable in (*found, *variables)
        if (addition := _addition(variable, inherited)) is not None
    ]


def _addition(variable: str, inherited: Mapping[str, str]) -> str | None:
    key, separator, _ = variable.partition("=")
    if not key or any(character.isspace() for character in key):
        raise InvalidArgumentError(
            f"{variable!r} is not a variable of the environment", "write KEY=VALUE or KEY"
        )
    if separator:
        return variable
    return f"{key}={inherited[key]}" if key in inherited else None


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8") as file:
            return [line.lstrip() for line in file.read().splitlines()]
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InvalidArgumentError(f"cannot read --env-file {path}: {reason}") from error
