"""What the rules want to know of who took part."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidelity_engine import Engine
from fidelity_engine.stages.load.needs import needs_of

RULES = """
fidelity: 1
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-01, until: 2025-09-28}
roster: {schools: {read: schools.csv}, teams: {read: teams.csv}, staff: {read: staff.csv}}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
evidence:
  log: {read: log.csv, delivers: [meeting, training], type: {column: type}, columns: {id: id, team: team, start: start}, coverage: always}
events:
  joint: {type: meeting, where: {roles: {all_of: [general_ed, special_ed]}}}
rules:
  - {id: one, title: One, expect: {of: team, each: week}, measure: MEASURE, judge: {at_least: 1}}
"""
MEASURES = [
    ("{kind: count, event: meeting}", set()),
    ("{kind: count, event: meeting, where: {roles: coach}}", {"coach"}),
    ("{kind: count, event: joint, where: {roles: {present: true}, any: [{roles: {none_of: [principal]}}, {minutes: {gte: 5}}]}}",
     {"general_ed", "special_ed", "principal"}),
    ("{kind: count, event: training, where: {roles: coach}}", set()),
    ("{kind: count, event: joint, distinct: roles}", None),
]


@pytest.mark.parametrize(("measure", "asked"), MEASURES)
def test_roles_that_filters_name(tmp_path: Path, measure: str, asked: set[str] | None) -> None:
    """Of meetings no other roles matter than those that filters name, unless the roles themselves are counted."""
    (tmp_path / "rules.yaml").write_text(RULES.replace("MEASURE", measure))
    ruleset = Engine.from_file(tmp_path / "rules.yaml").ruleset
    assert needs_of(ruleset, ruleset.rules).roles_asked(["meeting"]) == asked
