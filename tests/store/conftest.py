"""A small district in files: one school, three teams, a meeting a week; and a store in a file or in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine import Engine
from fidelity_engine.run import Ran

RULES = """
fidelity: 1
name: Small
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-01, until: 2025-12-19}
roster: {schools: schools.csv, teams: teams.csv}
calendar: {read: calendar.csv}
waivers: waivers.csv
decisions: decisions.csv
evidence:
  log:
    read: log.csv
    delivers: meeting
    columns: {id: id, team: team, start: start, recorded_at: recorded_at}
    coverage: always
rules:
  - id: meets
    title: Teams meet every week
    expect: {of: team, each: week}
    measure: {kind: count, event: meeting}
    judge: {at_least: 1}
"""
MONDAY = date(2025, 9, 1)
TEAMS = ("g1", "g2", "g3")


class District:
    """The files, and runs over them. `meetings`: (team, week from 0); weeks run from Monday 1 September 2025."""

    def __init__(self, folder: Path, teams: tuple[str, ...] = TEAMS) -> None:
        self.folder, self.teams = folder, teams
        self.rules = folder / "district.yaml"
        self.rules.write_text(RULES, "utf-8")
        self.meetings = {(team, week) for team in teams for week in range(16)}
        self.closed: set[date] = set()
        self.late: dict[tuple[str, int], str] = {}
        self.waivers: list[str] = []
        self.write()

    def write(self) -> None:
        """Write all files anew."""
        lines = {
            "schools.csv": ["school,name", "lincoln,Lincoln"],
            "teams.csv": ["team,school,kind,name", *(f"{team},lincoln,grade-level,Team {team}" for team in self.teams)],
            "calendar.csv": ["date,kind", *self._days()],
            "waivers.csv": ["rule,subject_kind,subject,school,from,until,reason,approved_by,permanent", *self.waivers],
            "log.csv": ["id,team,start,recorded_at", *self._log()],
        }
        for name, rows in lines.items():
            (self.folder / name).write_text("\n".join(rows) + "\n", "utf-8")

    def _days(self) -> Iterator[str]:
        for number in range(210):
            day = MONDAY + timedelta(number)
            if day.weekday() < 5:
                yield f"{day},{'weather' if day in self.closed else 'instructional'}"

    def _log(self) -> Iterator[str]:
        for team, week in sorted(self.meetings):
            start = MONDAY + timedelta(7 * week + 1)
            yield f"{team}-{week},{team},{start}T10:00,{self.late.get((team, week), f'{start}T12:00')}"

    def engine(self) -> Any:
        """A fresh engine."""
        return Engine.from_file(self.rules)

    def night(self, week: int, day: int = 6, **asked: Any) -> Ran:
        """The run at the end of a day (0 Monday .. 6 Sunday) of a week."""
        ran = self.engine().run(as_of=MONDAY + timedelta(7 * week + day), **asked)
        ran.result.close()
        return ran

    def states(self, week: int, **asked: Any) -> dict[str, str]:
        """subject → state, of what a run tells."""
        return {one.subject or "": one.state for one in self.night(week, **asked).result.findings}


@pytest.fixture
def district(tmp_path: Path) -> District:
    """A fresh one in which everybody meets."""
    return District(tmp_path)


@pytest.fixture(params=["file", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str | None]:
    """The store of a run: in the state folder, or in a PostgreSQL of our own."""
    if request.param == "file":
        return lambda: None
    url: str = request.getfixturevalue("postgres_url")
    return lambda: url
