"""Expect: roster × school calendar × rule gives the grid, one cell per rule, subject and window.

Nothing here has seen an event. Days are counted with ordinals (`day.ord`), so that a cell's `days` is a subtraction:
`active` holds per subject and span the ordinals between which it is active, a window table per `each` the ordinals
of its windows per calendar class.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fidelity_engine import relations
from fidelity_engine.db import day, text
from fidelity_engine.model.rule import Each, Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.expect.who import filtered
from fidelity_engine.where import Bound
from fidelity_engine.windows import counted_spans, window_table, windows


def prepare(scope: Scope) -> None:
    """The relations that every grid starts from: `clock_class`, `day_of`, and `active`, the spans of subjects of the rules' kinds."""
    scope.db.run("""insert into day by name
        select class_no, min(date) - 1 as date, false as instructional, false as counts, 0 as ord from day group by class_no""")
    first, last = scope.day_range = scope.db.rows("select min(date), max(date) from day")[0]
    start, end = day(scope.start), day(scope.end)
    scope.db.run(f"""
        create {scope.db.shared} table clock_class as
        select c.class_no, c.last_over, c.usual_week, least(o.ord, e.ord) as ord_over, e.ord as ord_last,
          s.ord as ord_start, least(f.ord, e.ord) as ord_end
        from calendar_class c
        join day o on o.class_no = c.class_no and o.date = least(greatest(c.last_over, {day(first)}), {day(last)})
        join day e on e.class_no = c.class_no and e.date = least(greatest(c.ends_on, {day(first)}), {day(last)})
        join day s on s.class_no = c.class_no and s.date = greatest({start} - 1, {day(first)})
        join day f on f.class_no = c.class_no and f.date = {end}""")
    scope.db.run("create table day_of as select class_no, ord, date from day where counts")
    kinds = ", ".join(sorted({text(rule.expect.of) for rule in scope.ruleset.rules})) or "null"
    scope.db.run(f"""
        create {scope.db.shared} table active as
        select s.subject_no, u.subject_kind, u.class_no, u.school_no, s.from_date, s.until_date,
          a.ord as lo, b.ord as hi
        from span s join (select subject_no, subject_kind, class_no, school_no from subject where subject_kind in ({kinds})) u using (subject_no)
        join day a on a.class_no = u.class_no and a.date = least(greatest(s.from_date - 1, {day(first)}), {day(last)})
        join day b on b.class_no = u.class_no and b.date = least(greatest(s.until_date, {day(first)}), {day(last)})""")


def window_relation(scope: Scope, each: Each) -> str:
    """Name of the relation of windows per calendar class that have begun: their dates and ordinals. Made once."""
    relation = window_table(each)
    if relation not in scope.made:
        scope.made.add(relation)
        rows, bound = window_rows(scope, {relation: each})
        scope.db.run(f"create {scope.db.shared} table {relation} as select * exclude (relation) from ({rows})", bound)
    return relation


def window_rows(scope: Scope, wanted: Mapping[str, Each]) -> tuple[str, dict[str, Any]]:
    """SELECT of the windows of several relations, each under the name of its `relation`, with the values it binds."""
    listed = [(name, *window) for name, each in wanted.items() if each.unit != "term" for window in windows(each, scope.start, scope.end)]
    parts = [_terms(scope, name) for name, each in wanted.items() if each.unit == "term"]
    if listed:
        parts.append("""select w.relation, class_no, w.window_no, w.window_start, w.window_end from clock_class,
            (select unnest($names) as relation, unnest($numbers::int[]) as window_no, unnest($starts::date[]) as window_start,
               unnest($ends::date[]) as window_end) w""")
    bound = dict(zip(("names", "numbers", "starts", "ends"), map(list, zip(*listed, strict=True)), strict=True)) if listed else {}
    return f"""
        select w.*, least(coalesce(a.ord, 0), c.ord_last) as ord0, least(b.ord, c.ord_last) as ord1, c.ord_over
        from ({" union all ".join(parts)}) w join clock_class c using (class_no)
        left join day a on a.class_no = w.class_no and a.date = w.window_start - 1
        join day b on b.class_no = w.class_no and b.date = w.window_end
        where w.window_start <= {day(scope.as_of_date)}""", bound


def _terms(scope: Scope, relation: str) -> str:
    """SELECT of the terms of each calendar class as windows."""
    return f"""select {text(relation)} as relation, class_no,
        (row_number() over (partition by class_no order by from_date, until_date) - 1)::int as window_no,
        greatest(from_date, {day(scope.start)}) as window_start, least(until_date, {day(scope.end)}) as window_end
        from term where from_date <= {day(scope.end)} and until_date >= {day(scope.start)}"""


def create_counted(scope: Scope, starts_after: int) -> None:
    """Create the view of active spans whose first days do not count, once."""
    relation = counted_spans(starts_after)
    if relation not in scope.made:
        scope.made.add(relation)
        scope.db.run(f"create {scope.db.shared} view {relation} as {_counted(starts_after)}")


def grid_key(rule: Rule) -> tuple[object, ...]:
    """Rules with the same key expect the same cells."""
    expect = rule.expect
    return (expect.of, expect.each, expect.where, expect.start, expect.end, expect.starts_after, expect.skip_below,
            rule.judge.grace)


def expect(scope: Scope, rule: Rule, relation: str) -> None:
    """Create `relation`: the grid of one rule, with the columns of `relations.GRID`."""
    bound = Bound()
    window = window_relation(scope, rule.expect.each)
    create_counted(scope, int(rule.expect.starts_after))
    inner = _cells(scope, rule, window)
    if rule.expect.where is not None:
        inner = filtered(scope, rule, inner, bound)
    scope.db.run(f"create {scope.db.shared} table {relation} as {inner}", bound.values)
    check_once(scope, relation)


def check_once(scope: Scope, relation: str) -> None:
    """Assert the columns of one grid: all are made alike."""
    if "grid" not in scope.made:
        scope.made.add("grid")
        relations.check(scope.db, relation, relations.GRID)


def _cells(scope: Scope, rule: Rule, window: str) -> str:
    """The cells of all subjects of the kind, before `where`."""
    return cells(spans_of(scope, rule, window), str(int(rule.expect.skip_below)), str(int(rule.judge.grace)))


def spans_of(scope: Scope, rule: Rule, window: str) -> str:
    """The `spans` of `cells` for one rule: active spans of the subjects of its kind × its windows, with their condition."""
    limits = [f"a.subject_kind = {text(rule.expect.of)}"]
    if rule.expect.start:
        limits.append(f"w.window_start >= {day(rule.expect.start)}")
    if rule.expect.end:
        limits.append(f"w.window_start <= {day(rule.expect.end)}")
    since = scope.since.get(grid_key(rule))
    later = "" if since is None else f"""join carried_since n on n.school_no = coalesce(a.school_no, 0) and n.key_no = {since}
        and n.since <= w.window_end"""
    return f"{counted_spans(rule.expect.starts_after)} a join {window} w on w.class_no = a.class_no {later} where {' and '.join(limits)}"


def cells(spans: str, skip_below: str, grace: str, key: str = "") -> str:
    """The columns of `relations.GRID` for `spans`: active spans `a` × windows `w`, with their condition.

    `key`: columns of the spans that tell grids apart, each with a comma behind it; they come first.
    """
    keys = "".join(f"c.{column}, " for column in key.split(", ") if column)
    return f"""
        with piece as (
          select {key}a.subject_no, a.class_no, a.school_no, w.window_no, w.window_start, w.window_end, w.ord0, w.ord_over,
            greatest(w.ord0, a.counted) as first, least(w.ord1, a.hi) as last
          from {spans} and least(w.ord1, a.hi) > greatest(w.ord0, a.counted)),
        cell as (
          select {key}subject_no, class_no, school_no, window_no, window_start, window_end, ord0,
            sum(last - first)::int as days, sum(greatest(0, last - greatest(first, ord_over)))::int as days_left,
            max(last) as ord_close
          from piece group by all)
        select {keys}c.subject_no, c.window_no, c.window_start, c.window_end, c.days, c.days_left,
          x.date as closes_on, y.date as due, y.date <= k.last_over as closed, c.days < {skip_below} as short,
          c.class_no, c.school_no, c.ord0, c.ord_close, k.ord_over
        from cell c join clock_class k on k.class_no = c.class_no
        join day_of x on x.class_no = c.class_no and x.ord = c.ord_close
        join day_of y on y.class_no = c.class_no and y.ord = c.ord_close + {grace}"""


def _counted(starts_after: int) -> str:
    """`active` with `counted`: the ordinal after which days count, once the first N active days of the period are past."""
    if not starts_after:
        return "select *, lo as counted from active"
    return f"""
        select s.*, base + least(greatest({int(starts_after)} - coalesce(sum(held) over earlier, 0), 0), held) as counted
        from (select a.*, greatest(a.lo, k.ord_start) as base, greatest(least(a.hi, k.ord_end) - greatest(a.lo, k.ord_start), 0) as held
              from active a join clock_class k using (class_no)) s
        window earlier as (partition by subject_no order by from_date rows between unbounded preceding and 1 preceding)"""
