"""A district of two schools whose log gets a file every week, and runs over it that carry over what they can."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fidelity_engine import Engine, evaluate
from fidelity_engine.run import Ran

RULES = """
fidelity: 1
name: Two schools
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-01, until: 2025-12-19}
roster: {schools: schools.csv, teams: teams.csv, staff: staff.csv}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
evidence:
  log:
    read: log/*.parquet
    type: {column: type}
    delivers: [meeting, review]
    columns: {id: id, team: team, school: school, start: start, minutes: minutes, participants: participants}
    coverage: {silent_after: {instructional_days: 5}}
  forms:
    read: forms.csv
    delivers: survey
    columns: {team: team, start: start}
    coverage: always
rules:
  - id: meets
    title: Teams meet every week
    expect: {of: team, each: week}
    measure: {kind: count, event: meeting, where: {minutes: {gte: 30}}}
    judge: {at_least: 1}
    emit: {fires_after: {windows: 2}}
  - id: reviews
    title: Norms are reviewed each month
    expect: {of: team, each: month}
    measure: {kind: count, event: review}
    judge: {at_least: 1}
  - id: asked
    title: Teams are asked each month
    expect: {of: team, each: month}
    measure: {kind: count, event: survey}
    judge: {at_least: 1}
  - id: most
    title: Most teams meet
    expect: {of: school, each: month}
    measure: {kind: rollup, rule: meets, share_of: cells}
    judge: {at_least: 0.5}
"""
MONDAY = date(2025, 9, 1)
TEAMS = {"g1": "lincoln", "g2": "lincoln", "g3": "adams", "g4": "adams"}
FRIDAY = timedelta(4)
COLUMNS = pa.schema([
    ("id", pa.int64()), ("type", pa.string()), ("team", pa.string()), ("school", pa.string()), ("start", pa.timestamp("us")),
    ("minutes", pa.int32()), ("participants", pa.list_(pa.string())),
])


class District:
    """The files, and runs over them. `weeks`: the rows of each week's file; weeks run from Monday 1 September 2025."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rules = folder / "district.yaml"
        self.text = RULES
        self.teams = dict(TEAMS)
        self.weeks = {week: [self.row(team, week) for team in TEAMS if (team, week % 3) != ("g4", 1)] for week in range(10)}
        self.forms = [f"{team},{MONDAY + timedelta(7 * week)}" for team in TEAMS for week in range(0, 10, 4)]

    def row(self, team: str, week: int, day: int = 2, minutes: int = 45, type: str = "meeting") -> dict[str, object]:
        """One record; its id follows from the rest."""
        start = datetime.combine(MONDAY + timedelta(7 * week + day), datetime.min.time()) + timedelta(hours=10)
        number = sorted(TEAMS).index(team) + 10 * (7 * week + day) + (100_000 if type == "review" else 0)
        return {"id": number, "type": type, "team": team, "school": TEAMS[team], "start": start, "minutes": minutes, "participants": [f"p-{team}"]}

    def write(self) -> None:
        """Write all files anew."""
        self.rules.write_text(self.text, "utf-8")
        listings = {
            "schools.csv": ["school,name", *(f"{school},{school.title()}" for school in dict.fromkeys(TEAMS.values()))],
            "teams.csv": ["team,school,kind", *(f"{team},{school},grade-level" for team, school in self.teams.items())],
            "staff.csv": ["staff,name,school,roles", *(f"p-{team},Person of {team},{school},teacher" for team, school in TEAMS.items())],
            "forms.csv": ["team,start", *self.forms],
        }
        for name, lines in listings.items():
            (self.folder / name).write_text("\n".join(lines) + "\n", "utf-8")
        (self.folder / "log").mkdir(exist_ok=True)
        for week, rows in self.weeks.items():
            pq.write_table(pa.Table.from_pylist(rows, COLUMNS), self.folder / "log" / f"week-{week:02}.parquet")

    def run(self, week: int, incremental: bool = True, rules: Path | None = None) -> Ran:
        """A run on the Friday of a week."""
        self.write()
        return Engine.from_file(rules or self.rules).run(as_of=MONDAY + timedelta(7 * week) + FRIDAY, incremental=incremental)

    def night(self, week: int) -> tuple[int, str]:
        """An incremental run beside a full one, which must agree to the byte: how many cells were carried over, and what was said of it."""
        self.write()
        told = self.run(week)
        verdicts = [told.result.verdicts.rows(), told.result.summary.sources, [one.message for one in told.result.findings]]
        told.result.verdicts.write(self.folder / "carried.parquet")
        with told.result, Engine.from_file(self.rules).evaluate(as_of=MONDAY + timedelta(7 * week) + FRIDAY) as full:
            full.verdicts.write(self.folder / "full.parquet")
            assert list(verdicts[0]) == list(full.verdicts.rows())
            assert (self.folder / "carried.parquet").read_bytes() == (self.folder / "full.parquet").read_bytes()
            assert verdicts[1:] == [full.summary.sources, [one.message for one in full.findings]]
        words = told.result.carried.split()
        return (int(words[0].replace(",", "")) if words[0][0].isdigit() else 0), told.result.carried

    @property
    def carried(self) -> Path:
        """Where the state is."""
        return self.folder / ".fidelity" / "carried" / self.rules.name


@pytest.fixture
def district(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> District:
    """A district that counts as large."""
    monkeypatch.setattr(evaluate, "FEW_EVENTS", -1)
    return District(tmp_path)


Change = Callable[[District], None]
