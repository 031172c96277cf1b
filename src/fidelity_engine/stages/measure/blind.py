"""On which days could one not have known: silent and pending days per source and school (chapter 4, Coverage).

The result is the relation `blind`: (source_no, school_no, first, last, silent), ordinals of the school's calendar,
both included; `silent` false means pending. All other days that are over are covered.
"""

from __future__ import annotations

from collections.abc import Sequence

from fidelity_engine.db import day
from fidelity_engine.scope import Scope


def blind_days(scope: Scope) -> None:
    """Create `blind` from the dates on which sources gave a sign of life, and from what was confirmed complete."""
    scope.db.run("""create temp table blind (source_no integer, school_no integer, first integer, last integer, silent boolean)""")
    scope.db.run(_SCHOOL_CLOCK)
    scope.db.run(_CONFIRMED)
    states = {source: (no, readable) for source, no, readable in scope.db.rows("select source, source_no, readable from source_state")}
    watched: dict[str, list[tuple[int, int, int]]] = {}
    for source in scope.ruleset.evidence:
        base = base_of(scope, source)
        (no, readable), (base_no, base_readable) = states[source], states[base]
        coverage = scope.ruleset.evidence[base].coverage
        if not readable or not base_readable:
            every = "select school_no, 1 as first, ord_last as last, true as silent from school_clock"
            scope.db.run(f"insert into blind {_clipped(f'select {no} as source_no, * from ({every})', readable)}")
        elif coverage.through is not None and not coverage.always:
            scope.db.run(f"insert into blind {_clipped(f'select {no} as source_no, * from ({_after(scope, base_no, coverage.through)})')}")
        elif not coverage.always:
            watched.setdefault(coverage.per, []).append((no, base_no, int(coverage.silent_after.instructional_days)))
    for per, sources in watched.items():
        scope.db.run(f"insert into blind {_clipped((_silent_per_school if per == 'school' else _silent_per_source)(sources))}")


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


def _clipped(stretches: str, confirmable: bool = True) -> str:
    """Blind stretches of sources less the days confirmed complete for each (not of an unreadable one)."""
    first = "greatest(x.first, coalesce(d.ord, 0) + 1)" if confirmable else "x.first"
    return f"""
        select x.source_no, x.school_no, {first}, x.last, x.silent
        from ({stretches}) x join school_clock s on s.school_no = x.school_no
        left join confirmed c on c.source_no = x.source_no and c.school_no = x.school_no
        left join day d on d.class_no = s.class_no and d.date = c.through
        where {first} <= x.last"""


def _after(scope: Scope, base_no: int, through: object) -> str:
    """Days after a fixed date, or after the date of the last record, are pending."""
    last_record = f"coalesce((select date from last_record where source_no = {int(base_no)}), {day(scope.day_range[0])})"
    date = last_record if through == "last_record" else day(through)  # type: ignore[arg-type]
    first, last = (day(d) for d in scope.day_range)
    return f"""select s.school_no, d.ord + 1 as first, s.ord_over as last, false as silent from school_clock s
        join day d on d.class_no = s.class_no and d.date = least(greatest({date}, {first}), {last}) where d.ord < s.ord_over"""


# points of life (key, ord), those after the calendar's end on its last day; the point 0 before the first day and the one
# after the last day that is over close the first and the last stretch; `most`: so many days without life are not silent
_STRETCHES = """
    select {key}, prev + 1 as first, ord - 1 as last, ord - prev - 1 > most as silent, is_end
    from (select {key}, most, ord, is_end, lag(ord) over (partition by {key} order by ord, is_end) as prev
          from ({points}))
    where ord - prev - 1 > 0 and (is_end or ord - prev - 1 > most)"""


def _listed(sources: Sequence[tuple[int, int, int]]) -> str:
    """The sources as a relation: number, number of the one that each lives with, days until it is silent."""
    return f"(select * from (values {', '.join(map(str, sources))}) l(source_no, base_no, most))"


def _silent_per_school(sources: Sequence[tuple[int, int, int]]) -> str:
    """SELECT of (source_no, school_no, first, last, silent) of sources that each school is expected to fill."""
    listed = _listed(sources)
    points = f"""
        select l.source_no, s.school_no, l.most, least(d.ord, s.ord_last) as ord, false as is_end
          from source_day e join {listed} l on l.base_no = e.source_no join school_clock s on s.school_no = e.school_no
          join day d on d.class_no = s.class_no and d.date = e.date where e.date <= s.last_over and d.ord > 0
        union select l.source_no, c.school_no, l.most, least(d.ord, s.ord_last), false
          from confirmed c join {listed} l on l.base_no = c.source_no join school_clock s on s.school_no = c.school_no
          join day d on d.class_no = s.class_no and d.date = c.through where c.through <= s.last_over and d.ord > 0
        union all select l.source_no, school_no, l.most, 0, false from school_clock, {listed} l
        union all select l.source_no, school_no, l.most, ord_over + 1, true from school_clock, {listed} l"""
    return f"select * exclude (is_end) from ({_STRETCHES.format(key='source_no, school_no', points=points)})"


def _silent_per_source(sources: Sequence[tuple[int, int, int]]) -> str:
    """As per school, on the days that are instructional for any school; then in the ordinals of each school."""
    listed = _listed(sources)
    everyone = "(select u.class_no, k.last_over, k.ord_over, k.ord_last from subject u join clock_class k using (class_no) where u.subject_kind = 'district')"
    points = f"""
        select l.source_no, l.most, least(d.ord, k.ord_last) as ord, false as is_end from
          (select source_no as base_no, date from source_day
           union select q.source_no, through from complete c join source_state q on q.source = c.source and q.readable) e
          join {listed} l on l.base_no = e.base_no,
          {everyone} k join day d on d.class_no = k.class_no and d.date = e.date where e.date <= k.last_over and d.ord > 0
        union select source_no, most, 0, false from {listed} union all select source_no, most, ord_over + 1, true from {everyone} k, {listed} l"""
    stretches = _STRETCHES.format(key="source_no", points=points)
    return f"""
        select x.source_no, s.school_no, f.ord - (f.counts)::int + 1 as first, least(l.ord, s.ord_over) as last, x.silent
        from ({stretches}) x, {everyone} k
        join day_of a on a.class_no = k.class_no and a.ord = x.first join day_of b on b.class_no = k.class_no and b.ord = x.last,
        school_clock s
        join day f on f.class_no = s.class_no and f.date = a.date join day l on l.class_no = s.class_no and l.date = b.date
        where f.ord - (f.counts)::int + 1 <= least(l.ord, s.ord_over)"""
