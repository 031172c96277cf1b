"""The school calendar as the engine reads it: which date is what kind of day in which school."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import date
from difflib import get_close_matches
from typing import NamedTuple

from fidelity_engine.db import Database
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.plugin.host import Host
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
        known = [row[0] for row in db.rows("select school from school order by school")]
        _must_exist(schools, known)
        rows = db.rows(
            """select s.school, d.date, d.kind, d.instructional from school s join day d using (class_no)
            where d.date between $first and $last and list_contains($schools::varchar[], s.school) order by all""",
            {"first": ruleset.period.start, "last": ruleset.period.end, "schools": list(schools or known)},
        )
    return [SchoolDay(*row) for row in rows]


def _must_exist(schools: Sequence[str], known: Sequence[str]) -> None:
    for school in schools:
        if school not in known:
            near = get_close_matches(school, known, 1)
            mend = f"Did you mean `{near[0]}`?" if near else f"Schools: {', '.join(known[:20])}."
            raise FidelityError(f"there is no school `{school}` on the roster", mend=mend)
