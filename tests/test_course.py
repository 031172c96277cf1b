"""The course of a run: what listeners hear of it, and that no clock is read where nobody listens."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine import Engine, evaluate, shards
from fidelity_engine.course import Course, Step

RULES = """
fidelity: 1
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-01, until: 2025-10-31}
roster: {schools: {read: schools.csv}, teams: {read: teams.csv}}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
evidence:
  log: {read: log.csv, delivers: meeting, coverage: always}
rules:
  - id: weekly
    title: Teams meet every week
    expect: {of: team, each: week}
    measure: {kind: count, event: meeting}
    judge: {at_least: 1}
  - id: most
    title: Most teams meet
    expect: {of: school, each: month}
    measure: {kind: rollup, rule: weekly}
    judge: {at_least: 0.8}
"""
GIVEN: dict[str, Any] = {
    "roster": {
        "schools": [{"school": "lincoln"}, {"school": "garfield"}],
        "teams": [{"team": "g3", "school": "lincoln", "kind": "grade-level"}, {"team": "g4", "school": "garfield", "kind": "grade-level"}],
    },
    "events": [{"type": "meeting", "id": str(n), "team": "g3", "start": f"2025-09-{n:02}T10:00"} for n in range(1, 30, 3)],
}


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """A district of two schools with two rules, one of which reads the other."""
    return Engine.from_text(RULES, root=tmp_path)


def test_a_profile_tells_every_stage_source_and_rule(engine: Engine) -> None:
    """Seconds and rows: what was read, how many cells each rule has, what was found."""
    with engine.evaluate(as_of=date(2025, 10, 31), profile=True, **GIVEN) as result:
        spent = {(one.stage, one.about): one for one in result.profile}
        cells = {rule: sum(counts.values()) for rule, counts in result.summary.verdicts.items()}
        assert spent["load", "log"].rows == 10
        assert {rule: spent["measure", rule].rows for rule in cells} == cells
        assert spent["expect", "all at once"].rows == sum(cells.values())
        assert spent["emit", ""].rows == len(result.findings)
        assert all(one.seconds >= 0 and one.cpu_seconds >= 0 for one in spent.values())
        assert sum(one.seconds for one in spent.values()) >= result.summary.seconds


def test_nothing_is_timed_unless_somebody_asks(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a listener a course reads no clock, counts no row and has nothing to tell."""
    quiet = Course()
    with monkeypatch.context() as patched:
        patched.setattr(time, "process_time", lambda: pytest.fail("a clock was read"))
        quiet.at("load", "log")
        quiet.count(lambda: pytest.fail("rows were counted"))
        with engine.evaluate(as_of=date(2025, 10, 31), **GIVEN) as result:
            assert result.profile == quiet.spent() == []


def test_progress_tells_shards_rules_and_rows(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rule in every shard is a step; the number of pieces is known before the first, and rows only grow."""
    monkeypatch.setattr(evaluate, "FEW_EVENTS", -1)
    monkeypatch.setattr(shards, "CELLS", 1)
    steps: list[Step] = []
    engine.evaluate(as_of=date(2025, 10, 31), progress=steps.append, **GIVEN).close()
    judged = [one for one in steps if one.stage == "measure, judge"]
    assert {(one.about, one.shard) for one in judged} >= {("weekly", n) for n in range(1, judged[0].shards + 1)} | {("most", 1)}
    assert judged[0].shards > 1 and {one.of for one in judged} == {judged[0].shards + 1}
    assert [one.done for one in judged] == list(range(len(judged)))
    assert [one.rows for one in steps] == sorted(one.rows for one in steps) and steps[-1].rows > judged[0].rows
