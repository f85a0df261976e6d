"""Times as text and the other way round, in the words Docker has for them."""

import re
from datetime import UTC, datetime
from typing import Final

from mooring.model.error import InvalidArgumentError

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_WEEK: Final = 7 * _DAY
_MONTH: Final = 30 * _DAY
_YEAR: Final = 365 * _DAY
_UNITS: Final = {"h": _HOUR, "m": _MINUTE, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_PART: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|us|ns|h|m|s)")
_LENGTH: Final = re.compile(rf"(?:{_PART.pattern})+")
_EPOCH: Final = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,9})?")


def moment(text: str) -> float:
    """RFC 3339 text as seconds since the epoch; empty text is the epoch itself."""
    if not text:
        return 0.0
    parsed = datetime.fromisoformat(text)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def cutoff(text: str, now: float) -> float:
    """The moment that ``until`` means: ``24h`` ago, seconds since the epoch, or RFC 3339 text.

    In seconds since the epoch, as ``now`` is. Raises InvalidArgumentError.
    """
    if _LENGTH.fullmatch(text):
        return now - sum(float(count) * _UNITS[unit] for count, unit in _PART.findall(text))
    if _EPOCH.fullmatch(text):
        return float(text)
    try:
        return moment(text or "nothing")
    except (ValueError, OverflowError):
        raise InvalidArgumentError(
            f"until={text[:40]!r} is no time", "write it as 24h, 2026-01-31T12:00:00Z or 1769860800"
        ) from None


def elapsed(seconds: float) -> str:
    """A length of time as people say it: ``About an hour``, ``3 days``."""
    whole = max(0, int(seconds))
    if whole < 1:
        return "Less than a second"
    if whole < _MINUTE:
        return _count(whole, "second")
    if whole < 2 * _MINUTE:
        return "About a minute"
    if whole < _HOUR:
        return _count(whole // _MINUTE, "minute")
    hours = (whole + _HOUR // 2) // _HOUR
    if hours <= 1:
        return "About an hour"
    if hours < 48:
        return _count(hours, "hour")
    if whole < 2 * _WEEK:
        return _count(whole // _DAY, "day")
    if whole < 2 * _MONTH:
        return _count(whole // _WEEK, "week")
    if whole < 2 * _YEAR:
        return _count(whole // _MONTH, "month")
    return _count(whole // _YEAR, "year")


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
