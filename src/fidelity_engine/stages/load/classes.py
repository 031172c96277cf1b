"""Calendar classes: schools with identical calendars, terms and time zone share one; so do people of several schools."""

from __future__ import annotations

from fidelity_engine.db import Database, day, text
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.stages.load.facts import Facts

MANY = 100_000
"""Of so many rows of the calendar those of a school are compared by what they add up to: to list them costs seconds and gigabytes."""
YEARS = 10_000
"""That is done where its dates are not further apart, in days."""
LISTED = "select school_no, list({d: date, k: kind, s: day_start, e: day_end} order by date, row_no) as days from calendar_row"


def create_classes(db: Database, ruleset: RuleSet, facts: Facts, short: bool) -> None:
    """Make school_class (school_no → class_no) and class_base (one row per class of schools, with what defines it)."""
    if facts.uniform:
        create_one_class(db, ruleset, facts, short)
        return
    by_sums = facts.counts["calendar"] > MANY and facts.first and facts.last and (facts.last - facts.first).days < YEARS
    days = _sums(facts) if by_sums else f"days as ({LISTED} where school_no is not null group by school_no)"
    db.run(f"""
        create or replace table school_class as
        with {days},
        terms as (
          select school_no, list({{t: term, f: from_date, u: until_date}} order by from_date, term) as terms
          from term_row where school_no is not null group by school_no),
        named as (select distinct calendar from calendar_row where school_no is null and calendar is not null)
        select s.school_no, coalesce(s.timezone, {text(ruleset.timezone)}) as zone, n.calendar,
          t.terms is not null as own_terms,
          dense_rank() over (order by zone, n.calendar, d.days, t.terms)::integer as class_no
        from roster_school s left join days d on d.school_no = s.school_no
          left join terms t on t.school_no = s.school_no left join named n on n.calendar = s.calendar""")
    db.run(f"""
        create or replace table class_base as
        with base as (
          select class_no, any_value(zone) as zone, any_value(calendar) as calendar, bool_or(own_terms) as own_terms,
            min(school_no) as school_no
          from school_class group by class_no),
        own as (
          select b.class_no, r.date
          from calendar_row r join base b on b.school_no = r.school_no
          union all
          select b.class_no, r.date
          from calendar_row r join base b on b.calendar = r.calendar where r.school_no is null),
        shared as (
          select min(date) as first, max(date) as last from calendar_row
          where school_no is null and calendar is null)
        select b.*, least(min(r.date), any_value(a.first)) as starts_on,
          {ends(ruleset, short, "greatest(max(r.date), any_value(a.last))")} as ends_on
        from base b left join own r on r.class_no = b.class_no cross join shared a group by all""")


def _sums(facts: Facts) -> str:
    """The relation `days` with the sums of two hashes in place of lists. Where a date has several rows their order tells: there they are listed."""
    assert facts.first and facts.last
    return f"""
        added as (
          select school_no, count(*) as rows, sum(hash(date, kind, day_start, day_end)) as said, sum(hash(day_end, date, day_start, kind)) as again,
            bit_count(bitstring_agg(date - {day(facts.first)}, 0, {(facts.last - facts.first).days})) as dates
          from calendar_row where school_no is not null group by school_no),
        listed as ({LISTED} where school_no in (select school_no from added where rows > dates) group by school_no),
        days as (
          select a.school_no, {{n: a.rows, s: a.said, t: a.again, l: l.days}} as days
          from added a left join listed l on l.school_no = a.school_no)"""


def create_one_class(db: Database, ruleset: RuleSet, facts: Facts, short: bool) -> None:
    """The usual case, said shortly: all schools are class 1."""
    zone = text(ruleset.timezone)
    first, last = (f"'{day}'::date" if day else "null::date" for day in (facts.first, facts.last))
    db.run(f"""
        create or replace table school_class as
        select school_no, {zone} as zone, null::varchar as calendar, false as own_terms, 1::integer as class_no
        from roster_school;
        create or replace table class_base as
        select 1::integer as class_no, {zone} as zone, null::varchar as calendar, false as own_terms, 1::integer as school_no,
          {first} as starts_on, {ends(ruleset, short, last)} as ends_on""")


def ends(ruleset: RuleSet, short: bool, last: str) -> str:
    """The last date of a calendar: of its rows; the short form ends with the period."""
    return f"'{ruleset.period.end}'::date" if short else last


def create_holders(db: Database, facts: Facts) -> None:
    """Make holder: 0 = the district, else a staff_no that may be at several schools → its classes, class_no.

    Who belongs to several schools has the days of any of them and the terms for all: a class of its own, unless all
    of them share a class that has the terms for all anyway. A staff row without a school is one at every school.
    """
    if facts.uniform and not facts.roaming:
        db.run("create or replace table holder as select 0 as staff_no, [1] as classes, false as is_union, 1 as class_no")
        return
    staff = """
          union all
          select p.staff_no,
            case when count(*) > count(c.class_no) then any_value(e.classes)
                 else list(distinct c.class_no order by c.class_no) end,
            case when count(*) > count(c.class_no) then any_value(e.schools) else count(distinct r.school_no) end
          from roster_person p join roster_staff r on r.staff = p.staff
            left join school_class c on c.school_no = r.school_no cross join every e
          where p.several or r.school_no is null group by p.staff_no"""
    db.run(f"""
        create or replace table holder as
        with every as (
          select list(distinct class_no order by class_no) as classes, count(*) as schools from school_class),
        held as (select 0 as staff_no, classes, schools from every{staff if facts.roaming else ""})
        select h.staff_no, h.classes, h.schools > 1 and (len(h.classes) > 1 or b.own_terms) as is_union,
          case when is_union then (select count(*) from class_base)
            + dense_rank() over (partition by is_union order by h.classes) else h.classes[1] end::integer as class_no
        from held h left join class_base b on b.class_no = h.classes[1]""")
