"""The horizon: per rule and school the date before which its cells are as they were.

Cells look at events, at the days on which sources were silent, and at the clock. So the horizon of a rule in a school is
the earliest of: the first date on which its events differ; the day after the last sign of life before anything differed in
one of its sources, since what was pending or silent there may be so no more; two days before the last run, as that day was
not over; and the windows that were still open. Rules that look at more than one school have one horizon for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from fidelity_engine.db import Database, day, text
from fidelity_engine.model.rule import Rule, RuleSet
from fidelity_engine.stages.load.needs import measured_types

NEVER, ALWAYS = "date '9999-01-01'", "date '1900-01-01'"
UNDERSTOOD = frozenset({"count", "total", "share", "participation", "recency", "gap", "response", "mean", "score", "agreement"})
"""Measures of which it is known that a cell looks at no event after its window, and at none of another subject."""


def is_far(rule: Rule) -> bool:
    """Whether cells look at events of schools that are not their subject's."""
    p = rule.measure.parameters
    by = getattr(getattr(p, "link", None), "by", "subject")
    return rule.expect.of in ("staff", "district") or by == "participants" or getattr(p, "per", None) == "person"


def create_horizon(db: Database, ruleset: RuleSet, rules: Mapping[int, Rule], numbers: Mapping[str, int], then: date, again: Iterable[int]) -> None:
    """Make `horizon` (rule_no, school_no, since); school_no 0: of subjects of no one school.

    Reads `touched`, `former_place` and `former_cell` (rule_no, school_no, window_end of the cells that were not closed).
    `numbers`: source → number; `then`: the first date that the clock can have changed; `again`: rules that are made anew.
    """
    _create_events(db)
    _create_life(db, ruleset, numbers, then)
    again = set(again)
    parts = [_of_rule(ruleset, no, rule, numbers, then) for no, rule in rules.items() if no not in again]
    parts += [f"select {no} as rule_no, school_no, {ALWAYS} as since from every_school" for no in rules if no in again]
    db.run(f"create or replace temp table horizon as {' union all '.join(parts)}")


def _create_events(db: Database) -> None:
    """Make `event_since` (type, school_no, since); two days early, as dates may be those of another time zone."""
    db.run("create or replace temp table every_school as select school_no from school union all select 0")
    db.run("""create or replace temp table event_since as
        with own as (select type, school_no, min(date) - 2 as since from touched where school_no is not null group by all),
        everywhere as (select type, min(date) - 2 as since from touched where school_no is null group by all),
        first as (select type, min(date) - 2 as since from touched group by all)
        select f.type, s.school_no, least(case when s.school_no = 0 then f.since else o.since end, e.since) as since
        from first f cross join every_school s
        left join own o on o.type = f.type and o.school_no = s.school_no left join everywhere e on e.type = f.type
        where coalesce(case when s.school_no = 0 then f.since else o.since end, e.since) is not null""")


def _create_life(db: Database, ruleset: RuleSet, numbers: Mapping[str, int], then: date) -> None:
    """Make `life_since` (source_no, school_no, since): from when on it may be told otherwise whether a source was alive."""
    db.run("create or replace temp table life_since (source_no integer, school_no integer, since date)")
    for source, number in numbers.items():
        base = _base(ruleset, source)
        coverage = ruleset.evidence[base].coverage
        if coverage.always:
            continue
        if coverage.silent_after is not None:
            together = coverage.per == "source"
            db.run(f"insert into life_since select {number}, school_no, since from ({_last_sign(numbers[base], then, together)})")
        elif coverage.through == "last_record":
            db.run(f"insert into life_since select {number}, school_no, {ALWAYS} from every_school")
    for kind in sorted({kind for spec in ruleset.evidence.values() for kind in spec.delivers}):
        declaring = [numbers[source] for source, spec in ruleset.evidence.items() if kind in spec.delivers]
        if len(declaring) > 1:
            db.run(_newly_delivered(kind, declaring, ruleset))


def _base(ruleset: RuleSet, source: str) -> str:
    other = ruleset.evidence[source].coverage.with_
    return _base(ruleset, other) if other else source


def _last_sign(number: int, then: date, together: bool) -> str:
    """SELECT of (school_no, since): the day after the last sign of life before anything differed."""
    changed = f"select school_no, date from touched where source_no = {number}"
    if together:
        return f"""
            with first as (select min(date) - 2 as since from (select {day(then)} as date union all select date from ({changed})))
            select school_no, (select coalesce(max(p.date) - 2, {ALWAYS}) from former_place p, first f where p.source_no = {number}
              and p.date < f.since) as since from every_school"""
    return f"""
        with everywhere as (select coalesce(min(date), {NEVER}) as since from ({changed}) where school_no is null),
        first as (select s.school_no, least({day(then)}, e.since, coalesce(c.since, {NEVER})) - 2 as since
          from school s cross join everywhere e
          left join (select school_no, min(date) as since from ({changed}) where school_no is not null group by all) c on c.school_no = s.school_no),
        found as (select f.school_no, coalesce(max(p.date) - 2, {ALWAYS}) as since from first f
          left join (select distinct school_no, date from former_place where source_no = {number}) p
            on p.school_no = f.school_no and p.date < f.since group by all)
        select * from found union all select 0, min(since) from found"""


def _newly_delivered(kind: str, declaring: Sequence[int], ruleset: RuleSet) -> str:
    """Where a source may deliver a type for the first time, or no more, other sources may count: everything is open there."""
    start, end = day(ruleset.period.start), day(ruleset.period.end)
    listed = ", ".join(map(str, declaring))
    return f"""insert into life_since
        with t as (select distinct source_no, school_no from touched where type = {text(kind)} and source_no in ({listed})),
        stays as (select distinct p.source_no, p.school_no from former_place p
          anti join touched c on c.source_no = p.source_no and c.type = p.type and c.school_no is not distinct from p.school_no and c.date = p.date
          where p.type = {text(kind)} and p.date between {start} and {end} and p.school_no is not null),
        unsure as (select t.* from t anti join stays s on s.source_no = t.source_no and s.school_no = t.school_no)
        select n.source_no, s.school_no, {ALWAYS} from (select unnest([{listed}]) as source_no) n, every_school s
        where exists (select 1 from unsure u where u.school_no is null or u.school_no = s.school_no or s.school_no = 0)"""


def _of_rule(ruleset: RuleSet, number: int, rule: Rule, numbers: Mapping[str, int], then: date) -> str:
    """SELECT of one rule's rows of `horizon`."""
    types = measured_types(ruleset, rule)
    kinds = ", ".join(map(text, types)) or "null"
    sources = ", ".join(str(numbers[source]) for source, spec in ruleset.evidence.items() if set(spec.delivers) & set(types)) or "null"
    earliest = f"""select school_no, least({day(then)}, min(since)) as since from (
          select school_no, {day(then)} as since from every_school
          union all select school_no, since from event_since where type in ({kinds})
          union all select school_no, since from life_since where source_no in ({sources})
          union all select school_no, min(window_end) from former_cell where rule_no = {number} group by school_no)
        group by school_no"""
    if is_far(rule):
        return f"select {number} as rule_no, school_no, (select min(since) from ({earliest})) as since from every_school"
    return f"select {number} as rule_no, school_no, since from ({earliest})"
