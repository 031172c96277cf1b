"""Measures as plain functions in a run: every cell gets what the function said of it, however the cells travel."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine import Engine, evaluate
from fidelity_engine.stages.measure import functions

RULES = """
fidelity: 1
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-01, until: 2025-10-31}
plugins: [./functions]
roster: {schools: {read: schools.csv}, teams: {read: teams.csv}}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
evidence:
  log: {read: log.csv, delivers: meeting, coverage: always, columns: {id: id, team: team, start: start, minutes: minutes}}
rules:
  - id: minutes
    title: Teams meet long enough
    expect: {of: team, each: week}
    measure: {kind: mean-minutes, event: meeting, few: 2}
    judge: {at_least: 30}
"""
FUNCTION = """
from fidelity_engine.plugin import hookimpl, measure

@measure("mean-minutes", unit="minutes", fields=["minutes"])
def mean_minutes(events, cell, *, few: int = 1):
    if cell.subject == "g5":
        raise ValueError
    if len(events) < few:
        return None
    if cell.subject == "g4":
        return (1, sum(e["minutes"] for e in events))
    return sum(e["minutes"] for e in events) / len(events)

@hookimpl
def fidelity_measures():
    return [mean_minutes]
"""
TEAMS = ("g3", "g4", "g5")


def given() -> dict[str, Any]:
    """Two or three meetings a week of each team; none in the third week, and one without its minutes in the fifth."""
    events = [
        {"type": "meeting", "id": f"{team}-{week}-{n}", "team": team, "start": f"{date.fromordinal(date(2025, 9, 1).toordinal() + 7 * week + n)}T10:00",
         "minutes": None if (week, n) == (4, 0) else 20 + 7 * n + week}
        for team in TEAMS for week in range(8) for n in range(2 + week % 2) if week != 2
    ]  # fmt: skip
    roster = {"schools": [{"school": "lincoln"}], "teams": [{"team": team, "school": "lincoln", "kind": "grade-level"} for team in TEAMS]}
    return {"events": events, "roster": roster}


def cells(folder: Path) -> dict[tuple[str, int], tuple[Any, ...]]:
    """(team, week) → low, high, verdict, reason of a run."""
    (folder / "functions").mkdir(exist_ok=True)
    (folder / "functions" / "mean.py").write_text(FUNCTION)
    with Engine.from_text(RULES, root=folder).evaluate(as_of=date(2025, 10, 31), **given()) as result:
        return {
            (row["subject"], (row["window_start"] - date(2025, 9, 1)).days // 7): (row["low"], row["high"], row["verdict"], row["reason"])
            for row in result.verdicts.rows()
        }


@pytest.mark.parametrize("arrow", [True, False])
@pytest.mark.parametrize("batch", [1, 5, 50_000])
@pytest.mark.parametrize("few_events", [-1, 50_000])
def test_every_cell_has_what_the_function_said(arrow: bool, batch: int, few_events: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number, nothing, an interval, an unknown field, an exception: with and without Arrow, in portions of any size."""
    if not arrow:
        monkeypatch.setattr("fidelity_engine.db.find_spec", lambda name: None)
    monkeypatch.setattr(functions, "BATCH", batch)
    monkeypatch.setattr(evaluate, "FEW_EVENTS", few_events)
    found = cells(tmp_path)
    assert len(found) == 9 * len(TEAMS)
    assert [float(found["g3", week][0]) for week in (0, 1, 3)] == [23.5, 28, 30]
    assert [found["g3", week][2] for week in (0, 1, 3)] == ["missed", "missed", "met"]
    assert [float(end) for end in found["g4", 0][:2]] == [1, 47] and found["g4", 0][2] == "no_data"
    assert {found[team, 4][2:] for team in ("g3", "g4")} == {("no_data", found["g3", 4][3])} and "unknown_fields" in found["g3", 4][3]
    assert {found[team, 2][2] for team in ("g3", "g4")} == {"not_applicable"}
    assert {found["g5", week][2] for week in range(9)} == {"error"} and "raised ValueError" in found["g5", 0][3]


@pytest.mark.parametrize("few_events", [10_000, -1])
def test_a_broken_function_is_one_finding(few_events: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many cells it breaks, one finding about the engine names the plugin with its version and the mend."""
    monkeypatch.setattr(evaluate, "FEW_EVENTS", few_events)
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "mean.py").write_text(FUNCTION)
    with Engine.from_text(RULES, root=tmp_path).evaluate(as_of=date(2025, 10, 31), **given()) as result:
        (one,) = (one for one in result.findings if one.about == "engine")
    assert (one.state, one.severity) == ("open", "critical") and int(result.exit_code) == 3
    assert "mean (no version) raised ValueError in `mean-minutes`: 9 cells" in one.message and "`fidelity plugins`" in one.message
