"""Who pays is traced along the district's graph with counts of the roster; who holds is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from .conftest import weeks

Evaluate = Callable[..., Any]
STEADY = [3] * 12


def test_outcomes_are_traced_with_teams_and_students(evaluate: Evaluate) -> None:
    """Two teams miss a routine: each outcome behind it names the routine, nearest first, and since when."""
    result = evaluate(date(2025, 9, 26), weeks("g3", [3, 1, 1, 1]) + weeks("g4", [0, 0, 0, 0]))
    assert [(one.outcome, one.teams, one.since) for one in result.outcomes] == [
        ("time", 2, date(2025, 9, 1)), ("collaboration", 2, date(2025, 9, 1)), ("efficacy", 2, date(2025, 9, 1)),
    ]
    assert [routine.steps for one in result.outcomes for routine in one.routines] == [0, 1, 2]
    assert result.outcomes[1].title == "Collaboration of teachers"


def test_no_school_has_more_students_than_it_has(evaluate: Evaluate) -> None:
    """Teams of 84 and 150 in a school of 200: 200 pay, not 234; one team alone is counted as it is."""
    both = evaluate(date(2025, 9, 26), weeks("g3", [0] * 4) + weeks("g4", [0] * 4))
    assert both.outcomes[0].students == 200
    one = evaluate(date(2025, 9, 26), weeks("g3", [0] * 4) + weeks("g4", [3] * 4))
    assert (one.outcomes[0].students, one.outcomes[0].routines[0].subjects) == (84, 1)


def test_nothing_open_puts_nothing_at_risk(evaluate: Evaluate) -> None:
    """No finding, no number."""
    assert evaluate(date(2025, 9, 26), weeks("g3", STEADY) + weeks("g4", STEADY)).outcomes == []


def test_holding_needs_eight_judged_windows_in_a_row(evaluate: Evaluate) -> None:
    """Seven are too few; one that is missed begins the count anew; the start of the steady run is told."""
    events = weeks("g3", STEADY) + weeks("g4", [3, 3, 3, 0, *STEADY])
    assert not [one for one in evaluate(date(2025, 10, 17), events).holding if one.rule == "meets"]
    eight = [one for one in evaluate(date(2025, 10, 24), events).holding if one.rule == "meets"]
    assert [(one.subject_name, one.windows, one.since) for one in eight] == [("Grade 3 at Lincoln", 8, date(2025, 9, 1))]
    later = [one for one in evaluate(date(2025, 11, 21), events).holding if one.rule == "meets"]
    assert [(one.subject, one.windows, one.since) for one in later] == [("g3", 12, date(2025, 9, 1)), ("g4", 8, date(2025, 9, 29))]
