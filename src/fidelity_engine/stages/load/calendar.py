"""The calendar: classes of schools that share one, and every date of a class with its ordinal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from fidelity_engine.db import Database, text
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.stages.load.calendar_rows import CLOSING, OPENING, OTHER
from fidelity_engine.stages.load.clock import Clock

AHEAD = 400
"""Days after the period and the calendar for grace, due dates and answers; distances of the rules come on top."""


@dataclass(frozen=True)
class Span:
    """The first and last date of `day`."""

    first: date
    last: date


def span_of(db: Database, ruleset: RuleSet, clock: Clock) -> Span:
    """The dates that a run may touch."""
    first, last = db.rows("select min(date), max(date) from calendar_row")[0]
    period = ruleset.period
    begins, back, ahead = [period.start], 7, AHEAD
    for rule in ruleset.rules:
        over = getattr(rule.measure.parameters, "over", None)
        begins += [start for start in (rule.expect.start, over and over.start) if start]
        back = max(back, 7 * ((over and over.weeks) or 0) + 7)
        ahead = max(ahead, AHEAD + 2 * distance(rule.judge.grace, rule.emit.act_within, rule.measure.parameters))
    first = min([*begins, first] if first else begins) - timedelta(days=back)
    last = max(period.end, last or period.end, clock.as_of_date) + timedelta(days=ahead)
    return Span(first - timedelta(days=first.weekday()), last)


def distance(grace: int, act_within: int, parameters: object) -> int:
    """The largest distance in days that a rule looks ahead."""
    within = getattr(parameters, "within", None)
    days = [getattr(within, unit, None) or 0 for unit in ("instructional_days", "days")]
    return max(grace, act_within, *days)


# --- classes --------------------------------------------------------------------------------------------------------


def create_classes(db: Database, ruleset: RuleSet, short: bool) -> None:
    """Make school_class (school_no → class_no) and class_base (one row per class of schools, with what defines it)."""
    db.run(f"""
        create or replace table school_class as
        with days as (
          select school_no, list({{d: date, k: kind, s: day_start, e: day_end}} order by date, row_no) as days
          from calendar_row where school_no is not null group by school_no),
        terms as (
          select school_no, list({{t: term, f: from_date, u: until_date}} order by from_date, term) as terms
          from term_row where school_no is not null group by school_no),
        named as (select distinct calendar from calendar_row where school_no is null and calendar is not null)
        select s.school_no, coalesce(s.timezone, {text(ruleset.timezone)}) as zone, n.calendar, t.terms is not null as own_terms,
          dense_rank() over (order by zone, n.calendar, d.days, t.terms)::integer as class_no
        from roster_school s left join days d on d.school_no = s.school_no left join terms t on t.school_no = s.school_no
          left join named n on n.calendar = s.calendar""")
    ends = f"date '{ruleset.period.end}'" if short else "greatest(max(r.date), any_value(a.last))"
    db.run(f"""
        create or replace table class_base as
        with base as (
          select class_no, any_value(zone) as zone, any_value(calendar) as calendar, bool_or(own_terms) as own_terms,
            min(school_no) as school_no, count(*) as schools
          from school_class group by class_no),
        row as (
          select b.class_no, r.date, r.kind from calendar_row r join base b on b.school_no = r.school_no where r.kind <> '{OTHER}'
          union all
          select b.class_no, r.date, r.kind from calendar_row r join base b on b.calendar = r.calendar
          where r.school_no is null and r.kind <> '{OTHER}'),
        a as (select min(date) as first, max(date) as last from calendar_row
              where school_no is null and calendar is null and kind <> '{OTHER}')
        select b.*, least(min(r.date), any_value(a.first)) as starts_on, {ends} as ends_on
        from base b left join row r on r.class_no = b.class_no cross join a group by all""")


def create_days(db: Database, span: Span, short: bool = False) -> None:
    """Make `day` for the classes of schools."""
    opening, closing = (", ".join(f"'{kind}'" for kind in kinds) for kinds in (OPENING, CLOSING))
    kind = "coalesce(kind, 'non_instructional')" if short else "kind"
    # rows of the school itself, or of its named calendar, stand before those for all; class 0 holds those for all
    db.run(f"""
        create or replace table day as
        with row as (
          select b.class_no, r.* from calendar_row r join class_base b on b.school_no = r.school_no
          union all
          select b.class_no, r.* from calendar_row r join class_base b on b.calendar = r.calendar where r.school_no is null
          union all
          select 0, r.* from calendar_row r where school_no is null and calendar is null),
        fact as (
          select class_no, date, bool_or(kind <> '{OTHER}') as speaks,
            bool_or(kind in ({opening})) and not bool_or(kind in ({closing})) as instructional,
            arg_min(kind, {{p: case when kind in ({closing}) then 0 when kind = '{OTHER}' then 2 else 1 end, r: row_no}}) as kind,
            {bell('day_start')} as bell_start, {bell('day_end')} as bell_end
          from row group by class_no, date),
        grid as (
          select b.class_no, b.ends_on, d.date
          from (select unnest(generate_series(date '{span.first}', date '{span.last}', interval 1 day))::date as date) d
          cross join class_base b),
        joined as (
          select g.class_no, g.date, g.ends_on,
            case when o.speaks then o.instructional else coalesce(a.instructional, false) end as instructional,
            case when o.speaks then o.kind when a.speaks then a.kind else coalesce(o.kind, a.kind) end as kind,
            case when o.speaks then o.bell_start else a.bell_start end as bell_start,
            case when o.speaks then o.bell_end else a.bell_end end as bell_end
          from grid g left join fact o on o.class_no = g.class_no and o.date = g.date
            left join (select * from fact where class_no = 0) a on a.date = g.date)
        select class_no, date, instructional, instructional or (date > ends_on and isodow(date) < 6) as counts,
          (sum(counts::integer) over (partition by class_no order by date))::integer as ord, {kind} as kind, bell_start, bell_end
        from joined""")


def bell(column: str) -> str:
    """The bell time of a date: that of a partial day first, then the first one written."""
    order = "{p: kind <> 'partial', r: row_no}"
    return f"arg_min({column}, {order}) filter ({column} is not null and kind <> '{OTHER}')"


# --- unions ---------------------------------------------------------------------------------------------------------


def create_unions(db: Database) -> None:
    """Make holder (0 = the district, else staff_no → its classes, class_no) and the days of the unions of classes.

    Who belongs to several schools has the days of any of them and the terms for all: a class of its own, unless all
    of them share a class that has the terms for all anyway. A staff row without a school is one at every school.
    """
    db.run("""
        create or replace table holder as
        with every as (select list(distinct class_no order by class_no) as classes, count(*) as schools from school_class),
        held as (
          select 0 as staff_no, classes, schools from every
          union all
          select p.staff_no,
            case when count(*) > count(c.class_no) then any_value(e.classes)
                 else list(distinct c.class_no order by c.class_no) end,
            case when count(*) > count(c.class_no) then any_value(e.schools) else count(distinct r.school_no) end
          from roster_person p join roster_staff r on r.staff = p.staff left join school_class c on c.school_no = r.school_no
            cross join every e
          where p.several or r.school_no is null group by p.staff_no)
        select h.*, h.schools > 1 and (len(h.classes) > 1 or b.own_terms) as is_union,
          case when is_union then (select count(*) from class_base)
            + dense_rank() over (partition by is_union order by h.classes) else h.classes[1] end::integer as class_no
        from held h left join class_base b on b.class_no = h.classes[1]""")
    db.run("""
        insert into day
        with part as (
          select distinct class_no, unnest(classes) as part_no from holder where is_union),
        joined as (
          select p.class_no, d.date, bool_or(d.instructional) as instructional, bool_or(d.counts) as counts,
            case when min(d.kind) = max(d.kind) then min(d.kind) end as kind
          from day d join part p on p.part_no = d.class_no group by p.class_no, d.date)
        select class_no, date, instructional, counts,
          (sum(counts::integer) over (partition by class_no order by date))::integer, kind, null, null
        from joined""")


def create_calendar(db: Database, ruleset: RuleSet, clock: Clock, usual_week: int | None) -> None:
    """Make calendar_class and term."""
    zones = [zone for (zone,) in db.rows("select distinct zone from class_base")]
    over = " ".join(f"when {text(zone)} then date '{clock.last_over(zone)}'" for zone in zones)
    period = ruleset.period
    monday = period.start + timedelta(days=-period.start.weekday() % 7)
    sunday = period.end - timedelta(days=(period.end.weekday() + 1) % 7)
    usual = "coalesce(u.usual_week, 5)" if usual_week is None else str(usual_week)
    db.run(f"""
        create or replace table calendar_class as
        with week as (
          select class_no, count(*) as n from day
          where instructional and date between date '{monday}' and date '{sunday}' group by class_no, date_trunc('week', date)),
        usual as (
          select class_no, arg_max(n, k * 8 + n) as usual_week
          from (select class_no, n, count(*) as k from week group by class_no, n) group by class_no),
        base as (
          select b.class_no, case b.zone {over} end as last_over, {usual} as usual_week, b.ends_on
          from class_base b left join usual u on u.class_no = b.class_no)
        select class_no, last_over::date as last_over, usual_week::integer as usual_week, ends_on from base
        union all
        select h.class_no, min(b.last_over), max(b.usual_week)::integer, max(b.ends_on)
        from (select distinct class_no, unnest(classes) as part_no from holder where is_union) h
          join base b on b.class_no = h.part_no group by h.class_no""")
    db.run("""
        create or replace table term as
        select b.class_no, t.term, t.from_date, t.until_date
        from (select class_no, case when own_terms then school_no else 0 end as school_no from class_base
              union select class_no, 0 from holder where is_union) b
          join term_row t on coalesce(t.school_no, 0) = b.school_no""")
