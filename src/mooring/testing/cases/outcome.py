"""What comes of a case, and the words in which an adapter says so."""

from enum import StrEnum
from typing import Any

import msgspec


class Verdict(StrEnum):
    """What a case proves."""

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not applicable"


class Outcome(msgspec.Struct, frozen=True):
    """The verdict on one case. ``sentence`` says why, where there is something to say."""

    group: str
    case: str
    verdict: Verdict
    sentence: str = ""


class Differs(msgspec.Struct, frozen=True):
    """An adapter's word for: Mooring does another thing here, on purpose. ``reason`` says why."""

    reason: str


class Mismatch(AssertionError):
    """Mooring answers something else than the case expects, and not on purpose."""


class NotApplicable(Exception):
    """The case asks for something that Mooring does not answer; the text says why."""


def same(found: Any, expected: Any, what: str = "the answer") -> None:
    """Raise Mismatch unless both are the same."""
    if found != expected:
        raise Mismatch(f"{what} is {found!r}, expected {expected!r}")
