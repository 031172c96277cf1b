"""How well a cell could be seen: silent, pending or covered, for the sources that count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fidelity_engine.db import text
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.measure.blind import blind_days

__all__ = ["SCHOOL_SPAN", "blind_days", "coverage", "coverage_of_type", "event_types", "several_schools", "sources_of", "watch", "watch_of"]

FIRST = "s.source_no * 4294967296::bigint + s.school_no"
"""Of several blind schools the first by source and id is told, so that two runs tell the same."""
SCHOOL_SPAN = "(select school_no, from_date, until_date from subject join span using (subject_no) where subject_kind = 'school')"
"""When schools are active: until they open, nothing is expected of them."""


def event_types(scope: Scope, rule: Rule) -> tuple[str, ...]:
    """The event types whose sources a rule depends on: none for rollups."""
    p = rule.measure.parameters
    chosen = [getattr(p, "event", None)] + [getattr(getattr(p, role, None), "event", None) for role in ("after", "answer")]
    names = [name for name in chosen if name]
    return tuple(sorted({scope.ruleset.events[n].type if n in scope.ruleset.events else n for n in names}))


def watch_of(scope: Scope, rule: Rule) -> int | None:
    """The number under which `watched` has the blind stretches that count for a rule; None where there are none."""
    return scope.watches.get(event_types(scope, rule))


def watch(scope: Scope, rules: Iterable[Rule]) -> None:
    """Create `watched`: per set of event types of a rule (`watch_no`) the blind stretches that count, per school and source.

    For each type: the sources that delivered it for the school; if none did, all that declare it.
    """
    sets = {types: number for number, types in enumerate(sorted({event_types(scope, rule) for rule in rules} - {()}))}
    if not sets or not scope.db.one("select count(*) from blind"):
        scope.db.run("create temp table watched as select null::integer as watch_no, * from blind where false")
        return
    pairs = [(number, kind) for types, number in sets.items() for kind in types]
    declared = [(number, kind, name) for number, kind in pairs for name, spec in scope.ruleset.evidence.items() if kind in spec.delivers]
    declared = declared or [(0, "", "")]
    scope.db.run(f"""create temp table watched as
        with pair(watch_no, type) as (values {_values(pairs)}), declared(watch_no, type, source) as (values {_values(declared)}),
        delivered as (select p.watch_no, d.type, d.school_no, d.source_no from delivery d join pair p on p.type = d.type where d.school_no is not null),
        counting as (
          from delivered
          union all select d.watch_no, d.type, s.school_no, q.source_no from declared d join source_state q on q.source = d.source cross join school s
            anti join delivered x on x.watch_no = d.watch_no and x.type = d.type and x.school_no = s.school_no)
        select w.watch_no, b.* from blind b join (select distinct watch_no, school_no, source_no from counting) w
          on w.school_no = b.school_no and w.source_no = b.source_no""")
    found = {number for (number,) in scope.db.rows("select distinct watch_no from watched")}
    scope.watches = {types: number for types, number in sets.items() if number in found}


def _values(listed: Sequence[tuple[int | str, ...]]) -> str:
    """Rows of numbers and names of the rule file, as VALUES."""
    return ", ".join(f"({', '.join(text(cell) if isinstance(cell, str) else str(cell) for cell in row)})" for row in listed)


def sources_of(scope: Scope, kind: str) -> str:
    """SELECT of (school_no, source_no): the sources whose silence counts for an event type."""
    declaring = ", ".join(text(name) for name, spec in scope.ruleset.evidence.items() if kind in spec.delivers)
    return f"""(select school_no, source_no from delivery where type = {text(kind)} and school_no is not null
        union select s.school_no, q.source_no from school s, source_state q where q.source in ({declaring or "''"})
          and s.school_no not in (select school_no from delivery where type = {text(kind)} and school_no is not null))"""


def several_schools(rule: Rule) -> bool:
    """Whether a subject of the rule may be of several schools."""
    return rule.expect.of in ("district", "staff")


def coverage(key: Sequence[str], cells: str, watch: str, near: bool, far: bool) -> str:
    """SELECT of (key..., silent, pending, source_no, since_ord, school_no) for cells not fully covered.

    `cells`: SELECT of (key..., class_no, after_ord, until_ord), the stretch as ordinals of the subject's calendar; where
    rules are told apart by their key also watch_no and several. Of a subject of several schools (`far`), each school's own
    days are counted.
    """
    together = len(key) > 2
    keys, ours = ", ".join(key), "".join(f"c.{column}, " for column in key) + ("c.watch_no, " if together else "")
    same = " and {}.watch_no = x.watch_no" if together else ""
    parts = [_in_own_days(ours, cells, " where not c.several" if far else "")] if near else []
    parts += [_in_school_days(ours, cells, " and c.several" if near else "")] if far else []
    theirs = ", ".join(f"x.{column}" for column in key)
    joined = " and ".join(f"d.{column} = s.{column}" for column in key)
    too_many = "coalesce(s.silent, 0) > d.total // 10"
    return f"""
        with x as ({" union all ".join(parts)}),
        days as (select {keys}, school_no, sum(greatest(0, least(until_ord, hi) - greatest(after_ord, lo))) as total
                 from x semi join {watch} w on w.school_no = x.school_no{same.format("w")} group by all),
        seen as (select {theirs}, x.school_no, b.source_no,
            sum(least(until_ord, hi, b.last) - greatest(after_ord, lo, b.first - 1)) filter (b.silent) as silent,
            count(*) filter (not b.silent) as pending, max(b.first) filter (b.silent) as since_ord
          from x join {watch} b on b.school_no = x.school_no{same.format("b")}
            and least(until_ord, hi, b.last) > greatest(after_ord, lo, b.first - 1) group by all)
        select {", ".join(f"s.{column}" for column in key)}, bool_or({too_many}) as silent, bool_or(s.pending > 0) as pending,
          min(s.source_no) filter ({too_many}) as source_no,
          arg_min(s.since_ord, {FIRST}) filter ({too_many}) as since_ord,
          arg_min(s.school_no, {FIRST}) filter ({too_many}) as school_no
        from seen s join days d on {joined} and d.school_no = s.school_no group by {", ".join(f"s.{column}" for column in key)}"""


def coverage_of_type(scope: Scope, rule: Rule, cells: str, kind: str) -> str:
    """The same for cells of a rule by the sources of one event type alone; `cells` as (subject_no, window_no, ...)."""
    watch = f"""(select b.* from blind b
        join ({sources_of(scope, kind)}) w on w.school_no = b.school_no and w.source_no = b.source_no)"""
    far = several_schools(rule)
    return coverage(("subject_no", "window_no"), cells, watch, near=not far, far=far)


def _in_own_days(ours: str, cells: str, where: str) -> str:
    return f"""select {ours}u.school_no, c.after_ord, c.until_ord, a.lo, a.hi
        from ({cells}) c join subject u on u.subject_no = c.subject_no join active a on a.subject_no = c.subject_no{where}"""


def _in_school_days(ours: str, cells: str, and_: str) -> str:
    """The stretches of subjects of several schools, in the ordinals of each of these schools, while it is active itself."""
    return f"""
        select {ours}k.school_no, p.ord as after_ord, q.ord as until_ord, l.ord as lo, h.ord as hi
        from (select c.*, f.date as first_date, t.date as last_date from ({cells}) c
              join day_of f on f.class_no = c.class_no and f.ord = c.after_ord + 1
              join day_of t on t.class_no = c.class_no and t.ord = c.until_ord where c.until_ord > c.after_ord{and_}) c
        join subject_school k on k.subject_no = c.subject_no join school_clock s on s.school_no = k.school_no
        join active a on a.subject_no = c.subject_no
        join {SCHOOL_SPAN} o on o.school_no = k.school_no
        join day p on p.class_no = s.class_no and p.date = c.first_date - 1 join day q on q.class_no = s.class_no and q.date = c.last_date
        join day l on l.class_no = s.class_no and l.date = greatest(a.from_date - 1, o.from_date - 1, (select min(date) from day))
        join day h on h.class_no = s.class_no and h.date = least(a.until_date, o.until_date, (select max(date) from day))"""
