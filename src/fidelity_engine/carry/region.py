"""The region: of which dates events must be read again, per type and school, because cells or findings look at them.

Made anew are the cells from the horizon on; what they look at may lie before it. Findings look back too: at all windows of
an episode that is not over, and of cells that missing fields left undecided.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from fidelity_engine.carry.horizon import ALWAYS, NEVER, is_far
from fidelity_engine.db import Database, day, text
from fidelity_engine.model.rule import Each, Rule, RuleSet
from fidelity_engine.stages.load.needs import measured_types


def create_region(db: Database, ruleset: RuleSet, rules: Mapping[int, Rule], keys: Mapping[int, int], whole: frozenset[str]) -> None:
    """Make `region` (type, school_no, since): events of that date and later are read.

    Reads `carried_since` and the verdicts that are carried over. `keys`: rule number → number of its grid; `whole`:
    types of which all events are needed.
    """
    parts = [_of_rule(db, ruleset, no, rule, keys[no]) for no, rule in rules.items() if measured_types(ruleset, rule)]
    parts += [f"select {text(kind)} as type, school_no, {ALWAYS} as since from every_school" for kind in sorted(whole)]
    parts.append("select type, school_no, since from event_since")
    db.run(f"create or replace temp table region as select type, school_no, min(since) as since from ({' union all '.join(parts)}) group by all")


def _of_rule(db: Database, ruleset: RuleSet, number: int, rule: Rule, key: int) -> str:
    begins = f"""select n.school_no, least(min({_begins(rule.expect.each, 'n', ruleset)}), min(coalesce(b.since, {NEVER}))) as since
        from (select school_no, since from carried_since where key_no = {key}) n
        left join ({_episodes(number, rule)}) b on b.school_no = n.school_no group by n.school_no"""
    if is_far(rule) or rule.measure.kind == "response":
        first = db.one(f"select min(since) from ({begins})")
        since = day(_before(db, ruleset, rule, first))
        begins = f"select school_no, {since} as since from every_school"
    else:
        begins = f"select school_no, {_stretch(rule, ruleset)} as since from ({begins})"
    begins += f" union all {_undecided(number)}"
    return " union all ".join(f"select {text(kind)} as type, school_no, since from ({begins})" for kind in measured_types(ruleset, rule))


def _begins(each: Each, row: str, ruleset: RuleSet) -> str:
    """SQL for a date before which no window begins that ends on `since` or later."""
    start, since = day(ruleset.period.start), f"{row}.since"
    if each.unit == "day":
        return since
    if each.unit == "month":
        return f"date_trunc('month', {since})::date"
    if each.unit == "school_year":
        return start
    if each.unit == "term":
        return f"coalesce((select min(t.from_date) from term t where t.until_date >= {since}), {since})"
    return f"({since} - {7 * each.weeks - 1})"


def _stretch(rule: Rule, ruleset: RuleSet) -> str:
    """SQL for the first date that cells look at whose windows begin on `since` or later."""
    start = day(ruleset.period.start)
    over = getattr(rule.measure.parameters, "over", None)
    if rule.measure.kind == "recency":
        return f"least(since, {start})"
    if over is None or over.kind == "window":
        return "since"
    if over.kind == "weeks":
        return f"(since - {7 * int(over.weeks or 1)})"
    return f"least(since, {day(over.start or ruleset.period.start)})"


def _before(db: Database, ruleset: RuleSet, rule: Rule, first: date) -> date:
    """The same for rules that have one date for all schools. A trigger falls due in a later window than its own."""
    if rule.measure.kind != "response":
        found: date = db.one(f"select {_stretch(rule, ruleset)} from (select {day(first)} as since)")
        return found
    n = int(rule.measure.parameters.within_days)
    if rule.measure.parameters.within_unit == "days":
        last = f"select coalesce(max(date) filter (counts and date < {day(first)}), {ALWAYS}) as date from day group by class_no"
        earliest: date | None = db.one(f"select min(date) - {n} from ({last})")
    else:
        ords = f"select class_no, max(ord) filter (date < {day(first)}) as ord from day group by class_no"
        earliest = db.one(f"select min(d.date) from day d join ({ords}) o on o.class_no = d.class_no and d.ord >= coalesce(o.ord, 0) - {n}")
    return min(first, earliest or date(1900, 1, 1))


def _undecided(number: int) -> str:
    """SELECT of (school_no, since): the first window carried over that missing fields left undecided; records of its school are counted."""
    return f"""select u.school_no, min(c.window_start) as since from carried_cell c join subject u on u.subject_no = c.subject_no
        where c.rule_no = {number} and c.code = 'unknown_fields' and u.school_no is not null group by all"""


def _episodes(number: int, rule: Rule) -> str:
    """SELECT of (school_no, since): the first window carried over of an episode that may not be over, whose events a finding names."""
    cells = f"select * from carried_cell where rule_no = {number} and disposition <> 'waived' and {'true' if rule.mode == 'active' else 'false'}"
    met = f"select subject_no, max(window_start) as last from ({cells}) where verdict = 'met' and {int(rule.emit.clears_after)} = 1 group by subject_no"
    return f"""select coalesce(u.school_no, 0) as school_no, min(c.window_start) as since
        from ({cells}) c left join ({met}) m on m.subject_no = c.subject_no join subject u on u.subject_no = c.subject_no
        where c.verdict = 'missed' and (m.last is null or c.window_start > m.last) group by all"""
