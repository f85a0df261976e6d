"""``python -m mooring.testing.cases``: what it says of cases that hold, fail and do not apply."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mooring.testing.cases.command import main
from mooring.testing.cases.table import TABLE

SHIPPED = Path(__file__).parent / "cases.json"

Judge = Callable[..., Result]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Runs the command on groups of cases."""

    def run(groups: dict[str, Any], *options: str) -> Result:
        path = tmp_path / "cases.json"
        path.write_text(json.dumps({"groups": groups}))
        return CliRunner().invoke(main, [str(path), *options])

    return run


def last_address(expected: str) -> dict[str, Any]:
    """A group of one case, which holds if ``expected`` is 10.4.0.3."""
    return {"ip_last_addr": {"cases": [{"prefix": "10.4.0.0/30", "expect": expected}]}}


def test_the_shipped_cases_hold_in_every_group_that_is_answered() -> None:
    command = [sys.executable, "-m", "mooring.testing.cases", str(SHIPPED), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    failed = [
        case for group in report["groups"] for case in group["cases"] if case["verdict"] == "fail"
    ]
    assert (failed, done.returncode) == ([], 0)
    passing = {group["group"] for group in report["groups"] if group["passed"]}
    assert passing == {name for name, answer in TABLE.items() if callable(answer)}


def test_a_case_that_fails_is_told_with_both_answers_and_the_exit_code_is_1(judge: Judge) -> None:
    result = judge(last_address("10.4.0.9"))
    assert result.exit_code == 1
    assert "fail  1: 10.4.0.0/30: the answer is '10.4.0.3', expected '10.4.0.9'" in result.output


def test_what_differs_on_purpose_passes_and_says_why(judge: Judge) -> None:
    case = {"q": "name1. TXT", "expect": "forwarded"}
    result = judge({"dns_answers": {"cases": [case]}})
    assert result.exit_code == 0
    assert "1 x differs on purpose: a known name answers NODATA for every type" in result.output


def test_a_field_that_nobody_looks_at_proves_nothing(judge: Judge) -> None:
    groups = last_address("10.4.0.3")
    groups["ip_last_addr"]["cases"][0]["on_tuesdays"] = True
    result = judge(groups)
    assert result.exit_code == 0
    assert "1 x nobody here looks at on_tuesdays" in result.output


def test_a_group_that_is_not_answered_says_why(judge: Judge) -> None:
    result = judge({"iptables_user_chain": {"cases": [{}, {}]}, "tea": {"cases": [{}]}})
    assert result.exit_code == 0
    assert "2 x never: the texts of iptables rules" in result.output
    assert "nobody here knows a group of this name" in result.output


def test_verbose_has_a_line_for_each_case(judge: Judge) -> None:
    assert "    pass  1: 10.4.0.0/30" in judge(last_address("10.4.0.3"), "--verbose").output


def test_json_has_totals_and_every_case(judge: Judge) -> None:
    report = json.loads(judge(last_address("10.4.0.9"), "--json").stdout)
    assert (report["passed"], report["failed"], report["not_applicable"]) == (0, 1, 0)
    (case,) = report["groups"][0]["cases"]
    assert (case["case"], case["verdict"]) == ("1: 10.4.0.0/30", "fail")


@pytest.mark.parametrize(
    "group", [{"cases": ["no object"]}, {"cases": [{}]}, {"cases": {}}, {}], ids=str
)
def test_a_case_of_another_form_fails_and_stops_nothing(judge: Judge, group: Any) -> None:
    result = judge({"ip_add": group, **last_address("10.4.0.3")})
    assert result.exit_code == 1
    assert "all              1     1               0" in result.output


@pytest.mark.parametrize("text", ["", "[]", '{"groups": 1}'])
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cases.json"
    path.write_text(text)
    result = CliRunner().invoke(main, [str(path)])
    assert result.exit_code == 2
    assert "is no file of cases" in result.output


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, [str(tmp_path / "none.json")])
    assert result.exit_code == 2
    assert "cannot be read: No such file" in result.output


# That every adapter can fail

EXPECTED = {
    *("expect", "expect_file", "expect_error", "expect_errors", "expect_order", "expect_reserved"),
    *("exp_found", "exp_options", "exp_user_modified", "after_rebuild", "derived_expect"),
    *("last", "ok", "output", "pools", "rcode", "result", "rules", "steps", "text"),
    "upstream_queries",
}
"""Fields that say what is expected."""


def other(value: Any) -> Any:
    """Another value than this, of the same kind."""
    match value:
        case None | bool():
            return not value
        case int():
            return value + 1
        case str():
            return f"not {value}"
        case [str(), *_] | []:
            return [*value, "resolve A web -> 203.0.113.7"]
        case [{"op": _}, *_]:
            return [*value, {"op": "pool_exists", "pool": "", "expect": True}]
        case list():
            return value[:0:-1]
        case dict():
            return {key: other(each) for key, each in value.items()}
        case _:
            raise AssertionError(f"no other value than {value!r}")


def test_no_adapter_lets_a_case_pass_that_expects_something_else(judge: Judge) -> None:
    groups = json.loads(SHIPPED.read_text())["groups"]
    for group in groups.values():
        for case in group["cases"]:
            field = next((key for key in case if key in EXPECTED and case[key] is not None), None)
            case[field or "unknown"] = other(case.get(field))
    report = json.loads(judge(groups, "--json").stdout)
    passed = [
        (group["group"], case["case"])
        for group in report["groups"]
        for case in group["cases"]
        if case["verdict"] == "pass"
    ]
    assert passed == []
