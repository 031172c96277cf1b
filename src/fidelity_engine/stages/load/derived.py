"""Fields that follow from others: day fields from the calendar; grades and names from the roster (roles: see roles.py)."""

from __future__ import annotations

from collections.abc import Collection

from fidelity_engine.db import Database
from fidelity_engine.stages.load.calendar_rows import CLOSING

DAY_FIELDS = frozenset({"day_kind", "in_school_day"})
MINUTE = "60000000::bigint"
START_OF_DAY = "(epoch_us(x.start) % 86400000000)"
BELL_START, BELL_END = "coalesce(d.bell_start, c.day_start)", "coalesce(d.bell_end, c.day_end)"
IN_SCHOOL_DAY = f"""case when x.school_no is null then null when not coalesce(d.instructional, false) then false
    when x.lasts is null or {BELL_START} is null or {BELL_END} is null then null
    else {START_OF_DAY} >= {BELL_START} * {MINUTE} and {START_OF_DAY} + x.lasts <= {BELL_END} * {MINUTE} end"""
DAY_SQL = {"day_kind": "d.kind", "in_school_day": IN_SCHOOL_DAY}
TO_END = '(epoch_us("end") - epoch_us(start))'
OF_SCHOOL = """left join (select school_no, school, class_no, day_start, day_end from school) c on c.school_no = x.school_no
    left join day d on d.class_no = c.class_no and d.date = x.start::date"""


def with_day_fields(used: Collection[str], events: str, lasts: str) -> str:
    """SELECT of the events with the day fields that are used, for their first school. `lasts`: SQL of the microseconds to their end."""
    wanted = sorted(DAY_FIELDS & set(used))
    if not wanted:
        return events
    fields = "".join(f", {DAY_SQL[field]} as {field}" for field in wanted)
    return f"select x.* exclude (lasts){fields} from (select *, {lasts} as lasts from ({events})) x {OF_SCHOOL}"


def several_schools(db: Database, relation: str, rows: str, zones_differ: bool) -> None:
    """Make `<relation>_several`, day fields and names of the schools for events of several schools.

    An event is in the school day when it is in each school's; its kind of day is that of the first school that is
    closed, else of the first by id, though the calendar may say nothing about it.
    `zones_differ`: some school has another time zone. Starts are in that of the event's first school.
    """
    inside, zones = IN_SCHOOL_DAY, ""
    if zones_differ:
        there = "case when z.zone = o.zone then x.start else timezone(z.zone, timezone(o.zone, x.start)) end"
        inside = inside.replace(START_OF_DAY, f"(epoch_us({there}) - epoch_us(x.start::date::timestamp))")
        zones = "left join school o on o.school_no = x.first_no left join school z on z.school_no = x.school_no"
    db.run(f"""create or replace table {relation}_several as
        with x as (select row_no, start, {TO_END} as lasts, school_no as first_no, unnest(list_prepend(school_no, other_schools)) as school_no
                   from {rows} where other_schools is not null),
        y as (select x.row_no, x.school_no, c.school, {inside} as inside, d.kind from x {OF_SCHOOL} {zones})
        select row_no, list(school order by school_no) as schools,
          case when bool_or(not inside) then false when bool_and(inside is not null) then true end as in_school_day,
          coalesce(arg_min(kind, school_no) filter (kind in {CLOSING}), arg_min_null(kind, school_no)) as day_kind
        from y group by row_no""")


HELD = "join assignment a on a.staff_no = x.staff_no and x.date between a.from_date and a.until_date"


def took_part(rows: str, also: str = "") -> str:
    """SELECT of (row_no, date, staff_no) of those who took part."""
    return f"""(select row_no, start::date as date, unnest(participants) as staff_no from {rows}
        where participants is not null{also})"""


def grades_made(db: Database, relation: str, rows: str) -> None:
    """Make `<relation>_grades` for events that tell none: those of the staff who took part, else of the team."""
    theirs = f"""select row_no, list_sort(list_distinct(flatten(list(a.grades)))) as grades
        from {took_part(rows, ' and grades is null')} x {HELD} where len(a.grades) > 0 group by row_no"""
    team = f"""select row_no, list_sort(list_distinct(flatten(list(s.grades)))) as grades from
        (select row_no, unnest(list_prepend(team_no, coalesce(other_teams, []))) as team_no from {rows}
         where grades is null and team_no is not null) x
        join subject s on s.subject_no = x.team_no where len(s.grades) > 0 group by row_no"""
    db.run(f"""create or replace table {relation}_grades as
        select coalesce(p.row_no, t.row_no) as row_no, coalesce(p.grades, t.grades) as grades
        from ({theirs}) p full join ({team}) t on t.row_no = p.row_no""")


def names_made(db: Database, relation: str, rows: str) -> tuple[str, str]:
    """What to join to rows `r` for the ids of their known participants, and the SQL of these."""
    db.run(f"""create or replace table {relation}_names as
        select row_no, list(distinct p.staff order by p.staff) as ids from {took_part(rows)} x
        join person p on p.staff_no = x.staff_no group by row_no""")
    told = "case when r.participants is not null then coalesce(n.ids, []::varchar[]) end"
    return f" left join {relation}_names n on n.row_no = r.row_no", told
