"""Fields that follow from others: day fields from the calendar; roles, grades and names from the roster."""

from __future__ import annotations

from collections.abc import Collection

from fidelity_engine.db import Database

DAY_FIELDS = frozenset({"day_kind", "in_school_day"})
MINUTE = "60000000::bigint"
START_OF_DAY = "(epoch_us(x.start) % 86400000000)"
BELL_START, BELL_END = "coalesce(d.bell_start, c.day_start)", "coalesce(d.bell_end, c.day_end)"
IN_SCHOOL_DAY = f"""case when x.school_no is null then null when not coalesce(d.instructional, false) then false
    when x."end" is null or {BELL_START} is null or {BELL_END} is null then null
    else {START_OF_DAY} >= {BELL_START} * {MINUTE}
      and {START_OF_DAY} + epoch_us(x."end") - epoch_us(x.start) <= {BELL_END} * {MINUTE} end"""
DAY_SQL = {"day_kind": "d.kind", "in_school_day": IN_SCHOOL_DAY}
OF_SCHOOL = """left join (select school_no, school, class_no, day_start, day_end from school) c on c.school_no = x.school_no
    left join day d on d.class_no = c.class_no and d.date = x.start::date"""


def with_day_fields(used: Collection[str], events: str, end: str) -> str:
    """SELECT of the events with the day fields that are used, for their first school. `end`: its column or expression."""
    wanted = sorted(DAY_FIELDS & set(used))
    if not wanted:
        return events
    fields = "".join(f", {DAY_SQL[field]} as {field}" for field in wanted)
    if end == '"end"':
        return f"select x.*{fields} from ({events}) x {OF_SCHOOL}"
    return f'select x.* exclude ("end"){fields} from (select *, {end} as "end" from ({events})) x {OF_SCHOOL}'


def several_schools(db: Database, relation: str, rows: str) -> None:
    """Make `<relation>_several`, day fields and names of the schools for events of several schools.

    An event is in the school day when it is in each school's; its kind of day is that of the first school that is closed.
    """
    db.run(f"""create or replace table {relation}_several as
        with x as (select row_no, start, "end", unnest(list_prepend(school_no, other_schools)) as school_no
                   from {rows} where other_schools is not null),
        y as (select x.row_no, x.school_no, c.school, {IN_SCHOOL_DAY} as inside, d.kind, d.instructional from x {OF_SCHOOL})
        select row_no, list(school order by school_no) as schools,
          case when bool_or(not inside) then false when bool_and(inside is not null) then true end as in_school_day,
          coalesce(arg_min(kind, school_no) filter (not coalesce(instructional, false) and kind is not null),
            arg_min(kind, school_no)) as day_kind
        from y group by row_no""")


HELD = "join assignment a on a.staff_no = x.staff_no and x.date between a.from_date and a.until_date"


def _took_part(rows: str, also: str = "") -> str:
    return f"""(select row_no, start::date as date, unnest(participants) as staff_no from {rows}
        where participants is not null{also})"""


MOST_ROLES = 12
"""So many different roles have a bit each, and all sets of them a row each."""
APART = 1 << MOST_ROLES
"""The bit of people with several staff rows, whose events are looked at one by one."""
DAY_BITS, ENDS, BEGINS = 17, MOST_ROLES + 1, MOST_ROLES + 18
DAY_ZERO = "date '1900-01-01'"


def prepare_roles(db: Database) -> bool:
    """Make `role_bits` (one row: by staff number a number that packs roles, first and last date) and `role_set` (bits → roles).

    False where there are too many roles. One list, because the engine copies it for every two thousand events.
    """
    listed = "select staff_no, unnest(roles) as role from assignment"
    if (db.one(f"select count(distinct role) from ({listed})") or 0) > MOST_ROLES:
        return False
    always, never = f"{(1 << DAY_BITS) - 1}::bigint << {ENDS}", f"1::bigint << {BEGINS}"
    dated = f"((o.begins - {DAY_ZERO})::bigint << {BEGINS}) | ((o.ends - {DAY_ZERO})::bigint << {ENDS}) | coalesce(h.bits, 0)"
    db.run(f"""create or replace table role_bits as with
        role as (select role, row_number() over (order by role) - 1 as bit from (select distinct role from ({listed}))),
        held as (select a.staff_no, bit_or(1 << r.bit) as bits from ({listed}) a join role r on r.role = a.role group by 1),
        one as (select staff_no, min(from_date) as begins, max(until_date) as ends, count(*) as rows from assignment group by 1)
        select list(case when o.rows is null then {never} when o.rows > 1 then ({always}) | {APART} else {dated} end
          order by p.staff_no)::bigint[] as packed
        from person p left join one o on o.staff_no = p.staff_no left join held h on h.staff_no = p.staff_no""")
    db.run(f"""create or replace table role_set as with
        role as (select coalesce(list(role order by role), []::varchar[]) as roles from (select distinct role from ({listed})))
        select bits::integer as bits, list_filter(roles, lambda r, place: (bits >> (place - 1)) & 1 = 1) as roles
        from role, range(0, 1 << len(roles)) t(bits)""")
    return True


def with_role_bits(events: str) -> str:
    """SELECT of the events with `role_bits`: the roles that their known participants hold on the date, or APART."""
    packed = "list_transform(x.participants, lambda p: b.packed[p])"
    held = f"(v >> {BEGINS}) <= x.day_no and ((v >> {ENDS}) & {(1 << DAY_BITS) - 1}) >= x.day_no"
    bits = f"list_bit_or(list_transform({packed}, lambda v: case when {held} then v & {(1 << ENDS) - 1} else 0 end))"
    told = f"case when x.participants is not null then coalesce({bits}, 0) end::integer"
    return f"""select x.* exclude (day_no), {told} as role_bits
        from (select *, start::date - {DAY_ZERO} as day_no from ({events})) x cross join role_bits b"""


def roles_made(db: Database, relation: str, rows: str, bits: bool) -> tuple[str, str]:
    """What to join to rows `r` for their roles, and the SQL of the roles.

    `<relation>_roles` has them for events that were looked at one by one: the distinct roles that the participants'
    staff rows hold on the date. `bits`: only those of people with several staff rows; the others have `role_bits`.
    """
    also = f" and role_bits >= {APART}" if bits else ""
    db.run(f"""create or replace table {relation}_roles as
        select row_no, list_sort(list_distinct(flatten(list(a.roles)))) as roles
        from {_took_part(rows, also)} x {HELD} where a.roles is not null group by row_no""")
    join = f" left join {relation}_roles o on o.row_no = r.row_no"
    if not bits:
        return join, "case when r.participants is not null then coalesce(o.roles, []::varchar[]) end"
    one_by_one = f"when r.role_bits >= {APART} then coalesce(o.roles, []::varchar[])"
    return f"{join} left join role_set t on t.bits = r.role_bits", f"case {one_by_one} else t.roles end"


def grades_made(db: Database, relation: str, rows: str) -> None:
    """Make `<relation>_grades` for events that tell none: those of the staff who took part, else of the team."""
    theirs = f"""select row_no, list_sort(list_distinct(flatten(list(a.grades)))) as grades
        from {_took_part(rows, ' and grades is null')} x {HELD} where len(a.grades) > 0 group by row_no"""
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
        select row_no, list(distinct p.staff order by p.staff) as ids from {_took_part(rows)} x
        join person p on p.staff_no = x.staff_no group by row_no""")
    told = "case when r.participants is not null then coalesce(n.ids, []::varchar[]) end"
    return f" left join {relation}_names n on n.row_no = r.row_no", told
