"""Putting a file of cases through the table."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from mooring.model.error import InvalidArgumentError
from mooring.testing.cases.case import Case
from mooring.testing.cases.outcome import Differs, Mismatch, NotApplicable, Outcome, Verdict
from mooring.testing.cases.table import TABLE, Adapter


class CaseFile(msgspec.Struct, frozen=True):
    """A file of cases. A group has ``cases``, and may say something about all of them."""

    groups: dict[str, dict[str, Any]]


def read(path: Path) -> CaseFile:
    """The cases of a JSON file; raises InvalidArgumentError if it is not one of them."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=CaseFile)
    except OSError as error:
        raise InvalidArgumentError(f"{path} cannot be read: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise InvalidArgumentError(
            f"{path} is no file of cases: {error}",
            'it needs {"groups": {"NAME": {"cases": [{…}]}}}',
        ) from error


def judge(file: CaseFile) -> Iterator[Outcome]:
    """The outcome of every case, group after group."""
    for name, fields in file.groups.items():
        entry = TABLE.get(name, "nobody here knows a group of this name")
        cases = fields.get("cases")
        if not isinstance(cases, list):
            yield Outcome(name, "", Verdict.FAIL, "the group has no list of cases")
            continue
        for number, case in enumerate(cases, 1):
            yield _outcome(name, number, case, fields, entry)


def _outcome(
    group: str, number: int, fields: object, of_all: Mapping[str, Any], entry: Adapter | str
) -> Outcome:
    if not isinstance(fields, dict):
        return Outcome(group, str(number), Verdict.FAIL, "the case is not an object")
    case = Case(fields)
    title = f"{number}: {case.title}" if case.title else str(number)
    if isinstance(entry, str):
        return Outcome(group, title, Verdict.NOT_APPLICABLE, entry)
    verdict, sentence = _verdict(entry, case, Case(of_all))
    return Outcome(group, title, verdict, sentence)


def _verdict(adapter: Adapter, case: Case, of_all: Case) -> tuple[Verdict, str]:
    try:
        found = adapter(case, of_all)
    except NotApplicable as reason:
        return Verdict.NOT_APPLICABLE, str(reason)
    except Mismatch as mismatch:
        return Verdict.FAIL, str(mismatch)
    except Exception as error:  # Whatever the product raises, the other cases are still judged.
        return Verdict.FAIL, f"{type(error).__name__}: {error}"
    if unread := case.unread():
        return Verdict.NOT_APPLICABLE, f"nobody here looks at {', '.join(unread)}"
    if isinstance(found, Differs):
        return Verdict.PASS, f"differs on purpose: {found.reason}"
    return Verdict.PASS, ""
