"""Times, signals and patterns as Docker writes them."""

import signal

import pytest

from mooring.api.filters import matches_object, matches_part
from mooring.api.signals import parse_signal
from mooring.api.translate.duration import elapsed, moment
from mooring.model.error import InvalidArgumentError

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "Less than a second"),
        (0.9, "Less than a second"),
        (1, "1 second"),
        (59.9, "59 seconds"),
        (MINUTE, "About a minute"),
        (2 * MINUTE, "2 minutes"),
        (59 * MINUTE, "59 minutes"),
        (HOUR, "About an hour"),
        (89 * MINUTE, "About an hour"),
        (90 * MINUTE, "2 hours"),
        (47 * HOUR, "47 hours"),
        (2 * DAY, "2 days"),
        (13 * DAY, "13 days"),
        (14 * DAY, "2 weeks"),
        (59 * DAY, "8 weeks"),
        (60 * DAY, "2 months"),
        (729 * DAY, "24 months"),
        (730 * DAY, "2 years"),
    ],
)
def test_a_length_of_time_is_said_as_people_say_it(seconds: float, text: str) -> None:
    assert elapsed(seconds) == text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0),
        ("1970-01-01T00:01:00Z", 60),
        ("1970-01-01T01:01:00.5+01:00", 60.5),
        ("1970-01-01T00:00:00.123456789Z", 0.123456),
        ("1970-01-01T00:00:07", 7),
    ],
)
def test_a_moment_is_read_from_rfc_3339(text: str, seconds: float) -> None:
    assert moment(text) == seconds


@pytest.mark.parametrize("text", ["TERM", "SIGTERM", "sigterm", "15"])
def test_a_signal_has_a_name_with_and_without_sig_and_a_number(text: str) -> None:
    assert parse_signal(text) == signal.SIGTERM


@pytest.mark.parametrize("text", ["", "0", "65", "-1", "SIG", "SIGSIGTERM", "²", "SIG_DFL"])
def test_a_signal_that_is_none_is_named(text: str) -> None:
    with pytest.raises(InvalidArgumentError, match="invalid signal"):
        parse_signal(text)


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("app", "myapp2", True),
        ("^app", "myapp", False),
        ("^app", "app2", True),
        ("app$", "myapp", True),
        ("app$", "app2", False),
        ("^app$", "app", True),
        ("a.p", "app", False),
        ("", "anything", True),
    ],
)
def test_a_pattern_is_a_part_of_a_name_with_anchors(pattern: str, value: str, fits: bool) -> None:
    assert matches_part({"name": [pattern]}, "name", value) is fits


def test_an_object_is_named_by_its_name_or_the_beginning_of_its_id() -> None:
    assert matches_object({"network": ["x", "app"]}, "network", "1234", "app")
    assert matches_object({"network": ["12"]}, "network", "1234", "app")
    assert not matches_object({"network": ["ap", "34", ""]}, "network", "1234", "app")
