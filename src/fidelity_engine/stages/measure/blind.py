"""On which days could one not have known: silent and pending days per source and school (chapter 4, Coverage).

The result is the relation `blind`: (source_no, school_no, first, last, silent), ordinals of the school's calendar,
both included; `silent` false means pending. All other days that are over are covered.
"""

from __future__ import annotations

from fidelity_engine.db import day
from fidelity_engine.model.rule import SourceSpec
from fidelity_engine.scope import Scope


def blind_days(scope: Scope) -> None:
    """Create `blind` from the dates on which sources gave a sign of life, and from what was confirmed complete."""
    scope.db.run("""create temp table blind (source_no integer, school_no integer, first integer, last integer, silent boolean)""")
    scope.db.run(_SCHOOL_CLOCK)
    scope.db.run(_CONFIRMED)
    readable: dict[str, bool] = dict(scope.db.rows("select source, readable from source_state"))  # type: ignore[arg-type]
    numbers: dict[str, int] = dict(scope.db.rows("select source, source_no from source_state"))  # type: ignore[arg-type]
    for source, spec in scope.ruleset.evidence.items():
        scope.db.run(f"insert into blind {_of_source(scope, source, spec, readable, numbers)}", None)


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


def _of_source(scope: Scope, source: str, spec: SourceSpec, readable: dict[str, bool], numbers: dict[str, int]) -> str:
    """SELECT of the blind days of one source."""
    base = base_of(scope, source)
    no = int(numbers[source])
    if not readable[source] or not readable[base]:
        return _clipped(no, "select school_no, 1 as first, ord_last as last, true as silent from school_clock", readable[source])
    coverage = scope.ruleset.evidence[base].coverage
    if coverage.always:
        return f"select {no}, null, null, null, null where false"
    if coverage.through is not None:
        return _clipped(no, _after(scope, numbers[base], coverage.through))
    limit = int(coverage.silent_after.instructional_days)
    if coverage.per == "school":
        return _clipped(no, _silent_per_school(numbers[base], limit))
    return _clipped(no, _silent_per_source(numbers[base], limit))


def _clipped(source_no: int, stretches: str, confirmable: bool = True) -> str:
    """Blind stretches of a source less the days confirmed complete for it (not of an unreadable one)."""
    first = "greatest(x.first, coalesce(d.ord, 0) + 1)" if confirmable else "x.first"
    return f"""
        select {source_no}, x.school_no, {first}, x.last, x.silent
        from ({stretches}) x join school_clock s on s.school_no = x.school_no
        left join confirmed c on c.source_no = {source_no} and c.school_no = x.school_no
        left join day d on d.class_no = s.class_no and d.date = c.through
        where {first} <= x.last"""


def _after(scope: Scope, base_no: int, through: object) -> str:
    """Days after a fixed date, or after the date of the last record, are pending."""
    last_record = f"coalesce((select date from last_record where source_no = {int(base_no)}), {day(scope.day_range[0])})"
    date = last_record if through == "last_record" else day(through)  # type: ignore[arg-type]
    first, last = (day(d) for d in scope.day_range)
    return f"""select s.school_no, d.ord + 1 as first, s.ord_over as last, false as silent from school_clock s
        join day d on d.class_no = s.class_no and d.date = least(greatest({date}, {first}), {last}) where d.ord < s.ord_over"""


# (school_no, ord): points of life, those after the calendar's end on its last day; the point 0 before the first day and
# the one after the last day that is over close the first and the last stretch
_STRETCHES = """
    select {key}, prev + 1 as first, ord - 1 as last, ord - prev - 1 > {limit} as silent, is_end
    from (select {key}, ord, is_end, lag(ord) over (partition by {key} order by ord, is_end) as prev
          from ({points}))
    where ord - prev - 1 > 0 and (is_end or ord - prev - 1 > {limit})"""


def _silent_per_school(base_no: int, limit: int) -> str:
    points = f"""
        select s.school_no, least(d.ord, s.ord_last) as ord, false as is_end from source_day e join school_clock s on s.school_no = e.school_no
          join day d on d.class_no = s.class_no and d.date = e.date where e.source_no = {int(base_no)} and e.date <= s.last_over and d.ord > 0
        union select c.school_no, least(d.ord, s.ord_last), false from confirmed c join school_clock s on s.school_no = c.school_no
          join day d on d.class_no = s.class_no and d.date = c.through where c.source_no = {int(base_no)} and c.through <= s.last_over and d.ord > 0
        union all select school_no, 0, false from school_clock
        union all select school_no, ord_over + 1, true from school_clock"""
    return f"select school_no, first, last, silent from ({_STRETCHES.format(key='school_no', limit=limit, points=points)})"


def _silent_per_source(base_no: int, limit: int) -> str:
    """As per school, on the days that are instructional for any school; then in the ordinals of each school."""
    everyone = "(select u.class_no, k.last_over, k.ord_over, k.ord_last from subject u join clock_class k using (class_no) where u.subject_kind = 'district')"
    points = f"""
        select 0 as one, least(d.ord, k.ord_last) as ord, false as is_end from
          (select date from source_day where source_no = {int(base_no)}
           union select through from complete c join source_state q on q.source = c.source and q.readable where q.source_no = {int(base_no)}) e,
          {everyone} k join day d on d.class_no = k.class_no and d.date = e.date where e.date <= k.last_over and d.ord > 0
        union select 0, 0, false union all select 0, ord_over + 1, true from {everyone} k"""
    stretches = _STRETCHES.format(key="one", limit=limit, points=points)
    return f"""
        select s.school_no, f.ord - (f.counts)::int + 1 as first, least(l.ord, s.ord_over) as last, x.silent
        from ({stretches}) x, {everyone} k
        join day_of a on a.class_no = k.class_no and a.ord = x.first join day_of b on b.class_no = k.class_no and b.ord = x.last,
        school_clock s
        join day f on f.class_no = s.class_no and f.date = a.date join day l on l.class_no = s.class_no and l.date = b.date
        where f.ord - (f.counts)::int + 1 <= least(l.ord, s.ord_over)"""
