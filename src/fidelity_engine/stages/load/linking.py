"""Which teams and schools of the roster an event belongs to, and who took part."""

from __future__ import annotations

from fidelity_engine.db import Database
from fidelity_engine.stages.load.convert import INTEGERS
from fidelity_engine.stages.load.reasons import Fate
from fidelity_engine.stages.load.staging import Staged

ROSTER = {
    "team": "(select subject as id, subject_no as no, school_no from subject where subject_kind = 'team')",
    "school": "(select school as id, school_no as no, school_no from school)",
}
KEY = "file_no, row_no"


def same_row(one: str, other: str) -> str:
    """Condition: both are the same row of a source."""
    return f"{one}.file_no = {other}.file_no and {one}.row_no = {other}.row_no"


def prepare_lists(db: Database, staged: Staged) -> None:
    """Make `teams_<n>` and `schools_<n>` for fields that hold several ids: the known ones in the order given."""
    for field, roster in ROSTER.items():
        if staged.is_list(field):
            db.run(f"""create or replace table {field}s_{staged.number} as
                select {KEY}, list(no order by place) as nos, list_sort(list_distinct(list(school_no))) as schools
                from (select {KEY}, k.no, k.school_no, min(u.place) as place
                      from (select {KEY}, unnest({field}) as id, generate_subscripts({field}, 1) as place
                            from {staged.rows} where fate = 0 and {field} is not null) u
                      join {roster} k on k.id = u.id group by all)
                group by {KEY}""")


def linked(staged: Staged, homes: bool = False) -> str:
    """SELECT of the rows with team_no, other_teams, school_no, other_schools, team_schools, and a `fate` that knows of unknown ids.

    `homes`: `home_<n>` tells the school and whether there are known participants, for rows that nothing else links.
    """
    home = f"left join home_{staged.number} h on {same_row('h', 'r')}" if homes else ""
    several = staged.is_list("team") or staged.is_list("school")
    theirs = f"coalesce({_schools(staged, 'school', several)}, {_schools(staged, 'team', several)})"
    first, others = _split(theirs) if several else (theirs, "null::integer[]")
    team, more = _split("t.nos") if staged.is_list("team") else ("t.no" if staged.has("team") else "null::integer", "null::integer[]")
    return f"""
        select r.* exclude (fate), {_fate(staged, team, homes)} as fate, {team} as team_no, {more} as other_teams,
          {f'coalesce({first}, h.school_no)' if homes else first} as school_no, {others} as other_schools,
          {_beyond(staged, several)} as team_schools
        from {staged.rows} r {_join(staged, 'team')} {_join(staged, 'school')} {home}"""


def _split(sql: str) -> tuple[str, str]:
    return f"{sql}[1]", f"case when len({sql}) > 1 then {sql}[2:] end"


def _join(staged: Staged, field: str) -> str:
    if not staged.has(field):
        return ""
    short = field[0]
    if staged.is_list(field):
        return f"left join {field}s_{staged.number} {short} on {same_row(short, 'r')}"
    roster = ROSTER[field]
    if staged.fields[field].sql_type in INTEGERS:
        roster = f"(select try_cast(id as bigint) as id, no, school_no from {roster} where id = try_cast(id as bigint)::varchar)"
    return f"left join {roster} {short} on {short}.id = r.{field}"


def _schools(staged: Staged, field: str, several: bool) -> str:
    if not staged.has(field):
        return "null::integer[]" if several else "null::integer"
    if staged.is_list(field):
        return f"{field[0]}.schools"
    return f"case when {field[0]}.school_no is not null then [{field[0]}.school_no] end" if several else f"{field[0]}.school_no"


def _beyond(staged: Staged, several: bool) -> str:
    """The schools of an event's teams that are not among those it names itself; null where there are none."""
    if not (staged.has("team") and staged.has("school")):
        return "null::integer[]"
    own, theirs = _schools(staged, "school", several), _schools(staged, "team", several)
    if not several:
        return f"case when {own} <> {theirs} then [{theirs}] end"
    return f"case when not list_has_all({own}, {theirs}) then list_filter({theirs}, lambda no: not list_contains({own}, no)) end"


def _given(staged: Staged, field: str) -> str:
    if not staged.has(field):
        return "false"
    return f"coalesce(len(r.{field}), 0) > 0" if staged.is_list(field) else f"r.{field} is not null"


def _fate(staged: Staged, team: str, homes: bool) -> str:
    known = "coalesce(h.known, false)" if homes else "false"
    school = _schools(staged, "school", False)
    nobody = f"{team} is null and {school} is null and not {known}"
    return f"""(case when r.fate <> 0 then r.fate when {nobody} and {_given(staged, 'team')} then {Fate.UNKNOWN_TEAM.value}
        when {nobody} and {_given(staged, 'school')} then {Fate.UNKNOWN_SCHOOL.value} else 0 end)::tinyint"""


def prepare_homes(db: Database, staged: Staged, rows: str) -> bool:
    """Make `home_<n>` for rows without known team and school but with participants; tell whether there are any.

    Their school is the one school of the staff rows that their participants hold on the date.
    """
    loose = f"school_no is null and fate in (0, {Fate.UNKNOWN_TEAM.value}, {Fate.UNKNOWN_SCHOOL.value})"
    db.run(f"""create or replace table home_{staged.number} as
        select u.file_no, u.row_no, true as known,
          case when count(distinct a.school_no) = 1 then any_value(a.school_no) end::integer as school_no
        from (select {KEY}, start::date as date, unnest(participants)::varchar as staff from {rows} where {loose}) u
        join person p on p.staff = u.staff
        left join assignment a on a.staff_no = p.staff_no and u.date between a.from_date and a.until_date
        group by u.file_no, u.row_no""")
    return bool(db.one(f"select count(*) from home_{staged.number}"))
