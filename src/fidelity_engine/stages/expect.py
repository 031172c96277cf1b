"""Expect: roster × school calendar × rule gives the grid, one cell per rule, subject and window.

Nothing here has seen an event. Days are counted with ordinals (`day.ord`), so that a cell's `days` is a subtraction:
`active` holds per subject and span the ordinals between which it is active, a window table per `each` the ordinals
of its windows per calendar class.
"""

from __future__ import annotations

from fidelity_engine import relations
from fidelity_engine.db import day, name, text
from fidelity_engine.model.rule import Each, Rule
from fidelity_engine.scope import Scope
from fidelity_engine.where import Bound, fields, sql
from fidelity_engine.windows import counted_spans, window_table, windows


def prepare(scope: Scope) -> None:
    """The relations that every grid starts from: `clock_class`, `day_of`, `active`."""
    scope.db.run("""insert into day by name
        select class_no, min(date) - 1 as date, false as instructional, false as counts, 0 as ord from day group by class_no""")
    first, last = scope.day_range = scope.db.rows("select min(date), max(date) from day")[0]
    start, end = day(scope.start), day(scope.end)
    scope.db.run(f"""
        create temp table clock_class as
        select c.class_no, c.last_over, c.usual_week, least(o.ord, e.ord) as ord_over, e.ord as ord_last,
          s.ord as ord_start, least(f.ord, e.ord) as ord_end
        from calendar_class c
        join day o on o.class_no = c.class_no and o.date = least(greatest(c.last_over, {day(first)}), {day(last)})
        join day e on e.class_no = c.class_no and e.date = least(greatest(c.ends_on, {day(first)}), {day(last)})
        join day s on s.class_no = c.class_no and s.date = greatest({start} - 1, {day(first)})
        join day f on f.class_no = c.class_no and f.date = {end}""")
    scope.db.run("create temp table day_of as select class_no, ord, date from day where counts")
    scope.db.run(f"""
        create temp table active as
        select s.subject_no, u.subject_kind, u.class_no, u.school_no, s.from_date, s.until_date,
          a.ord as lo, b.ord as hi
        from span s join subject u using (subject_no)
        join day a on a.class_no = u.class_no and a.date = least(greatest(s.from_date - 1, {day(first)}), {day(last)})
        join day b on b.class_no = u.class_no and b.date = least(greatest(s.until_date, {day(first)}), {day(last)})""")


def window_relation(scope: Scope, each: Each) -> str:
    """Name of the relation of windows per calendar class that have begun: their dates and ordinals. Made once."""
    relation = window_table(each)
    if relation in scope.made:
        return relation
    scope.made.add(relation)
    if each.unit == "term":
        bound = {}
        rows = f"""select class_no, (row_number() over (partition by class_no order by from_date, until_date) - 1)::int as window_no,
            greatest(from_date, {day(scope.start)}) as window_start, least(until_date, {day(scope.end)}) as window_end
            from term where from_date <= {day(scope.end)} and until_date >= {day(scope.start)}"""
    else:
        numbers, starts, ends = zip(*windows(each, scope.start, scope.end), strict=True)
        bound = {"numbers": list(numbers), "starts": list(starts), "ends": list(ends)}
        rows = """select class_no, w.* from clock_class, (select unnest($numbers::int[]) as window_no,
            unnest($starts::date[]) as window_start, unnest($ends::date[]) as window_end) w"""
    scope.db.run(
        f"""create temp table {relation} as
        select w.*, least(coalesce(a.ord, 0), c.ord_last) as ord0, least(b.ord, c.ord_last) as ord1, c.ord_over
        from ({rows}) w join clock_class c using (class_no)
        left join day a on a.class_no = w.class_no and a.date = w.window_start - 1
        join day b on b.class_no = w.class_no and b.date = w.window_end
        where w.window_start <= {day(scope.as_of_date)}""",
        bound,
    )
    return relation


def grid_key(rule: Rule) -> tuple[object, ...]:
    """Rules with the same key expect the same cells."""
    expect = rule.expect
    return (expect.of, expect.each, expect.where, expect.start, expect.end, expect.starts_after, expect.skip_below,
            rule.judge.grace)


def expect(scope: Scope, rule: Rule, relation: str) -> None:
    """Create `relation`: the grid of one rule, with the columns of `relations.GRID`."""
    bound = Bound()
    window = window_relation(scope, rule.expect.each)
    starts_after = int(rule.expect.starts_after)
    scope.db.run(f"create temp view if not exists {counted_spans(starts_after)} as {_counted(starts_after)}")
    inner = _cells(scope, rule, window, bound)
    if rule.expect.where is not None:
        inner = _filtered(scope, rule, inner, bound)
    scope.db.run(f"create temp table {relation} as {inner}", bound.values)
    if __debug__ and "grid" not in scope.made:
        scope.made.add("grid")      # they are all made alike
        relations.check(scope.db, relation, relations.GRID)


def _cells(scope: Scope, rule: Rule, window: str, bound: Bound) -> str:
    """The cells of all subjects of the kind, before `where`."""
    limits = [f"a.subject_kind = {text(rule.expect.of)}"]
    if rule.expect.start:
        limits.append(f"w.window_start >= {day(rule.expect.start)}")
    if rule.expect.end:
        limits.append(f"w.window_start <= {day(rule.expect.end)}")
    return f"""
        with piece as (
          select a.subject_no, a.class_no, a.school_no, w.window_no, w.window_start, w.window_end, w.ord0, w.ord_over,
            greatest(w.ord0, a.counted) as first, least(w.ord1, a.hi) as last
          from {counted_spans(rule.expect.starts_after)} a join {window} w on w.class_no = a.class_no
          where {" and ".join(limits)} and least(w.ord1, a.hi) > greatest(w.ord0, a.counted)),
        cell as (
          select subject_no, class_no, school_no, window_no, window_start, window_end, ord0,
            sum(last - first)::int as days, sum(greatest(0, last - greatest(first, ord_over)))::int as days_left,
            max(last) as ord_close
          from piece group by all)
        select c.subject_no, c.window_no, c.window_start, c.window_end, c.days, c.days_left,
          x.date as closes_on, y.date as due, y.date <= k.last_over as closed, c.days < {int(rule.expect.skip_below)} as short,
          c.class_no, c.school_no, c.ord0, c.ord_close, k.ord_over
        from cell c join clock_class k on k.class_no = c.class_no
        join day_of x on x.class_no = c.class_no and x.ord = c.ord_close
        join day_of y on y.class_no = c.class_no and y.ord = c.ord_close + {int(rule.judge.grace)}"""


def _counted(starts_after: int) -> str:
    """`active` with `counted`: the ordinal after which days count, once the first N active days of the period are past."""
    if not starts_after:
        return "select *, lo as counted from active"
    return f"""
        select s.*, base + least(greatest({int(starts_after)} - coalesce(sum(held) over earlier, 0), 0), held) as counted
        from (select a.*, greatest(a.lo, k.ord_start) as base, greatest(least(a.hi, k.ord_end) - greatest(a.lo, k.ord_start), 0) as held
              from active a join clock_class k using (class_no)) s
        window earlier as (partition by subject_no order by from_date rows between unbounded preceding and 1 preceding)"""


# --- who is meant: filters over the subject's attributes --------------------------------------------------------------


def _filtered(scope: Scope, rule: Rule, cells: str, bound: Bound) -> str:
    """Only cells whose subject satisfies `expect.where` on the cell's last counted day."""
    of, node = rule.expect.of, rule.expect.where
    condition = sql(node, scope.attributes[of], bound)
    dated = {"members", "staff_roles"} & fields(node)
    if of != "staff" and not dated:
        return f"""select g.* from ({cells}) g
            where g.subject_no in (select t.subject_no from attribute_{of} t where {condition})"""
    return f"""
        with g as ({cells}), t as ({_attributes_on(scope, of, dated)})
        select g.* from g join t on t.subject_no = g.subject_no and t.window_no = g.window_no where {condition}"""


def _attributes_on(scope: Scope, of: str, dated: set[str]) -> str:
    """Attributes of the subjects of `g` per cell, as they are on `closes_on`."""
    columns, joins = "", ""
    if "members" in dated:
        columns += ", coalesce(n.members, 0) as members" if scope.has_staff else ", null::bigint as members"
        joins += """ left join (select g.subject_no, g.window_no, count(distinct m.staff_no) as members from g join member m
            on m.subject_no = g.subject_no and g.closes_on between m.from_date and m.until_date group by all) n using (subject_no, window_no)"""
    if "staff_roles" in dated:
        columns += ", coalesce(r.staff_roles, [])" if scope.has_staff else ", null::varchar[]"
        columns += " as staff_roles"
        joins += """ left join (select g.subject_no, g.window_no, list(distinct role) as staff_roles from g join member m
            on m.subject_no = g.subject_no and g.closes_on between m.from_date and m.until_date
            join (select staff_no, from_date, until_date, unnest(roles) as role from assignment) s
            on s.staff_no = m.staff_no and g.closes_on between s.from_date and s.until_date
            group by all) r using (subject_no, window_no)"""
    return f"select b.*{columns} from ({_own_attributes(scope, of)}) b{joins}"


def _own_attributes(scope: Scope, of: str) -> str:
    """The roster's columns; a person's rows valid on that day are united: lists joined, of other values the first."""
    if of == "district":
        return "select subject_no, window_no from g"
    on = "a.subject_no = g.subject_no"
    if of != "staff":
        return f"select g.window_no, a.* from g join attribute_{of} a on {on}"
    own = {c: t for c, t in scope.db.columns("attribute_staff").items() if c not in ("subject_no", "from_date", "until_date")}
    united = ", ".join(
        f"list_distinct(flatten(list(a.{name(c)}))) as {name(c)}" if t.endswith("[]") else f"min(a.{name(c)}) as {name(c)}"
        for c, t in own.items()
    )
    return f"""select g.subject_no, g.window_no, {united} from g join attribute_staff a
        on {on} and g.closes_on between a.from_date and a.until_date group by all"""
