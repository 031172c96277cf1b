"""Which dates are asked for: the period in whole weeks, and what rules look at before it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine.builtin import plugins
from fidelity_engine.plugin.host import Host
from fidelity_engine.rulefile import document_of, rules_of
from fidelity_engine.stages.load.reach import reach

HEAD = """fidelity: 1
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-02, until: 2025-12-18}
roster: {schools: schools.csv, teams: teams.csv}
calendar: {weekdays: [mon]}
evidence: {log: {read: log.csv, delivers: [meeting, need], coverage: always}}
rules:
"""
COUNT = "- {id: a.rule, title: T, expect: {of: team, each: week}, measure: {kind: count, event: meeting%s}, judge: {at_least: 1}}\n"
RESPONSE = (
    "- {id: a.rule, title: T, expect: {of: team, each: week}, judge: {at_least: 1}, measure: "
    "{kind: response, after: {event: need}, answer: {event: meeting}, within: {%s: 10}}}\n"
)
DEADLINE = "- {id: a.rule, title: T, expect: {of: team, each: week, from: 2025-10-15}, measure: {kind: count, event: meeting}, judge: {at_least: 1}}\n"
CASES: list[Any] = [
    (COUNT % "", date(2025, 9, 1)), (COUNT % ", over: period", date(2025, 9, 1)), (COUNT % ", over: {from: 2025-07-02}", date(2025, 6, 30)),
    (COUNT % ", over: {from: 2025-11-02}", date(2025, 9, 1)), (COUNT % ", over: {weeks: 4}", date(2025, 8, 4)), (DEADLINE, date(2025, 9, 1)),
    (RESPONSE % "days", date(2025, 8, 18)), (RESPONSE % "instructional_days", date(2025, 7, 28)),
]


@pytest.mark.parametrize(("rule", "since"), CASES)
def test_reach(rule: str, since: date, tmp_path: Path) -> None:
    """The first date is the Monday before the earliest stretch, the last the Sunday behind the period."""
    ruleset = rules_of(document_of(HEAD + rule, "rules.yaml", tmp_path), Host.load(plugins()).measures)
    assert reach(ruleset, ruleset.rules) == (since, date(2025, 12, 21))
