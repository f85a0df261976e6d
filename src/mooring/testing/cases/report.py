"""Outcomes as text for people, and as JSON for programs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from mooring.testing.cases.outcome import Outcome, Verdict


class GroupReport(msgspec.Struct, frozen=True):
    """How many cases of one group came out how, and every sentence about them."""

    group: str
    passed: int
    failed: int
    not_applicable: int
    cases: list[Outcome]


def by_group(outcomes: Sequence[Outcome]) -> list[GroupReport]:
    """A report for each group, in the order of the file."""
    members = groupby(outcomes, key=lambda outcome: outcome.group)
    return [_group(name, list(cases)) for name, cases in members]


def _group(name: str, cases: list[Outcome]) -> GroupReport:
    counts = Counter(outcome.verdict for outcome in cases)
    return GroupReport(
        group=name,
        passed=counts[Verdict.PASS],
        failed=counts[Verdict.FAIL],
        not_applicable=counts[Verdict.NOT_APPLICABLE],
        cases=cases,
    )


def as_json(reports: Sequence[GroupReport]) -> str:
    """One object: totals, and the groups with all their cases."""
    totals = {
        "passed": sum(report.passed for report in reports),
        "failed": sum(report.failed for report in reports),
        "not_applicable": sum(report.not_applicable for report in reports),
    }
    return msgspec.json.format(msgspec.json.encode({**totals, "groups": reports})).decode()


def as_text(reports: Sequence[GroupReport], *, verbose: bool) -> Iterator[str]:
    """Lines: a row a group, sentences below it, totals. ``verbose`` has a line for each case."""
    width = max((len(report.group) for report in reports), default=0)
    yield f"{'group':{width}}  pass  fail  not applicable"
    for report in reports:
        counts = f"{report.passed:4}  {report.failed:4}  {report.not_applicable:14}"
        yield f"{report.group:{width}}  {counts}"
        yield from _every_case(report) if verbose else _sentences(report)
    passed, failed, rest = (
        sum(getattr(report, field) for report in reports)
        for field in ("passed", "failed", "not_applicable")
    )
    yield f"{'all':{width}}  {passed:4}  {failed:4}  {rest:14}"


def _every_case(report: GroupReport) -> Iterator[str]:
    for outcome in report.cases:
        yield f"    {outcome.verdict.value}  {outcome.case}"
        if outcome.sentence:
            yield f"        {outcome.sentence}"


def _sentences(report: GroupReport) -> Iterator[str]:
    """Failures one by one; of the rest each sentence once, with how many cases it is about."""
    for outcome in report.cases:
        if outcome.verdict is Verdict.FAIL:
            yield f"    fail  {outcome.case}: {outcome.sentence}"
    said = Counter(
        outcome.sentence
        for outcome in report.cases
        if outcome.sentence and outcome.verdict is not Verdict.FAIL
    )
    yield from (f"    {count} x {sentence}" for sentence, count in said.items())
