"""Which subjects an event reaches through those who took part in it."""

from __future__ import annotations

from decimal import Decimal

from fidelity_engine.db import text
from fidelity_engine.scope import Scope


def each_once(scope: Scope, of: str) -> bool:
    """Whether nobody has several membership rows in one subject of a kind: then people need not be told apart. Of few events it is not asked."""
    if scope.is_small:
        return False
    asked, yes = f"members of {of}", f"members of {of} once each"
    if asked not in scope.made:
        several = scope.db.one(f"""select count(*) from (select 1 from member where subject_no in
            (select subject_no from subject where subject_kind = {text(of)}) group by subject_no, staff_no having count(*) > 1)""")
        scope.made |= {asked} if several else {asked, yes}
    return yes in scope.made


def reached(of: str, share: Decimal | None, once: bool) -> str:
    """SELECT of (event_no, subject_no) for the events in `e`: somebody active in the subject took part.

    `share`: at least that share of its active members did. `once`: nobody has several membership rows in one subject.
    """
    subjects = f"(select subject_no from active where subject_kind = {text(of)})"
    listed = "list_distinct(participants)" if once and share is not None else "participants"
    who = f"""from (select event_no, date, unnest({listed}) as staff_no from e) x
        join (select * from member where subject_no in {subjects}) m
          on m.staff_no = x.staff_no and x.date between m.from_date and m.until_date"""
    if share is None:
        return f"select distinct x.event_no, m.subject_no {who}"
    members = STAGES.format(subjects=subjects) if once else EACH_DAY
    return f"""with took_part as materialized (select event_no, date, subject_no, count(*) as present from (
          select {"" if once else "distinct"} x.event_no, x.date, m.subject_no, x.staff_no {who}) group by all),
        {members} where t.present >= {share} * n.active"""


EACH_DAY = """n as (select p.subject_no, p.date, count(distinct m.staff_no) as active
              from (select distinct subject_no, date from took_part) p
              join member m on m.subject_no = p.subject_no and p.date between m.from_date and m.until_date group by all)
            select t.event_no, t.subject_no from took_part t join n on n.subject_no = t.subject_no and n.date = t.date"""
"""How many members a subject has on the dates of its events, beside the events."""
STAGES = """change as (select subject_no, date, sum(more) as more from (
              select subject_no, from_date as date, 1 as more from member where subject_no in {subjects}
              union all select subject_no, until_date + 1, -1 from member where subject_no in {subjects}) group by all),
            n as (select subject_no, date as from_date, lead(date) over stage as before, sum(more) over stage as active
              from change window stage as (partition by subject_no order by date))
            select t.event_no, t.subject_no from took_part t
            join n on n.subject_no = t.subject_no and t.date >= n.from_date and t.date < coalesce(n.before, t.date + 1)"""
"""The same where a member is one row: a subject has few changes, and many events."""
