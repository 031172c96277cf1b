"""recency and gap: how many days without a matching event.

Both count dates on which the subject is active: with `unit: instructional_days` as a difference of *active
ordinals* (an ordinal, clamped to each span of the subject), with `unit: days` as the same of plain dates.
"""

from __future__ import annotations

from fidelity_engine.builtin.measures.count import beside
from fidelity_engine.db import day
from fidelity_engine.links import Ask, linked
from fidelity_engine.relations import measured


def _clamped(unit: str, at: str) -> str:
    """Active days of a span `a` up to a point: an ordinal, or a date, clamped to the span."""
    if unit == "days":
        return f"(greatest(least({at}, a.until_date), a.from_date - 1) - (a.from_date - 1))"
    return f"(greatest(least({at}, a.hi), a.lo) - a.lo)"


def _limits(ask: Ask) -> str:
    """The grid with `upto`, the last day that is counted: closes_on, or the last day that is over."""
    return f"""select g.*, least(g.closes_on, k.last_over) as upto_date, least(g.ord_close, k.ord_over) as upto_ord, k.ord_start
        from {ask.grid} g join clock_class k on k.class_no = g.class_no"""


def _dates(ask: Ask, since: str) -> str:
    """(subject_no, date, ord, p) of the dates with a matching event; p true where one is sure."""
    scope = ask.scope
    choice = ask.choice()
    return f"""select h.subject_no, h.date, d.ord, bool_or(coalesce(h.p, false)) as p, count(*) filter (p) as t
        from ({linked(scope, choice, ask.rule.expect.of, ask.bound)}) h
        join day d on d.class_no = h.class_no and d.date = h.date where h.date >= {since} group by all"""


def recency(ask: Ask) -> str:
    """Counted days after the last event up to `closes_on`; before any event since the first active day. U .. T only."""
    start = day(ask.scope.start)
    unit = ask.parameters.unit
    at = {"days": ("upto_date", "tu.date", "t.date", f"({start} - 1)"), "instructional_days": ("upto_ord", "tu.ord", "t.ord", "ord_start")}
    upto, last_tu, last_t, never = at[unit]
    inner = f"""
        with e as materialized ({_dates(ask, start)}), g as materialized ({_limits(ask)}),
        seen as (select g.*, coalesce({last_tu}, {never}) as since_tu, coalesce({last_t}, {never}) as since_t,
            coalesce(tu.ord, ord_start) as after_ord
          from g asof left join (select * from e) tu on tu.subject_no = g.subject_no and tu.date <= g.window_end
          asof left join (select * from e where p) t on t.subject_no = g.subject_no and t.date <= g.window_end),
        n as (select s.subject_no, s.window_no, any_value(s.after_ord) as after_ord, any_value(s.upto_ord) as upto_ord,
            sum(greatest(0, {_clamped(unit, f"s.{upto}")} - {_clamped(unit, "s.since_tu")})) as low,
            sum(greatest(0, {_clamped(unit, f"s.{upto}")} - {_clamped(unit, "s.since_t")})) as high
          from seen s join active a on a.subject_no = s.subject_no group by s.subject_no, s.window_no),
        c as (select g.subject_no, g.window_no, sum(e.t) as t from g join e on e.subject_no = g.subject_no and e.date <= g.window_end group by all)
        select n.*, coalesce(c.t, 0) as t from n left join c on c.subject_no = n.subject_no and c.window_no = n.window_no"""
    return measured(
        beside(ask, inner), whole=True, low_num="h.low", high_num="h.high", events="h.t", unknown="case when h.low < h.high then 1 else 0 end",
        after_ord="h.after_ord", until_ord="h.upto_ord",
    )


def gap(ask: Ask) -> str:
    """The longest number of counted days between neighbouring events or edges of the stretch. T and U .. T only."""
    unit = ask.parameters.unit
    inner = f"""
        with g as materialized (select l.*, {ask.stretch().replace("g.", "l.")} as stretch_start from ({_limits(ask)}) l),
        e as materialized ({_dates(ask, day(ask.scope.day_range[0]))}),
        edge as (select g.*, coalesce(d.ord, 0) as ord_edge from g
          left join day d on d.class_no = g.class_no and d.date = g.stretch_start - 1),
        hit as (select g.subject_no, g.window_no, e.date, e.ord, e.p, e.t, d.counts from edge g join e on e.subject_no = g.subject_no
          and e.date between g.stretch_start and g.window_end
          join day d on d.class_no = g.class_no and d.date = e.date),
        longest as ({_longest(unit, _ways(ask))}),
        c as (select subject_no, window_no, sum(t) as t from hit group by all)
        select l.*, coalesce(c.t, 0) as t from longest l left join c on c.subject_no = l.subject_no and c.window_no = l.window_no"""
    return measured(
        beside(ask, inner), whole=True, low_num="h.low", high_num="h.high", events="h.t", unknown="case when h.low < h.high then 1 else 0 end",
    )


def _ways(ask: Ask) -> str:
    """The list of ways to look at the hits: all of them (false), and the sure ones alone (true) where that may differ."""
    both = "[false, true]"
    return both if ask.scope.is_small else f"(case when (select coalesce(bool_and(p), true) from e) then [false] else {both} end)"


def _longest(unit: str, ways: str) -> str:
    """The longest stretch between neighbouring points per cell: the edges, and the dates of all hits (`low`) or of sure ones (`high`)."""
    # a gap begins after a point (`at`) and ends before the next one (`before`)
    at, before, edge, upto = (
        ("date", "date - 1", "stretch_start - 1", "upto_date") if unit == "days"
        else ("ord", "ord - counts::int", "ord_edge", "upto_ord")
    )
    clamp = _clamped(unit, "least({}, p.upto)")
    return f"""
        select subject_no, window_no, max(n) filter (not sure) as low, coalesce(max(n) filter (sure), low) as high from (
          select p.sure, p.subject_no, p.window_no, p.point, p.ends, sum(greatest(0, {clamp.format("p.ends")} - {clamp.format("p.point")})) as n
          from (select sure, subject_no, window_no, upto, point,
                  coalesce(lead(before) over (partition by sure, subject_no, window_no order by point, before), upto) as ends
                from (select unnest({ways}) as sure, subject_no, window_no, {edge} as point, {edge} as before, {upto} as upto from edge
                      union all select unnest(case when x.p then {ways} else [false] end), x.subject_no, x.window_no, x.{at}, x.{before}, g.{upto}
                      from hit x join edge g on g.subject_no = x.subject_no and g.window_no = x.window_no)) p
          join active a on a.subject_no = p.subject_no group by p.sure, p.subject_no, p.window_no, p.point, p.ends)
        group by all"""
