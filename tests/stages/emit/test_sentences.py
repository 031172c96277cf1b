"""A message of the rule's own is written with words about the cell."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from fidelity_engine import Engine

RULES = """
fidelity: 1
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-01, until: 2026-01-30}
roster: {schools: {read: schools.csv}, teams: {read: teams.csv}}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
evidence:
  log: {read: log.csv, delivers: meeting, coverage: always}
rules:
  - id: meets
    title: Teams meet
    expect: {of: team, each: week}
    measure: {kind: count, event: meeting}
    judge: {at_least: 2}
    emit: {message: "{title}: {subject} of {school}, {value} of {required} {noun}, {window}; {windows_missed} since {since}"}
"""


def test_every_word_of_a_message(tmp_path: Path) -> None:
    """Each word stands for what the reference says: the subject by its name, its school by its id, the numbers of the last missed cell."""
    (tmp_path / "log.csv").write_text("id,team,start\ne1,t,2025-09-09T10:00\n")
    roster = {"schools": [{"school": "s1", "name": "Lincoln"}], "teams": [{"team": "t", "school": "s1", "name": "Grade 3"}]}
    with Engine.from_text(RULES, root=tmp_path).evaluate(as_of=date(2025, 9, 14), roster=roster) as result:
        (found,) = result.findings
    assert found.message == "Teams meet: Grade 3 at Lincoln of s1, 1 of 2 meeting, in the week of 8 Sep; 2 since 1 Sep"
