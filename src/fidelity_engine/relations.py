"""The relations between the stages: their names, columns and SQL types, asserted after each stage.

Keys are dense numbers given at load, in the order of the ids: `school_no`, `subject_no`, `staff_no`, `class_no`,
`source_no`. A *calendar class* is a set of schools with identical calendars, terms and time zone; subjects of
several schools (district, some staff) have a class that is the union of their schools' classes.
Dates without an end are the first and last date of `day`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fidelity_engine.db import Database

DATE_MIN, DATE_MAX = "date '1900-01-01'", "date '2200-12-31'"

ROSTER: dict[str, dict[str, str]] = {
    # one row per school of the roster
    "school": {
        "school_no": "INTEGER", "school": "VARCHAR", "name": "VARCHAR", "class_no": "INTEGER", "zone": "VARCHAR",
        "day_start": "SMALLINT", "day_end": "SMALLINT",            # bell times, minutes after midnight
        "from_date": "DATE", "until_date": "DATE",                 # DATE_MIN, DATE_MAX where open
        "school_level": "VARCHAR", "grades": "VARCHAR[]", "students": "BIGINT",
    },
    # every subject of every kind; class_no is the calendar that its days are counted in
    "subject": {
        "subject_no": "INTEGER", "subject_kind": "VARCHAR", "subject": "VARCHAR", "name": "VARCHAR",
        "school_no": "INTEGER", "school": "VARCHAR",               # first by id; null for the district
        "class_no": "INTEGER", "students": "BIGINT", "grades": "VARCHAR[]",
    },
    # the dates on which a subject is active: disjoint, merged, its own rows cut with its school's
    "span": {"subject_no": "INTEGER", "from_date": "DATE", "until_date": "DATE"},
    # the schools of a subject (one for teams, grades, schools; all for the district)
    "subject_school": {"subject_no": "INTEGER", "school_no": "INTEGER"},
    "person": {"staff_no": "INTEGER", "staff": "VARCHAR", "name": "VARCHAR", "subject_no": "INTEGER"},
    # rows of the staff file: who holds which roles where and when
    "assignment": {
        "staff_no": "INTEGER", "school_no": "INTEGER", "roles": "VARCHAR[]", "grades": "VARCHAR[]",
        "from_date": "DATE", "until_date": "DATE",
    },
    # who is active in a subject and when. team: membership and a staff row of the person both active (intervals
    # disjoint per membership row); school: staff rows at it; grade: staff rows at the school whose grades hold it;
    # staff: the person's own rows; district: everybody's rows. weekdays: bit 0 = Monday .. bit 6 = Sunday
    "member": {
        "subject_no": "INTEGER", "staff_no": "INTEGER", "from_date": "DATE", "until_date": "DATE",
        "weekdays": "UTINYINT", "expected": "BOOLEAN",
    },
}

CALENDAR: dict[str, dict[str, str]] = {
    "calendar_class": {
        "class_no": "INTEGER", "last_over": "DATE",                # the last day that is over as of as_of
        "usual_week": "INTEGER", "ends_on": "DATE",
    },
    # every class x every date of the span that a run may touch
    "day": {
        "class_no": "INTEGER", "date": "DATE", "instructional": "BOOLEAN",
        "counts": "BOOLEAN",                                       # instructional, or a weekday after the calendar's end
        "ord": "INTEGER",                                          # number of dates that count, up to and with this one
        "kind": "VARCHAR", "bell_start": "SMALLINT", "bell_end": "SMALLINT",
    },
    "term": {"class_no": "INTEGER", "term": "VARCHAR", "from_date": "DATE", "until_date": "DATE"},
}

PAPERS: dict[str, dict[str, str]] = {
    "owner": {"role": "VARCHAR", "school_no": "INTEGER", "name": "VARCHAR", "address": "VARCHAR"},
    "complete": {"source": "VARCHAR", "school_no": "INTEGER", "through": "DATE"},   # school_no null = all
    "waiver": {
        "waiver_no": "INTEGER", "rule": "VARCHAR", "subject_kind": "VARCHAR", "subject": "VARCHAR", "school_no": "INTEGER",
        "from_date": "DATE", "until_date": "DATE", "reason": "VARCHAR", "approved_by": "VARCHAR", "permanent": "BOOLEAN",
    },
}

EVIDENCE: dict[str, dict[str, str]] = {
    # one row per source of the rule file
    "source_state": {
        "source_no": "INTEGER", "source": "VARCHAR", "readable": "BOOLEAN", "optional": "BOOLEAN",
        "read": "BIGINT", "accepted": "BIGINT", "duplicates": "BIGINT", "quarantined": "BIGINT", "merged": "BIGINT",
        "skipped": "BIGINT", "bad_values": "BIGINT", "unknown_participants": "BIGINT",
        "cause": "VARCHAR",                                        # why it is unreadable
    },
    # distinct dates on which a source has a known event of any type and status; school_no null: of no school
    "source_day": {"source_no": "INTEGER", "school_no": "INTEGER", "date": "DATE"},
    # which source delivered which type for which school (dated in the period)
    "delivery": {"type": "VARCHAR", "source_no": "INTEGER", "school_no": "INTEGER"},
    "last_record": {"source_no": "INTEGER", "date": "DATE"},      # date of the greatest recorded_at
    "quarantine": {"source": "VARCHAR", "place": "VARCHAR", "row": "BIGINT", "reason": "VARCHAR", "sentence": "VARCHAR"},
}

EVENT: dict[str, str] = {
    # columns that every `event_<n>` table has, one table per event type that a rule uses, only events known as of as_of
    "event_no": "BIGINT", "source_no": "INTEGER", "id": "VARCHAR",
    "start": "TIMESTAMP",                                          # local
    "date": "DATE", "end": "TIMESTAMP", "minutes": "DECIMAL(18,6)", "status": "VARCHAR",
    "team_no": "INTEGER", "other_teams": "INTEGER[]",              # subject_no of the first team; the others (else null)
    "school_no": "INTEGER", "other_schools": "INTEGER[]",          # derived school, first by id; the others (else null)
    "team_schools": "INTEGER[]",                                   # schools of its teams beyond these (else null)
    "participants": "INTEGER[]",                                   # staff_no of the known ones; null = missing
    "unknown_participants": "INTEGER",                             # how many are on no roster; 0 where missing
    # plus, where a rule needs them: team, school, participants as text for filters, grades, roles, ... and the extra fields
}

GRID: dict[str, str] = {
    "subject_no": "INTEGER", "window_no": "INTEGER", "window_start": "DATE", "window_end": "DATE", "days": "INTEGER",
    "days_left": "INTEGER", "closes_on": "DATE", "due": "DATE", "closed": "BOOLEAN", "short": "BOOLEAN",
}


NUMBER = "DECIMAL(38,6)"

MEASURED: dict[str, tuple[str, str]] = {
    # what a table measure says of a cell, beside the grid's columns: column → (SQL type, default). Every cell has one row
    "low_num": (NUMBER, "null"), "low_den": (NUMBER, "1"),     # low = low_num / low_den
    "high_num": (NUMBER, "null"), "high_den": (NUMBER, "1"),   # high_num null: unbounded
    "value_num": (NUMBER, "null"), "value_den": (NUMBER, "null"),   # only where value is neither end
    "times": (NUMBER, "1"),             # what both parts of low and high were multiplied by, to stay exact
    "nothing": ("BOOLEAN", "false"),             # nothing to measure
    "few": ("VARCHAR", "null"),                  # too_few, suppressed or ceiling
    "note": ("VARCHAR", "null"),                 # what its reason says besides: which part of a test signals
    "failure": ("VARCHAR", "null"),              # the measure raised or gave something invalid: what
    "undecided": ("BOOLEAN", "false"),           # a plain function met an unknown field: neither good nor bad
    "events": ("BIGINT", "null"),                # how many matched
    "unknown": ("BIGINT", "0"),                  # how many would match but for a missing field, or lack a number
    "after_ord": ("INTEGER", "null"),            # ordinal before the stretch that coverage looks at (null: the rule's)
    "until_ord": ("INTEGER", "null"),            # ordinal of its last day (null: closes_on)
    "due": ("DATE", "null"),                     # a later due date than the grid's
    "waiting": ("BOOLEAN", "false"),             # a closed child is still open
    "risk_days": ("INTEGER", "null"),            # instructional days to the nearest due date of an unanswered trigger
}


VERDICT: dict[str, str] = {
    # what judge says of every cell of every rule (see verdicts.py)
    "rule_no": "INTEGER", "subject_no": "INTEGER", "window_no": "INTEGER", "window_start": "DATE", "window_end": "DATE",
    "days": "INTEGER", "days_left": "INTEGER", "closes_on": "DATE", "due": "DATE", "closed": "BOOLEAN", "class_no": "INTEGER",
    "low_num": "DECIMAL(38,6)", "low_den": "DECIMAL(38,6)", "high_num": "DECIMAL(38,6)", "high_den": "DECIMAL(38,6)",
    "value_num": "DECIMAL(38,6)", "value_den": "DECIMAL(38,6)", "times": "DECIMAL(38,6)", "need_num": "DECIMAL(38,6)",
    "need_den": "DECIMAL(38,6)", "need_top_num": "DECIMAL(38,6)", "events": "BIGINT", "unknown": "BIGINT", "failure": "VARCHAR",
    "note": "VARCHAR", "silent": "BOOLEAN", "pending": "BOOLEAN", "source_no": "INTEGER", "since_ord": "INTEGER", "blind_school_no": "INTEGER",
    "verdict": "VARCHAR", "code": "VARCHAR", "level": "VARCHAR", "disposition": "VARCHAR",
}


class Tally(NamedTuple):
    """How a measure counts: `hits` is a SELECT of subject_no, window_no and `columns`, `sums` are the aggregates of each cell's."""

    hits: str
    columns: str
    sums: str


class Measured(str):
    """A SELECT with the columns of the grid and of MEASURED, as `measured` makes it.

    `source`: what it is read from; `said`: the columns of MEASURED that are no defaults, with their SQL; `tally`: how the
    sums `h` beside the grid `g` come about, where that is all there is to it. `large`: whole numbers may be too large for INTEGER.
    """

    source: str
    said: Mapping[str, str]
    tally: Tally | None = None
    large = False


class Whole(Measured):
    """One whose numbers are whole."""


def measured(source: str, whole: bool = False, **columns: str) -> Measured:
    """A SELECT with the columns of MEASURED over `source` (which calls the grid `g`), defaults filled in.

    The columns of the grid come along; its `due` and `closed` as `grid_due` and `grid_closed`. `whole`: all numbers are
    whole, and are kept as such.
    """
    assert set(columns) <= set(MEASURED), set(columns) - set(MEASURED)
    kinds = {c: "BIGINT" if whole and kind == NUMBER else kind for c, (kind, _) in MEASURED.items()}
    cast = {c: f"cast({columns.get(c, default)} as {kinds[c]})" for c, (_, default) in MEASURED.items()}
    listed = ", ".join(f"{sql} as {c}" for c, sql in cast.items())
    rows = (Whole if whole else Measured)(
        f"select g.* exclude (due, closed), g.due as grid_due, g.closed as grid_closed, {listed} from {source}")
    rows.source, rows.said = source, {c: cast[c] for c in columns}
    return rows


asserting = False
"""Whether stages look at each relation before they hand it on. The tests say yes; a run would pay for it every time."""


def check(db: Database, relation: str, columns: dict[str, str]) -> None:
    """Where the tests run, assert that a relation has the columns that the next stage reads, with their types."""
    if not asserting:
        return
    found = db.columns(relation)
    wrong = {name: found.get(name) for name, kind in columns.items() if found.get(name) != kind}
    if wrong:
        raise AssertionError(f"relation {relation}: {wrong} should be {({n: columns[n] for n in wrong})}")
