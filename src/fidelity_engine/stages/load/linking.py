"""Which team and school of the roster an event belongs to, and what is to be done with one that belongs to nobody."""

from __future__ import annotations

from fidelity_engine.db import Database
from fidelity_engine.stages.load.convert import INTEGERS
from fidelity_engine.stages.load.reasons import Fate
from fidelity_engine.stages.load.staging import Staged

ROSTER = {
    # field: (relation, id, number, what else)
    "team": ("(select subject as id, subject_no as no, school_no from subject where subject_kind = 'team')", "school_no"),
    "school": ("(select school as id, school_no as no, school_no from school)", "school_no"),
}
KEY = "file_no, row_no"


def prepare_lists(db: Database, staged: Staged) -> None:
    """Make `teams_<n>` and `schools_<n>` for fields that hold several ids: the known ones in the order given."""
    for field, (roster, _) in ROSTER.items():
        if staged.is_list(field):
            db.run(f"""create or replace table {field}s_{staged.number} as
                select {KEY}, list(k.no order by u.place) as nos, list_sort(list_distinct(list(k.school_no))) as schools
                from (select {KEY}, unnest({field}) as id, generate_subscripts({field}, 1) as place
                      from {staged.rows} where fate = 0 and {field} is not null) u
                join {roster} k on k.id = u.id group by all""")


def linked(staged: Staged, homes: bool = False) -> str:
    """SELECT of the rows with team_no, other_teams, school_no, other_schools, and `fate` with the unknown ones told.

    `homes`: whether `home_<n>` tells the school and the known participants of rows that nothing else links.
    """
    n = staged.number
    home = f"left join home_{n} h on h.file_no = r.file_no and h.row_no = r.row_no" if homes else ""
    schools = "coalesce(given_schools, team_schools)"
    return f"""
        select * exclude (fate, given_schools, team_schools, team_nos, home_school, known), {_fate(staged)} as fate,
          {_first('team_nos')} as team_no, {_others('team_nos', staged.is_list('team'))} as other_teams,
          coalesce({_first(schools)}, home_school) as school_no,
          {_others(schools, staged.is_list('team') or staged.is_list('school'))} as other_schools
        from (select r.*, {_nos(staged, 'team', 'nos')} as team_nos, {_nos(staged, 'team', 'schools')} as team_schools,
                {_nos(staged, 'school', 'schools')} as given_schools,
                {'h.school_no' if homes else 'null::integer'} as home_school, {'coalesce(h.known, false)' if homes else 'false'} as known
              from {staged.rows} r {_join(staged, 'team')} {_join(staged, 'school')} {home})"""


def _join(staged: Staged, field: str) -> str:
    if not staged.has(field):
        return ""
    short = field[0]
    if staged.is_list(field):
        return f"left join {field}s_{staged.number} {short} on {short}.file_no = r.file_no and {short}.row_no = r.row_no"
    roster, _ = ROSTER[field]
    if staged.fields[field].sql_type in INTEGERS:
        roster = f"(select * replace (try_cast(id as bigint) as id) from {roster} where id = try_cast(id as bigint)::varchar)"
    return f"left join {roster} {short} on {short}.id = r.{field}"


def _nos(staged: Staged, field: str, what: str) -> str:
    if not staged.has(field):
        return "null::integer"
    if staged.is_list(field):
        return f"{field[0]}.{what}"
    return f"{field[0]}.{'no' if what == 'nos' else 'school_no'}"
