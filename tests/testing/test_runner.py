"""Rule tests: the district that a test describes, and what a run of them says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from ruamel.yaml import YAML

from fidelity_engine.page import Page
from fidelity_engine.testing import account
from fidelity_engine.testing.runner import TestRun, find_tests, run_tests

CASES: list[dict[str, Any]] = YAML(typ="safe", pure=True).load((Path(__file__).parent / "cases.yaml").read_text("utf-8"))
Ran = Callable[[str], TestRun]


def written(test: dict[str, Any]) -> str:
    """One test as a file; `<two>` takes keys over from the first case."""
    taken = {key: CASES[0]["test"][key] for key in test.get("<two>", ())}
    lines = [f"    {key}: {flow(value)}" for key, value in {**taken, **test}.items() if key != "<two>"]
    return "\n".join(["rules: small.yaml", "tests:", "  - name: it", *lines, ""])


def flow(value: Any) -> str:
    """A value on one line, as people write it: times and numbers without quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return json.dumps(value) if isinstance(value, bool) else str(value).replace(" ", "T").removesuffix(":00") if hasattr(value, "hour") else str(value)


@pytest.mark.parametrize("case", CASES, ids=[case["it"] for case in CASES])
def test_case(case: dict[str, Any], ran: Ran) -> None:
    """Each test of the table passes, or says what is wrong."""
    run = ran(written(case["test"]))
    said = "\n".join(account.lines(run, Page()))
    if case.get("passes"):
        assert run.passed, said
    else:
        assert not run.passed and case["says"] in said
        assert ("expects nothing" in said) is ("expects nothing" in case["says"])


TESTED = """
rules: small.yaml
tests:
  - name: met and missed
    roster: {schools: [lincoln], teams: [{team: g3, school: lincoln}, {team: g4, school: lincoln}]}
    events: [{type: meeting, team: g3, start: 2024-11-04T10:00, minutes: 30}]
    expect:
      - {rule: monthly, subject: g3, window: 2024-11-01, verdict: met}
      - {rule: monthly, subject: g4, window: 2024-11-01, verdict: missed}
      - {rule: shown, subject: g3, window: 2024-11-04, verdict: not_applicable}
"""


def test_coverage_names_what_is_never_tested(ran: Ran) -> None:
    """A rule wants met, missed and no_data; one that is only shown wants not_applicable; the rest is a gap."""
    gaps = ran(TESTED).gaps
    assert "monthly: never tested for no_data" in gaps and len(gaps) == 1 + 3 * 3
    assert not [gap for gap in gaps if gap.startswith("shown")]


def test_junit_has_a_case_per_test_and_the_diff(ran: Ran) -> None:
    """A failed test is a failure with its diff; gaps are failures where they are asked for."""
    run = ran(TESTED.replace("verdict: missed}", "verdict: met}"))
    xml = account.junit(run, gaps_fail=True)
    assert '<testcase name="met and missed"' in xml and "- verdict: met\n+ verdict: missed" in xml
    assert 'failures="1"' in xml and "often: never tested for met" in xml


KNOWN = {
    # what the schemas of build servers allow of an element, and what they ask of it
    "testsuites": ({"name", "tests", "failures", "errors", "skipped", "time"}, {"tests", "failures"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time"}, {"name", "tests", "failures", "errors", "time"}),
    "testcase": ({"name", "classname", "file", "line", "time"}, {"name", "classname", "time"}),
    "failure": ({"message", "type"}, {"message", "type"}),
    "error": ({"message", "type"}, {"message", "type"}),
}


def test_junit_is_what_build_servers_read(ran: Ran, tmp_path: Path) -> None:
    """Known elements with known attributes, sums that agree with the cases, and no sign that XML forbids."""
    ran(TESTED.replace("verdict: missed}", "verdict: met}").replace("met and missed", '"<met> & \\x07missed"').replace("g4, window", "g9, window"))
    (tmp_path / "broken.test.yaml").write_text("rules: none.yaml\ntests: [{name: it}]\n", "utf-8")
    root = ElementTree.fromstring(account.junit(run_tests([tmp_path]), gaps_fail=True))
    for element in root.iter():
        allowed, asked = KNOWN[element.tag]
        assert asked <= set(element.attrib) <= allowed, element.attrib
    for suite in (root, *root):
        for tag, key in (("testcase", "tests"), ("failure", "failures"), ("error", "errors")):
            assert int(suite.get(key, -1)) == len(list(suite.iter(tag)))
    assert int(root.get("errors", 0)) and int(root.get("failures", 0)) > 1


def test_a_missing_rule_file_fails(tmp_path: Path) -> None:
    """Tests of a rule file that is not there are not passed over."""
    path = tmp_path / "a.test.yaml"
    path.write_text(TESTED, "utf-8")
    run = run_tests([path])
    assert not run.passed and "there is no rule file `small.yaml`" in run.suites[0].errors[0] and ":2:8" in run.suites[0].errors[0]


def test_tests_are_found_in_folders_and_beside_rule_files(tmp_path: Path) -> None:
    """A folder gives all of its test files, a rule file the one beside it."""
    (tmp_path / "deep").mkdir()
    for name in ("a.yaml", "a.test.yaml", "deep/b.test.yaml"):
        (tmp_path / name).touch()
    assert find_tests(tmp_path) == [tmp_path / "a.test.yaml", tmp_path / "deep" / "b.test.yaml"]
    assert find_tests(tmp_path / "a.yaml") == [tmp_path / "a.test.yaml"]


def test_only_runs_those_whose_name_or_rule_holds_a_text(tmp_path: Path, ran: Ran) -> None:
    """`only` leaves the other tests out."""
    ran(TESTED)
    assert len(run_tests([tmp_path / "small.test.yaml"], only="monthly").outcomes) == 1
    assert not run_tests([tmp_path / "small.test.yaml"], only="reviewed").outcomes
