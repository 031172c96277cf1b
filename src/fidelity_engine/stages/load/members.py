"""Who is active in a subject, and when."""

from __future__ import annotations

from collections.abc import Iterable

from fidelity_engine.db import Database
from fidelity_engine.relations import ROSTER
from fidelity_engine.stages.load.calendar import Span
from fidelity_engine.stages.load.cells import EVERY_DAY
from fidelity_engine.stages.load.subjects import empty, end, merged, start

COLUMNS = "subject_no, staff_no, from_date, until_date, weekdays, expected"
KEYS = "subject_no, staff_no, weekdays, expected, row_no"


def create_members(db: Database, kinds: Iterable[str], span: Span) -> None:
    """Make `member` for some kinds of subjects: people with one staff row as they stand, those with several merged."""
    pieces = {kind: source for kind, source in sources(span).items() if kind in set(kinds)}
    if not pieces:
        db.run(empty("member", ROSTER["member"]))
        return
    db.run(f"""
        create or replace table member as
        with piece as materialized ({" union all ".join(pieces.values())})
        select {COLUMNS} from piece where not several and from_date <= until_date
        union all
        select {COLUMNS} from ({merged("select * from piece where several", KEYS)})""")


def sources(span: Span) -> dict[str, str]:
    """Kind of subject → the spans in which somebody is active in it by one staff row."""
    plain = f"a.staff_no, a.from_date, a.until_date, {EVERY_DAY}::utinyint as weekdays, true as expected, 0 as row_no, a.several"
    first, last = f"coalesce(m.from_date, {start(span)})", f"coalesce(m.until_date, {end(span)})"
    return {
        "team": f"""
            select m.subject_no, a.staff_no, greatest(a.from_date, {first}) as from_date,
              least(a.until_date, {last}) as until_date, coalesce(m.weekdays, {EVERY_DAY})::utinyint as weekdays,
              coalesce(m.expected, true) as expected, m.row_no, a.several
            from roster_member m join assignment a on a.staff_no = m.staff_no""",
        "school": f"""
            select s.subject_no, {plain} from assignment a
              join subject s on s.school_no = a.school_no and s.subject_kind = 'school'""",
        "grade": f"""
            select g.subject_no, {plain} from (select *, unnest(grades) as grade from assignment) a
              join roster_grade g on g.school_no = a.school_no and g.grade = a.grade""",
        "staff": f"select a.subject_no, {plain} from assignment a",
        "district": f"select s.subject_no, {plain} from assignment a cross join subject s where s.subject_kind = 'district'",
    }
