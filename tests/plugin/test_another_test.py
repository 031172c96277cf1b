"""Another test of a series than the three that are shipped, as a district's own plugin: seven points on one side of the mean."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from fidelity_engine import Engine

PLUGIN = '''
"""plugins/nhs.py: the shift rule of the NHS, over the met cells of another rule."""
from statistics import mean

from fidelity_engine.plugin import MeasureKind, Parameters, hookimpl
from fidelity_engine.relations import measured

class ShiftParameters(Parameters):
    rule: str
    points: int = 7

def shift(ask):
    """1 where so many of the newest points lie below the mean, else 0."""
    child = next(rule for rule in ask.scope.ruleset.rules if rule.id == ask.parameters.rule)
    rows = ask.scope.db.rows(f"""select g.subject_no, g.window_no, list(v.low_num order by v.window_start)
        from {ask.grid} g join verdict v on v.subject_no = g.subject_no and v.rule_no = {ask.scope.rule_no(child)}
          and v.closed and v.verdict in ('met', 'missed') and v.closes_on <= g.window_end group by all""")
    found = [(subject, window, int(shifted([float(value) for value in values], ask.parameters.points))) for subject, window, values in rows]
    listed = ", ".join(f"({subject}, {window}, {value})" for subject, window, value in found) or "(null, null, null)"
    return measured(f"{ask.grid} g left join (values {listed}) h(subject_no, window_no, value) on h.subject_no = g.subject_no and h.window_no = g.window_no",
                    low_num="h.value", high_num="h.value", nothing="h.value is null")

def shifted(values, points):
    newest, centre = values[-points:], mean(values)
    return len(newest) == points and all(value < centre for value in newest)

@hookimpl
def fidelity_measures():
    return [MeasureKind("nhs-shift", ShiftParameters, "signal", "Seven of the newest points below the mean.", table=shift,
                        reads_rules=lambda parameters: (parameters.rule,))]
'''
RULES = """
fidelity: 1
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-01, until: 2026-06-12}
roster: {schools: schools.csv, teams: teams.csv}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
plugins: [plugins]
evidence:
  log: {read: log.csv, delivers: meeting, columns: {id: id, team: team, start: start}, coverage: always}
rules:
  - {id: watch, title: It does not shift, expect: {of: team, each: week}, measure: {kind: nhs-shift, rule: weekly}, judge: {at_most: 0}}
  - {id: weekly, title: Teams meet, expect: {of: team, each: week}, measure: {kind: count, event: meeting}, judge: {at_least: 0}}
"""
FIRST = date(2025, 9, 1)


@pytest.mark.parametrize(("weeks", "found"), [("2222222111111", "met"), ("22222221111111", "missed"), ("22222221111112", "met")])
def test_it_reads_the_verdicts_of_another_rule(write: Callable[[str, str], Path], root: Path, weeks: str, found: str) -> None:
    """Six weeks below the mean are none, seven are, and the next one above it ends it; the rule that is read is judged first."""
    write("plugins/nhs.py", PLUGIN)
    write("schools.csv", "school\nlincoln\n")
    write("teams.csv", "team,school\ng3,lincoln\n")
    days = [(week, day) for week, count in enumerate(weeks) for day in range(int(count))]
    write("log.csv", "id,team,start\n" + "".join(f"{week}-{day},g3,{FIRST + timedelta(7 * week + day)}T10:00\n" for week, day in days))
    with Engine.from_text(RULES, root).evaluate(as_of=FIRST + timedelta(7 * len(weeks) - 1)) as result:
        cells = [row for row in result.verdicts.rows() if row["rule"] == "watch"]
        assert cells[-1]["verdict"] == found, cells[-1]
        assert [one.rule for one in result.findings if one.about == "practice"] == (["watch"] if found == "missed" else [])
