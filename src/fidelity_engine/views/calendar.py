"""The school calendar as the engine reads it: which date is what kind of day in which school."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import date
from typing import NamedTuple

from fidelity_engine.db import Database
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.plugin.host import Host
from fidelity_engine.selection import school_exists
from fidelity_engine.stages.load import Clock, load_roster_and_calendar


class SchoolDay(NamedTuple):
    """One date of the period in one school; `kind` is None on a date of which the calendar says nothing."""

    school: str
    date: date
    kind: str | None
    instructional: bool


def school_days(ruleset: RuleSet, host: Host, schools: Sequence[str] = ()) -> list[SchoolDay]:
    """The dates of the period, school by school; `schools`: only these."""
    with closing(Database()) as db:
        load_roster_and_calendar(db, ruleset, host.readers, Clock.read(ruleset), {})
        for school in schools:
            school_exists(db, school)
        rows = db.rows(
            """select s.school, d.date, d.kind, d.instructional from school s join day d using (class_no)
            where d.date between $first and $last and ($all or list_contains($schools::varchar[], s.school)) order by all""",
            {"first": ruleset.period.start, "last": ruleset.period.end, "schools": list(schools), "all": not schools},
        )
    return [SchoolDay(*row) for row in rows]
