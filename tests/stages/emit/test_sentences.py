"""The sentence of a missed cell: the kind's own, or the rule's with words about the cell."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

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


def message(tmp_path: Path, rules: str = RULES) -> Any:
    """The message about the one team, which met once in its second week."""
    (tmp_path / "log.csv").write_text("id,team,start,minutes\ne1,t,2025-09-09T10:00,45\n")
    roster = {"schools": [{"school": "s1", "name": "Lincoln"}], "teams": [{"team": "t", "school": "s1", "name": "Grade 3"}]}
    with Engine.from_text(rules, root=tmp_path).evaluate(as_of=date(2025, 9, 14), roster=roster) as result:
        (found,) = result.findings
    return found.message


def test_every_word_of_a_message(tmp_path: Path) -> None:
    """Each word stands for what the reference says: the subject by its name, its school by its id, the numbers of the last missed cell."""
    assert message(tmp_path) == "Teams meet: Grade 3 at Lincoln of s1, 1 of 2 meeting, in the week of 8 Sep; 2 since 1 Sep"


@pytest.mark.parametrize(("target", "said"), [
    ("at_least: 2", "1 of 2 meetings recorded in the week of 8 Sep. Missed 2 times in a row since 1 Sep."),
    ("at_most: 0", "1 meeting recorded in the week of 8 Sep, where at most 0 are agreed."),
    ("between: [2, 4]", "1 meeting recorded in the week of 8 Sep, where 2 to 4 are agreed. Missed 2 times in a row since 1 Sep."),
])
def test_a_count_against_its_target(target: str, said: str, tmp_path: Path) -> None:
    """What there is, what was agreed, and for how long it has been so."""
    rules = RULES.replace("at_least: 2", target).split("    emit:")[0]
    assert message(tmp_path, rules) == f"Grade 3 at Lincoln: {said}"


@pytest.mark.parametrize(("target", "said"), [
    ("at_least: 90", "45 of 90 minutes recorded in the week of 8 Sep"),
    ("at_most: 30", "45 minutes recorded in the week of 8 Sep, where at most 30 are agreed"),
    ("between: [60, 90]", "45 minutes recorded in the week of 8 Sep, where 60 to 90 are agreed"),
])
def test_a_total_against_its_target(target: str, said: str, tmp_path: Path) -> None:
    """As a count is: 45 of at most 30 would be no sentence."""
    rules = RULES.replace("at_least: 2", target).replace("kind: count, event: meeting", "kind: total, event: meeting, field: minutes").split("    emit:")[0]
    assert message(tmp_path, rules).startswith(f"Grade 3 at Lincoln: {said}.")
