"""What a reason says that events lack: by name, and how many of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine import Engine, evaluate

RULES = """
fidelity: 1
name: Lacking
timezone: America/Detroit
year: "2025-26"
period: {from: 2025-09-01, until: 2025-12-19}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
evidence:
  log:
    read: log.csv
    delivers: [meeting, need]
    columns: {id: id, type: type, team: team, start: start, minutes: minutes, participants: participants, grades: grades,
              topic: {column: topic}, size: {column: size, type: number}}
    coverage: always
rules:
"""
ROSTER: dict[str, list[dict[str, Any]]] = {
    "schools": [{"school": "s"}], "teams": [{"team": "t", "school": "s"}],
    "staff": [{"staff": p, "school": "s"} for p in ("p1", "p2")], "members": [{"team": "t", "staff": p} for p in ("p1", "p2")],
}
CASES = [
    ("where", "{kind: count, event: meeting, where: {minutes: {gte: 30}}}", {}, "1 event lacks `minutes`"),
    ("two", "{kind: count, event: meeting, where: {minutes: {gte: 30}, topic: data}}", {}, "1 event lacks `minutes` or `topic`"),
    ("total", "{kind: total, event: meeting, field: size}", {}, "1 event lacks `size`"),
    ("weights", "{kind: share, event: meeting, having: {topic: data}, field: size}", {"topic": "data"}, "1 event lacks `size` or `topic`"),
    ("people", "{kind: participation, event: meeting, per: event}", {}, "1 event lacks `participants`"),
    ("match", "{kind: response, after: {event: need}, answer: {event: meeting}, match: topic, within: {days: 9}}", {}, "1 event lacks `topic`"),
]


def september(measure: str, event: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The cell of September, in which one meeting was held, and a need was seen before it."""
    judge = "{at_least: 0.9}" if "share" in measure or "participation" in measure or "response" in measure else "{at_least: 1}"
    rules = f"{RULES}  - {{id: r, title: r, expect: {{of: team, each: month}}, measure: {measure}, judge: {judge}}}\n"
    events = [{"id": "e", "type": "meeting", "team": "t", "start": "2025-09-09T09:00", **event},
              {"id": "n", "type": "need", "team": "t", "start": "2025-09-08T09:00", "topic": "data"}]
    with Engine.from_text(rules, root=folder).evaluate(as_of=date(2025, 10, 31), roster=ROSTER, events=events) as result:
        return next(iter(result.verdicts.rows()))


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(("measure", "event", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_reason_names_what_events_lack(
    measure: str, event: dict[str, Any], said: str, large: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fields on which the rule hangs are named, and one event is one event."""
    monkeypatch.setattr(evaluate, "FEW_EVENTS", -1 if large else 50_000)
    assert september(measure, event, tmp_path)["reason"] == f"unknown_fields: {said}"


@pytest.mark.parametrize("grades", ["01;1", "K;KG", "03"])
def test_a_grade_that_is_named_twice_is_one(grades: str, tmp_path: Path) -> None:
    """`grade_count` counts grades, not how often they are written."""
    measure = "{kind: count, event: meeting, where: {grade_count: 1}}"
    assert september(measure, {"grades": grades.split(";")}, tmp_path)["verdict"] == "met"
