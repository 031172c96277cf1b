"""A district in a few lines: files, or rows, or the short calendar; loaded into relations."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine.builtin.readers import READERS as BUILTIN
from fidelity_engine.db import Database
from fidelity_engine.model.rule import FileCalendar, Period, RosterFiles, RuleSet, ShortCalendar
from fidelity_engine.stages.load.clock import Clock
from fidelity_engine.stages.load.roster import RosterInfo, load_roster_and_calendar

sys.path.insert(0, str(Path(__file__).parent))         # for the modules that tests of this folder share

PERIOD = {"from": "2025-09-01", "until": "2025-10-31"}
FILES = {
    "schools": "school,name,grades,day_start,day_end\nlincoln,Lincoln,K;1;2,08:15,15:10\nroosevelt,Roosevelt,3,08:00,15:00\n",
    "teams": "team,name,school,kind,grades\ng1,Grade 1,lincoln,grade-level,1\n",
}


READERS = {reader.name: reader for reader in BUILTIN}


@dataclass
class District:
    """A loaded district, and what loading told."""

    db: Database
    info: RosterInfo
    ruleset: RuleSet
    clock: Clock

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.db.rows(sql)


def ruleset_of(folder: Path, files: Mapping[str, str], **said: Any) -> RuleSet:
    """A rule set over files that are written into a folder. `short`: the calendar in the short form."""
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    short = said.pop("short", None)
    calendar = FileCalendar(read="calendar.csv", terms="terms.csv" if "terms" in files else None)
    roster = {name: f"{name}.csv" for name in ("schools", "teams", "staff", "members") if name in files}
    papers = {name: {"read": f"{name}.csv"} for name in ("owners", "complete", "waivers") if name in files}
    return RuleSet.model_validate({
        "path": str(folder / "rules.yaml"), "root": str(folder), "roots": (str(folder),), "timezone": "America/Detroit",
        "year": "2025-26", "period": Period.model_validate(said.pop("period", PERIOD)), "evidence": {}, "rules": (),
        "roster": RosterFiles.model_validate(roster) if "schools" in roster else None,
        "calendar": calendar if "calendar" in files else ShortCalendar.model_validate(short or {}),
        "decisions": "decisions.csv", **papers, **said,
    })


@pytest.fixture
def database() -> Iterator[Database]:
    """An empty database."""
    db = Database(threads=1)
    yield db
    db.close()


@pytest.fixture
def district(database: Database, tmp_path: Path) -> Callable[..., District]:
    """Write the files of a district and load them; files that are not said are a small default's."""

    def load(files: Mapping[str, str] | None = None, as_of: Any = "2025-10-31", given: Any = None, **said: Any) -> District:
        usual_week = said.pop("usual_week", None)
        ruleset = ruleset_of(tmp_path, {**FILES, **(files or {})}, **said)
        clock = Clock.read(ruleset, as_of)
        info = load_roster_and_calendar(database, ruleset, READERS, clock, given, usual_week)
        return District(database, info, ruleset, clock)

    return load


def dates(first: str, last: str) -> list[date]:
    """All dates from one to another."""
    start, end = date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal()
    return [date.fromordinal(n) for n in range(start, end + 1)]
