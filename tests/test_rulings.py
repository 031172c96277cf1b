"""Cells that are alike are judged once, and each has all that is said of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine import Engine, evaluate
from fidelity_engine.relations import Measured, Whole, measured
from fidelity_engine.result import Result
from fidelity_engine.verdicts import RULING, same_for_many

RULES = """
fidelity: 1
name: Alike
timezone: America/Detroit
year: "2025-26"
period: {from: 2025-09-01, until: 2025-12-19}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
evidence:
  log: {read: log.csv, delivers: [meeting], coverage: {silent_after: {instructional_days: 10}}}
rules:
  - {id: weekly, title: Weekly, expect: {of: team, each: week}, measure: {kind: count, event: meeting}, judge: {at_least: 1}}
  - {id: long, title: Long, expect: {of: team, each: week}, measure: {kind: total, event: meeting, field: minutes}, judge: {at_least: 30}}
"""
TEAMS = [f"t{number:02}" for number in range(30)]
GIVEN = {
    "schools": [{"school": "lincoln"}, {"school": "garfield"}],
    "teams": [{"team": team, "school": "lincoln" if number % 2 else "garfield"} for number, team in enumerate(TEAMS)],
}
EVENTS = [
    {"id": f"{team}-{week}", "type": "meeting", "team": team, "start": f"2025-09-{1 + 7 * week:02}T09:00", "minutes": 20.5}
    for number, team in enumerate(TEAMS) for week in range(4) if (number + week) % 3
]
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run(large)`: the district as of a day in November, when garfield's source has been silent for long."""
    def run(large: bool) -> Result:
        monkeypatch.setattr(evaluate, "FEW_EVENTS", -1 if large else 50_000)
        return Engine.from_text(RULES, root=tmp_path).evaluate(as_of=date(2025, 11, 14), roster=GIVEN, events=EVENTS)
    return run


def test_few_rulings_stand_for_many_cells(run: Run) -> None:
    """Thirty teams in two schools: a tenth as many rulings as cells, each used, each by cells of its own rule."""
    with run(large=True) as result:
        db: Any = result.scope and result.scope.db
        cells, rulings = (db.one(f"select count(*) from {table}") for table in ("verdict_cell", "ruling"))
        assert 0 < rulings < cells / 5
        assert db.one("select count(distinct ruling_no) from verdict_cell") == rulings
        assert not db.one("select count(*) from verdict_cell c join ruling r using (ruling_no) where r.rule_no <> c.rule_no")
        assert db.one("select count(distinct rule_no) from verdict_cell") == 1, "totals of decimals have verdicts of their own"


def test_each_cell_has_what_it_would_have_alone(run: Run) -> None:
    """Silence, its source and since when included: the rows of a large district are those of a small one, in the same order."""
    with run(large=False) as small, run(large=True) as large:
        rows = [list(result.verdicts.rows()) for result in (small, large)]
        assert rows[0] == rows[1]
        assert {row["verdict"] for row in rows[0]} == {"met", "missed", "no_data"}
        scopes: Any = (small.scope, large.scope)
        said = [scope.db.rows(f"select rule_no, subject_no, {', '.join(RULING)} from verdict order by all") for scope in scopes]
        assert said[0] == said[1]


def test_only_whole_things_are_alike() -> None:
    """Rules whose numbers are decimals, or whose target shrinks to a fraction, keep a verdict for each cell."""
    whole, decimals = measured("grid g", whole=True, low_num="1"), measured("grid g", low_num="1")
    assert isinstance(whole, Whole) and isinstance(decimals, Measured)
    assert same_for_many(whole, None) and same_for_many(whole, "whole")
    assert not same_for_many(whole, "exact") and not same_for_many(decimals, None)
