"""The calendar: every date of every class with its ordinal, usual weeks, ends and terms."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from fidelity_engine.db import Database, text
from fidelity_engine.model.rule import Period, RuleSet
from fidelity_engine.stages.load.calendar_rows import CLOSING, OPENING, OTHER
from fidelity_engine.stages.load.clock import Clock
from fidelity_engine.stages.load.facts import Facts

AHEAD = 400
"""Days after the period and the calendar for grace, due dates and answers; distances of the rules come on top."""


class Span(NamedTuple):
    """The first and last date of `day`."""

    first: date
    last: date


def span_of(ruleset: RuleSet, clock: Clock, facts: Facts) -> Span:
    """The dates that a run may touch, from a Monday on."""
    period = ruleset.period
    begins, back, ahead = [period.start], 7, AHEAD
    for rule in ruleset.rules:
        over = getattr(rule.measure.parameters, "over", None)
        begins += [start for start in (rule.expect.start, over and over.start) if start]
        back = max(back, 7 * ((over and over.weeks) or 0) + 7)
        ahead = max(ahead, AHEAD + 2 * distance(rule.judge.grace, rule.emit.act_within, rule.measure.parameters))
    first = min(*begins, facts.first or period.start) - timedelta(days=back)
    last = max(period.end, facts.last or period.end, clock.as_of_date) + timedelta(days=ahead)
    return Span(first - timedelta(days=first.weekday()), last)


def distance(grace: int, act_within: int, parameters: object) -> int:
    """The largest distance in days that a rule looks ahead."""
    within = getattr(parameters, "within", None)
    return max(grace, act_within, within.number if within is not None else 0)


def create_days(db: Database, span: Span, facts: Facts, short: bool) -> None:
    """Make `day` for the classes of schools."""
    opening, closing = (", ".join(f"'{kind}'" for kind in kinds) for kinds in (OPENING, CLOSING))
    kind = "coalesce(kind, 'non_instructional')" if short else "kind"
    said, chosen = chosen_rows(facts)
    db.run(f"""
        create or replace table day as
        with said as ({said}),
        fact as (
          select class_no, date, bool_or(kind <> '{OTHER}') as speaks,
            bool_or(kind in ({opening})) and not bool_or(kind in ({closing})) as instructional,
            arg_min(kind, {{
              p: case when kind in ({closing}) then 0 when kind = '{OTHER}' then 2 else 1 end, r: row_no}}) as kind,
            {bell('day_start')} as bell_start, {bell('day_end')} as bell_end
          from said group by class_no, date),
        grid as (
          select b.class_no, b.ends_on, d.date
          from (select unnest(generate_series(date '{span.first}', date '{span.last}', interval 1 day))::date as date) d
          cross join class_base b),
        joined as ({chosen})
        select class_no, date, instructional, instructional or (date > ends_on and isodow(date) < 6) as counts,
          (sum(counts::integer) over (partition by class_no order by date))::integer as ord, {kind} as kind,
          bell_start, bell_end
        from joined""")


def chosen_rows(facts: Facts) -> tuple[str, str]:
    """SQL of the rows of each class (0: those for all), and of those that hold for a class and date.

    Rows of the school itself, or of its named calendar, stand before those for all, unless they say nothing.
    """
    said = ["select 0 as class_no, r.* from calendar_row r where school_no is null and calendar is null"]
    shared = "left join (select * from fact where class_no = 0) a on a.date = g.date"
    if facts.own_days:
        said.append("select b.class_no, r.* from calendar_row r join class_base b on b.school_no = r.school_no")
    if facts.named:
        said.append("select b.class_no, r.* from calendar_row r join class_base b on b.calendar = r.calendar where r.school_no is null")
    if len(said) == 1:
        return said[0], f"""
          select g.class_no, g.date, g.ends_on, coalesce(a.instructional, false) as instructional, a.kind,
            a.bell_start, a.bell_end
          from grid g {shared}"""
    return " union all ".join(said), f"""
          select g.class_no, g.date, g.ends_on,
            case when o.speaks then o.instructional else coalesce(a.instructional, false) end as instructional,
            case when o.speaks then o.kind when a.speaks then a.kind else coalesce(o.kind, a.kind) end as kind,
            case when o.speaks then o.bell_start else a.bell_start end as bell_start,
            case when o.speaks then o.bell_end else a.bell_end end as bell_end
          from grid g left join fact o on o.class_no = g.class_no and o.date = g.date {shared}"""


def bell(column: str) -> str:
    """The bell time of a date: that of a partial day first, then the first one written."""
    order = "{p: kind <> 'partial', r: row_no}"
    return f"arg_min({column}, {order}) filter ({column} is not null and kind <> '{OTHER}')"


def create_calendar(db: Database, ruleset: RuleSet, clock: Clock, facts: Facts, usual_week: int | None) -> None:
    """Add the days of the unions of classes, and make calendar_class and term."""
    if not facts.uniform:
        create_union_days(db, ruleset.period.end)
    zones = sorted({*facts.zones, ruleset.timezone})
    over = " ".join(f"when {text(zone)} then date '{clock.last_over(zone)}'" for zone in zones)
    base = f"""
          select b.class_no, (case b.zone {over} end)::date as last_over,
            {"coalesce(u.usual_week, 5)" if usual_week is None else usual_week}::integer as usual_week, b.ends_on
          from class_base b left join usual u on u.class_no = b.class_no"""
    unions = """
        union all
        select h.class_no, min(b.last_over), max(b.usual_week),
          greatest(min(b.ends_on), (select max(date) from day d where d.class_no = h.class_no and d.instructional))
        from (select distinct class_no, unnest(classes) as part_no from holder where is_union) h
          join base b on b.class_no = h.part_no group by h.class_no"""
    db.run(f"""
        create or replace table calendar_class as
        with usual as ({usual_weeks(ruleset.period)}), base as ({base})
        select * from base{"" if facts.uniform else unions}""")
    db.run("""
        create or replace table term as
        select b.class_no, t.term, t.from_date, t.until_date
        from (select class_no, case when own_terms then school_no else 0 end as school_no from class_base
              union select class_no, 0 from holder where is_union) b
          join term_row t on coalesce(t.school_no, 0) = b.school_no""")


def usual_weeks(period: Period) -> str:
    """SQL: the most frequent number of instructional days in full weeks of the period that have any; ties: the larger."""
    monday = period.start + timedelta(days=-period.start.weekday() % 7)
    sunday = period.end - timedelta(days=(period.end.weekday() + 1) % 7)
    return f"""
          select class_no, arg_max(n, weeks * 8 + n) as usual_week
          from (select class_no, n, count(*) as weeks
                from (select class_no, count(*) as n from day
                      where instructional and date between date '{monday}' and date '{sunday}'
                      group by class_no, date_trunc('week', date))
                group by class_no, n)
          group by class_no"""


def create_union_days(db: Database, end: date) -> None:
    """A date of a union is instructional, or counts, where it does in any of its classes.

    Where the calendar of one has ended in the period, which has its `end`, and another still has school days, these alone
    count: `ord` counts a cell's days.
    """
    db.run(f"""
        insert into day
        with part as (
          select distinct class_no, unnest(classes) as part_no from holder where is_union),
        either as (
          select p.class_no, d.date, bool_or(d.instructional) as instructional, bool_or(d.counts) as counts,
            case when min(d.kind) = max(d.kind) then min(d.kind) end as kind
          from day d join part p on p.part_no = d.class_no group by p.class_no, d.date),
        joined as (
          select * replace (case when date > least(max(date) filter (instructional) over (partition by class_no), date '{end}')
            then counts else instructional end as counts) from either)
        select class_no, date, instructional, counts,
          (sum(counts::integer) over (partition by class_no order by date))::integer, kind, null, null
        from joined""")
