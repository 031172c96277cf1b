"""A small district of two teams whose meetings are given week by week, and what people decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
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
decisions: decisions.csv
evidence:
  meeting-log:
    read: meetings.csv
    delivers: meeting
    coverage: always
  registers:
    read: registers.csv
    delivers: schedule_published
    coverage: {silent_after: {instructional_days: 15}, per: school}
events:
  meeting-held: {type: meeting}
outcomes:
  time: {leads_to: [collaboration]}
  collaboration: {leads_to: [efficacy], title: Collaboration of teachers}
  efficacy: {}
rules:
  - id: meets
    title: Teams meet
    puts_at_risk: [time]
    expect: {of: team, each: week}
    measure: {kind: count, event: meeting-held}
    judge: {at_least: 3, levels: {keep_improving: 3, getting_better: 2, getting_started: 1}}
    emit: {fires_after: {windows: 2}, escalate: {after: {windows: 4}, to: high}}
    adjust:
      - propose: Share three planning periods
        due: {instructional_days: 10}
        done_when: {event: schedule_published}
        expect_effect: {verdict: met, within: {windows: 3}}
      - propose: Ask those that hold it
        when: {windows: 4}
        expect_effect: {level: getting_better, within: {windows: 2}}
  - id: visits
    title: Schools are visited
    puts_at_risk: [efficacy]
    expect: {of: school, each: week}
    measure: {kind: count, event: meeting, where: {minutes: {gte: 90}}}
    judge: {at_least: 0}
"""
FIRST = date(2025, 9, 1)


def weeks(team: str, counts: Iterable[int]) -> list[dict[str, Any]]:
    """So many meetings of a team in each week, from Monday on."""
    return [
        {"source": "meeting-log", "type": "meeting", "team": team, "id": f"{team}-{week}-{day}", "minutes": 45,
         "start": f"{FIRST + timedelta(7 * week + day)}T10:00"}
        for week, count in enumerate(counts) for day in range(count)
    ]  # fmt: skip


def published(*days: date | str, team: str = "g3") -> list[dict[str, Any]]:
    """Schedules that were published for a team."""
    return [{"source": "registers", "type": "schedule_published", "team": team, "id": f"{team}-{day}", "start": str(day)}
            for day in days]  # fmt: skip


Decision = tuple[str, str, str, str]
"""at, about, action, value"""


@pytest.fixture
def evaluate(tmp_path: Path) -> Callable[..., Any]:
    """`evaluate(as_of, events, decisions)` of the small district; `only`: these of its rules."""
    (tmp_path / "meetings.csv").write_text("id,team,start\n")

    def run(as_of: date | str, events: list[dict[str, Any]], decisions: Iterable[Decision] = (), rules: str = RULES,
            only: Sequence[str] = (), **more: Any) -> Any:
        lines = ["at,who,about,action,value,note", *(f"{at},principal,{about},{action},{value}," for at, about, action, value in decisions)]
        (tmp_path / "decisions.csv").write_text("\n".join(lines) + "\n")
        roster: Mapping[str, Any] = {
            "schools": [{"school": "lincoln", "name": "Lincoln", "students": 200}],
            "teams": [
                {"team": "g3", "school": "lincoln", "name": "Grade 3", "kind": "grade-level", "students": 84},
                {"team": "g4", "school": "lincoln", "name": "Grade 4", "kind": "grade-level", "students": 150},
            ],
        }
        return Engine.from_text(rules, root=tmp_path).evaluate(as_of=as_of, events=events, roster=roster, rules=only, **more)

    return run
