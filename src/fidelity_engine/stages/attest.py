"""Attest: what somebody says did happen, as events of the source `attested`, each for one rule and one subject.

A finding's id is a hash over year, rule, subject and the first day of a window. So the hashes of a rule's cells lead
back to the subject before anything is measured, also for a finding that is long gone.
"""

from __future__ import annotations

from fidelity_engine.db import day, text
from fidelity_engine.model.measure import EventParameters, ResponseParameters
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope


def prepare_attested(scope: Scope) -> None:
    """Create `attested`, the events at a person's word, and `attest_answer`: what a decision was traced to."""
    scope.has_attested = bool(scope.db.one("select count(*) from decision where action = 'attest'"))
    if scope.has_attested:
        scope.db.run(f"""create {scope.db.shared} table attested (event_no bigint, rule_no integer, subject_no integer, class_no integer, date date,
            start timestamp, id varchar, who varchar)""")
        scope.db.run("create temp table attest_answer (row_no bigint, rule varchar, date date, active boolean, holds boolean)")


def attest(scope: Scope, rule: Rule, grid: str) -> None:
    """Add the events that were attested for a rule whose cells, `grid`, are known and not yet measured.

    Without a date in its value it happened on the last day of the finding's newest window that had ended when it was
    said: that day is the same in every run. An answer wants its date: that day would be too late for most.
    """
    if not scope.has_attested:
        return
    number = scope.rule_no(rule)
    scope.db.run(f"""
        insert into attest_answer
        select t.row_no, {text(rule.id)}, t.start::date, a.subject_no is not null, {"true" if _holds(rule) else "false"}
        from ({_traced(scope, rule, grid)}) t left join active a on a.subject_no = t.subject_no and t.start::date between a.from_date and a.until_date""")
    if not _holds(rule):
        return
    scope.db.run(f"""
        insert into attested
        select -1 - t.row_no, {number}, t.subject_no, a.class_no, t.start::date, t.start, 'attested-' || t.about || '-' || t.start::date::varchar, t.who
        from ({_traced(scope, rule, grid)}) t join active a on a.subject_no = t.subject_no and t.start::date between a.from_date and a.until_date
        where t.start::date <= {day(scope.as_of_date)}""")
    if scope.db.one(f"select count(*) from attested where rule_no = {number}"):
        scope.attested.add(number)


def _holds(rule: Rule) -> bool:
    """Whether the rule counts events that were held, or answers, so that one more can be added."""
    said = rule.measure.parameters
    return isinstance(said, (EventParameters, ResponseParameters)) and "held" in said.status


def _traced(scope: Scope, rule: Rule, grid: str) -> str:
    """SELECT of (row_no, about, who, subject_no, start) of the decisions about findings of a rule; start null: no date."""
    undated = "null" if isinstance(rule.measure.parameters, ResponseParameters) else "coalesce(e.last, d.said::date)::timestamp"
    return f"""
        with said as (select row_no, about, who, said, nullif(trim(value), '') as value from decision where action = 'attest'),
        known as (
          select h.finding_id, s.subject_no, h.since from handed h
          join subject s on s.subject_kind = h.subject_kind and s.subject = h.subject
          where h.rule = {text(rule.id)} and s.subject_no in (select subject_no from {grid})),
        hashed as (
          select left(sha256(concat_ws(chr(10), {text(scope.ruleset.year)}, {text(rule.id)}, s.subject_kind, s.subject, g.window_start::varchar)), 12)
            as finding_id, g.subject_no, g.window_start as since
          from {grid} g join subject s on s.subject_no = g.subject_no),
        found as (
          select * from known union all select * from hashed where finding_id not in (select finding_id from handed)),
        ended as (
          select d.row_no, f.subject_no, max(g.window_end) as last from said d join found f on f.finding_id = d.about
          join {grid} g on g.subject_no = f.subject_no and g.window_end <= d.said::date and g.window_start >= coalesce(f.since, g.window_start)
          group by all)
        select distinct d.row_no, d.about, d.who, f.subject_no,
          case when d.value is null then {undated} else try_cast(d.value as timestamp) end as start
        from said d join found f on f.finding_id = d.about left join ended e on e.row_no = d.row_no and e.subject_no = f.subject_no"""


def attest_notes(scope: Scope, whole: bool) -> list[str]:
    """One sentence per decision of this period that made no event, and why. `whole`: all rules were looked at, so an id must be known."""
    if not scope.has_attested:
        return []
    rows = scope.db.rows(f"""
        select d.about, d.said::date, case when a.row_no is null then 'no finding of a practice has this id'
          when not a.holds then 'the rule `' || a.rule || '` does not count events that were held'
          when a.date is null then 'its value is no date'
          when a.date > {day(scope.as_of_date)} then 'its date lies after this run'
          when not a.active then 'nobody was expected to do it on its date' end as why
        from decision d left join attest_answer a on a.row_no = d.row_no
        where d.action = 'attest' and why is not null and d.said::date >= {day(scope.start)}
          and (a.row_no is not null or {"true" if whole else "false"}) order by d.said, d.row_no""")
    return [f"The decision `attest` of {on} about {about} makes no event: {why}." for about, on, why in rows]
