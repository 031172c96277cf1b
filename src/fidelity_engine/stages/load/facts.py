"""A few facts about what was read, found in one query: what is there at all, and how much is wrong with it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from fidelity_engine.db import Database
from fidelity_engine.stages.load.calendar_rows import KINDS

KNOWN = ", ".join(f"'{kind}'" for kind in KINDS)
LOST = "(school is not null and school_no is null)"
WRONG = {
    # the rows of a listing that have a mistake, apart from ids that stand twice
    "roster_school": "bad <> '' or from_date > until_date or day_end <= day_start",
    "roster_team": "bad <> '' or from_date > until_date or school_no is null",
    "roster_staff": f"bad <> '' or from_date > until_date or {LOST}",
    "roster_member": "bad <> '' or from_date > until_date or subject_no is null or staff_no is null",
    "calendar_row": f"bad <> '' or kind not in ({KNOWN}) or {LOST} or day_end < day_start",
    "term_row": f"bad <> '' or from_date > until_date or {LOST}",
}
LISTINGS = dict(zip(("schools", "teams", "staff", "members", "calendar", "terms"), WRONG, strict=True))
MORE = {
    # further columns of the query: name → SQL, per table
    "roster_school": {"twice": "count(*) - count(distinct school)", "zones": "list(distinct timezone)"},
    "roster_team": {"twice": "count(*) - count(distinct team)"},
    "roster_staff": {"again": "count(*) - count(distinct staff)", "unplaced": "count(*) filter (school_no is null)"},
    "roster_member": {},
    "calendar_row": {
        "own": "count(school_no)", "named": "count(calendar)",
        "first": "min(date)", "last": "max(date)",
    },
    "term_row": {"own": "count(school_no)"},
}


class Facts(NamedTuple):
    """`counts`: rows per listing. `wrong`: listings with mistakes in their rows. `zones`: named by schools.

    `first`, `last`: of the calendar's rows. `own_days`, `named`, `own_terms`: whether there are rows of single schools,
    rows of named calendars, terms of single schools. `roaming`: whether somebody may be at several schools.
    """

    counts: dict[str, int]
    wrong: frozenset[str]
    zones: tuple[str, ...]
    first: date | None
    last: date | None
    own_days: bool
    named: bool
    own_terms: bool
    roaming: bool

    @property
    def uniform(self) -> bool:
        """Whether all schools share one calendar."""
        return not (self.own_days or self.named or self.own_terms or self.zones)


def facts_of(db: Database, listed: Collection[str]) -> Facts:
    """Ask the tables of the listings that were read; the others are empty."""
    asked = {
        name: {"rows": "count(*)", "wrong": f"count(*) filter ({WRONG[table]})", **MORE[table]}
        for name, table in LISTINGS.items() if name in listed
    }
    sources = ", ".join(f"(select {', '.join(columns.values())} from {LISTINGS[name]})" for name, columns in asked.items())
    row = iter(db.rows(f"select * from {sources}")[0] if asked else ())
    found: dict[str, dict[str, Any]] = {name: {} for name in LISTINGS}
    found |= {name: {column: next(row) for column in columns} for name, columns in asked.items()}
    days, staff = found["calendar"], found["staff"]
    return Facts(
        counts={name: facts.get("rows", 0) for name, facts in found.items()},
        wrong=frozenset(name for name, facts in found.items() if facts.get("wrong") or facts.get("twice")),
        zones=tuple(sorted(zone for zone in found["schools"].get("zones") or () if zone)),
        first=days.get("first"), last=days.get("last"), own_days=bool(days.get("own")), named=bool(days.get("named")),
        own_terms=bool(found["terms"].get("own")), roaming=bool(staff.get("again") or staff.get("unplaced")),
    )
