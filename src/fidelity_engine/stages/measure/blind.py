"""On which days could one not have known: silent and pending days per source and school (chapter 4, Coverage).

The result is the relation `blind`: (source_no, school_no, first, last, silent), ordinals of the school's calendar,
both included; `silent` false means pending. All other days that are over are covered.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from fidelity_engine.db import day
from fidelity_engine.scope import Scope


def blind_days(scope: Scope) -> None:
    """Create `blind` from the dates on which sources gave a sign of life, and from what was confirmed complete."""
    scope.db.run("""create temp table blind (source_no integer, school_no integer, first integer, last integer, silent boolean)""")
    scope.db.run(_SCHOOL_CLOCK)
    scope.db.run(_CONFIRMED)
    states = {source: (no, readable) for source, no, readable in scope.db.rows("select source, source_no, readable from source_state")}
    seen = Seen(scope, {no for (no,) in scope.db.rows("select distinct source_no from confirmed")},
                dict(scope.db.rows("select source_no, date from last_record")))  # type: ignore[arg-type]
    watched: dict[str, list[tuple[int, int, int]]] = {}
    stretches: list[str] = []
    for source in scope.ruleset.evidence:
        base = base_of(scope, source)
        (no, readable), (base_no, base_readable) = states[source], states[base]
        coverage = scope.ruleset.evidence[base].coverage
        if not readable or not base_readable:
            every = "select school_no, 1 as first, ord_last as last, true as silent from school_clock"
            scope.db.run(f"insert into blind {_clipped(f'select {no} as source_no, * from ({every})', readable and no in seen.confirmed)}")
        elif coverage.through is not None and not coverage.always:
            stretches.append(f"select {no} as source_no, * from ({_after(seen, base_no, coverage.through)})")
        elif coverage.silent_after is not None and not coverage.always:
            watched.setdefault(coverage.per, []).append((no, base_no, int(coverage.silent_after.instructional_days)))
    stretches += [(_silent_per_school if per == "school" else _silent_per_source)(seen, sources) for per, sources in watched.items()]
    if stretches:
        scope.db.run(f"insert into blind with stretch as materialized ({' union all '.join(stretches)}) {_clipped('from stretch', bool(seen.confirmed))}")


class Seen(NamedTuple):
    """What is known of all sources: the numbers of those of which something was confirmed; number → date of the last record, where it is asked."""

    scope: Scope
    confirmed: Collection[int]
    last_record: Mapping[int, date]


_SCHOOL_CLOCK = """create temp table school_clock as
    select s.school_no, s.class_no, k.ord_over, k.ord_last, k.last_over from school s join clock_class k using (class_no)"""

# "nothing is missing up to this day": per source and school, an empty school meaning all
_CONFIRMED = """create temp table confirmed as
    select q.source_no, s.school_no, max(c.through) as through
    from complete c join source_state q on q.source = c.source and q.readable
    join school s on c.school_no is null or s.school_no = c.school_no group by all"""


def base_of(scope: Scope, source: str) -> str:
    """The source that a source lives `with`, at the end of the chain."""
    spec = scope.ruleset.evidence[source]
    return base_of(scope, spec.coverage.with_) if spec.coverage.with_ else source


def _clipped(stretches: str, confirmed: bool) -> str:
    """Blind stretches of sources less the days confirmed complete for each, where any were."""
    first = "greatest(x.first, coalesce(d.ord, 0) + 1)" if confirmed else "greatest(x.first, 1)"
    joined = """join school_clock s on s.school_no = x.school_no
        left join confirmed c on c.source_no = x.source_no and c.school_no = x.school_no
        left join day d on d.class_no = s.class_no and d.date = c.through"""
    return f"""
        select x.source_no, x.school_no, {first}, x.last, x.silent
        from ({stretches}) x {joined if confirmed else ""}
        where {first} <= x.last"""


def _after(seen: Seen, base_no: int, through: date | str) -> str:
    """Days after a fixed date, or after the date of the last record, are pending."""
    first, last = seen.scope.day_range
    known = through if isinstance(through, date) else seen.last_record.get(base_no, first)
    return f"""select s.school_no, d.ord + 1 as first, s.ord_over as last, false as silent from school_clock s
        join day d on d.class_no = s.class_no and d.date = {day(min(max(known, first), last))} where d.ord < s.ord_over"""


# points of life (key, ord), those after the calendar's end on its last day; the point 0 before the first day and the one
# after the last day that is over close the first and the last stretch; `most`: so many days without life are not silent
_STRETCHES = """
    select {key}, prev + 1 as first, ord - 1 as last, ord - prev - 1 > most as silent, is_end
    from (select {key}, most, ord, is_end, lag(ord) over (partition by {key} order by ord, is_end) as prev
          from ({points}))
    where ord - prev - 1 > 0 and (is_end or ord - prev - 1 > most)"""


def _any_confirmed(seen: Seen, sources: Sequence[tuple[int, int, int]]) -> bool:
    return any(base_no in seen.confirmed for _, base_no, _ in sources)


def _listed(sources: Sequence[tuple[int, int, int]]) -> str:
    """The sources as a relation: number, number of the one that each lives with, days until it is silent."""
    return f"(select * from (values {', '.join(map(str, sources))}) l(source_no, base_no, most))"


def _silent_per_school(seen: Seen, sources: Sequence[tuple[int, int, int]]) -> str:
    """SELECT of (source_no, school_no, first, last, silent) of sources that each school is expected to fill."""
    listed = _listed(sources)
    # every confirmation is a sign of life, not only the latest: sources that live with this one are not covered by it
    said = f"""union all select l.source_no, s.school_no, l.most, least(d.ord, s.ord_last), false
          from complete c join source_state q on q.source = c.source and q.readable join {listed} l on l.base_no = q.source_no
          join school_clock s on c.school_no is null or s.school_no = c.school_no
          join day d on d.class_no = s.class_no and d.date = c.through where c.through <= s.last_over and d.ord > 0"""
    points = f"""
        select l.source_no, s.school_no, l.most, least(d.ord, s.ord_last) as ord, false as is_end
          from source_day e join {listed} l on l.base_no = e.source_no join school_clock s on s.school_no = e.school_no
          join day d on d.class_no = s.class_no and d.date = e.date where e.date <= s.last_over and d.ord > 0
        {said if _any_confirmed(seen, sources) else ""}
        union all select l.source_no, school_no, l.most, 0, false from school_clock, {listed} l
        union all select l.source_no, school_no, l.most, ord_over + 1, true from school_clock, {listed} l"""
    return f"select * exclude (is_end) from ({_STRETCHES.format(key='source_no, school_no', points=points)})"


def _silent_per_source(seen: Seen, sources: Sequence[tuple[int, int, int]]) -> str:
    """As per school, on the days that are instructional for any school and over where the school is; then in the ordinals of each school."""
    listed = _listed(sources)
    said = "union select q.source_no, through from complete c join source_state q on q.source = c.source and q.readable"
    class_no, ord_last = seen.scope.db.rows("""
        select u.class_no, k.ord_last from subject u join clock_class k using (class_no) where u.subject_kind = 'district'""")[0]
    first, last = seen.scope.day_range
    zones = f"""(select last_over, least(d.ord, {ord_last}) as ord_over from (select distinct last_over from school_clock) s
        join day d on d.class_no = {class_no} and d.date = least(greatest(s.last_over, {day(first)}), {day(last)}))"""
    points = f"""
        select l.source_no, z.last_over, l.most, least(d.ord, {ord_last}) as ord, false as is_end from
          (select {"" if _any_confirmed(seen, sources) else "distinct "}source_no as base_no, date from source_day
           {said if _any_confirmed(seen, sources) else ""}) e
          join {listed} l on l.base_no = e.base_no join day d on d.class_no = {class_no} and d.date = e.date
          join {zones} z on e.date <= z.last_over where d.ord > 0
        union all select source_no, last_over, most, 0, false from {listed} cross join {zones}
        union all select source_no, last_over, most, ord_over + 1, true from {listed} cross join {zones}"""
    stretches = _STRETCHES.format(key="source_no, last_over", points=points)
    return f"""
        select x.source_no, s.school_no, f.ord - (f.counts)::int + 1 as first, least(l.ord, s.ord_over) as last, x.silent
        from ({stretches}) x
        join day_of a on a.class_no = {class_no} and a.ord = x.first join day_of b on b.class_no = {class_no} and b.ord = x.last
        join school_clock s on s.last_over = x.last_over
        join day f on f.class_no = s.class_no and f.date = a.date join day l on l.class_no = s.class_no and l.date = b.date
        where f.ord - (f.counts)::int + 1 <= least(l.ord, s.ord_over)"""
