"""What a source told of each school in each week: the squares of the heat map."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from fidelity_engine.scope import Scope


class Week(NamedTuple):
    """`days`: school days that are over; on so many dates there are events; so many school days are silent, or pending."""

    monday: date
    days: int
    with_events: int
    silent: int
    pending: int
    last_day: date | None


def weeks(scope: Scope) -> dict[str, dict[str, list[Week]]]:
    """source → school → its weeks from the period's first day up to today. Events of no school stand under ""."""
    found: dict[str, dict[str, list[Week]]] = {}
    span = {"start": scope.start, "end": scope.end, "today": scope.as_of_date}
    for source, school, *rest in [*scope.db.rows(_OF_SCHOOLS, span), *scope.db.rows(_OF_NONE, span)]:
        found.setdefault(source, {}).setdefault(school, []).append(Week(*rest))
    return found


_OF_SCHOOLS = """
    with d as (
      select s.school_no, s.school, d.date, d.counts, d.ord, d.counts and d.date <= k.last_over as over
      from school s join day d using (class_no) join clock_class k using (class_no)
      where d.date between $start and least($today::date, $end::date))
    select q.source, d.school, date_trunc('week', d.date)::date as monday, count(*) filter (d.over), count(distinct e.date),
      count(*) filter (d.over and b.silent), count(*) filter (d.over and not b.silent), max(d.date) filter (d.over)
    from d cross join source_state q
    left join source_day e on e.source_no = q.source_no and e.school_no = d.school_no and e.date = d.date
    left join blind b on b.source_no = q.source_no and b.school_no = d.school_no and d.counts and d.ord between b.first and b.last
    group by 1, 2, 3 order by 1, 2, 3"""

_OF_NONE = """
    with m as (select distinct date_trunc('week', date)::date as monday from day where date between $start and least($today::date, $end::date)),
    e as (select source_no, date_trunc('week', date)::date as monday, count(*) as n from source_day
          where school_no is null and date between $start and least($today::date, $end::date) group by all)
    select q.source, '', m.monday, 0, coalesce(e.n, 0), 0, 0, null
    from source_state q cross join m left join e on e.source_no = q.source_no and e.monday = m.monday
    where q.source_no in (select source_no from e) order by 1, 3"""
