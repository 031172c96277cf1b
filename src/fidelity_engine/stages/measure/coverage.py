"""How well a cell could be seen: silent, pending or covered, for the sources that count."""

from __future__ import annotations

from collections.abc import Sequence

from fidelity_engine.db import text
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.measure.blind import blind_days

__all__ = ["blind_days", "coverage", "event_types", "sources_of", "watched"]


def event_types(scope: Scope, rule: Rule) -> tuple[str, ...]:
    """The event types whose sources a rule depends on: none for rollups."""
    p = rule.measure.parameters
    chosen = [getattr(p, "event", None)] + [getattr(getattr(p, role, None), "event", None) for role in ("after", "answer")]
    names = [name for name in chosen if name]
    return tuple(sorted({scope.ruleset.events[n].type if n in scope.ruleset.events else n for n in names}))


def watched(scope: Scope, types: Sequence[str]) -> str | None:
    """Create once and name the relation of blind stretches that count for these types: per school and source.

    For each type: the sources that delivered it for the school; if none did, all that declare it. None where there is
    no such stretch, so that every cell is covered.
    """
    relation = "watched_" + "_".join(str(sorted(scope.fields).index(t)) for t in types)
    if relation in scope.made:
        return relation
    if relation in scope.empty:
        return None
    per_type = " union ".join(sources_of(scope, kind) for kind in types)
    scope.db.run(f"""create temp table {relation} as select b.* from blind b
        join ({per_type}) w on w.school_no = b.school_no and w.source_no = b.source_no""")
    found = bool(scope.db.one(f"select count(*) from {relation}"))
    (scope.made if found else scope.empty).add(relation)
    return relation if found else None


def sources_of(scope: Scope, kind: str) -> str:
    """SELECT of (school_no, source_no): the sources whose silence counts for an event type."""
    declaring = ", ".join(text(name) for name, spec in scope.ruleset.evidence.items() if kind in spec.delivers)
    return f"""(select school_no, source_no from delivery where type = {text(kind)} and school_no is not null
        union select s.school_no, q.source_no from school s, source_state q where q.source in ({declaring or "''"})
          and s.school_no not in (select school_no from delivery where type = {text(kind)} and school_no is not null))"""


def coverage(scope: Scope, rule: Rule, cells: str, watch: str) -> str:
    """SELECT of (subject_no, window_no, silent, pending, source_no, since_ord, school_no) for cells not fully covered.

    `cells`: SELECT of (subject_no, window_no, class_no, after_ord, until_ord), the stretch as ordinals of the
    subject's calendar. Of a subject of several schools, each school's own days are counted.
    """
    several = rule.expect.of in ("district", "staff")
    stretch = _in_school_days(cells) if several else f"""
        select c.subject_no, c.window_no, u.school_no, c.after_ord, c.until_ord, a.lo, a.hi
        from ({cells}) c join subject u on u.subject_no = c.subject_no join active a on a.subject_no = c.subject_no"""
    return f"""
        with x as ({stretch}),
        days as (select subject_no, window_no, school_no, sum(greatest(0, least(until_ord, hi) - greatest(after_ord, lo))) as total
                 from x semi join {watch} w on w.school_no = x.school_no group by all),
        seen as (select x.subject_no, x.window_no, x.school_no, b.source_no,
            sum(least(until_ord, hi, b.last) - greatest(after_ord, lo, b.first - 1)) filter (b.silent) as silent,
            count(*) filter (not b.silent) as pending, max(b.first) filter (b.silent) as since_ord
          from x join {watch} b on b.school_no = x.school_no
            and least(until_ord, hi, b.last) > greatest(after_ord, lo, b.first - 1) group by all)
        select s.subject_no, s.window_no, bool_or(coalesce(s.silent, 0) > d.total // 10) as silent, bool_or(s.pending > 0) as pending,
          arg_min(s.source_no, s.source_no) filter (coalesce(s.silent, 0) > d.total // 10) as source_no,
          arg_min(s.since_ord, s.source_no) filter (coalesce(s.silent, 0) > d.total // 10) as since_ord,
          arg_min(s.school_no, s.source_no) filter (coalesce(s.silent, 0) > d.total // 10) as school_no
        from seen s join days d on d.subject_no = s.subject_no and d.window_no = s.window_no and d.school_no = s.school_no
        group by s.subject_no, s.window_no"""


def _in_school_days(cells: str) -> str:
    """The stretches of subjects of several schools, in the ordinals of each of these schools."""
    return f"""
        select c.subject_no, c.window_no, k.school_no, p.ord as after_ord, q.ord as until_ord, l.ord as lo, h.ord as hi
        from (select c.*, f.date as first_date, t.date as last_date from ({cells}) c
              join day_of f on f.class_no = c.class_no and f.ord = c.after_ord + 1
              join day_of t on t.class_no = c.class_no and t.ord = c.until_ord where c.until_ord > c.after_ord) c
        join subject_school k on k.subject_no = c.subject_no join school_clock s on s.school_no = k.school_no
        join active a on a.subject_no = c.subject_no
        join day p on p.class_no = s.class_no and p.date = c.first_date - 1 join day q on q.class_no = s.class_no and q.date = c.last_date
        join day l on l.class_no = s.class_no and l.date = greatest(a.from_date - 1, (select min(date) from day))
        join day h on h.class_no = s.class_no and h.date = least(a.until_date, (select max(date) from day))"""
