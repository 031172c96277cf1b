"""score: what an inventory adds up to, as a share of the most that it can.

Each matching event is one form. Forms that share `administration` are one administration of several raters, whose
points are averaged; with fewer forms than `raters` it does not count. The cell's score is that of the newest
administration in its stretch, or the weakest of the newest `in_a_row`: one is as new as its last form; of two that are
equally new the one counts whose key, or else whose form's id, stands later in the alphabet.

An item without points, or with points that no item can have, is anything from nothing to the maximum (`missing: zero`:
nothing). Where a form may or may not belong here (its `where` or link is unknown), the cell is undecided.
"""

from __future__ import annotations

from math import lcm
from typing import Any

from fidelity_engine.builtin.measures.count import beside
from fidelity_engine.links import Ask
from fidelity_engine.relations import measured

OWN = 2
"""So many columns of a form stand before its items: start and id."""


def score(ask: Ask) -> str:
    """Share of the maximum, over all items or of the weakest subscale."""
    p = ask.parameters
    hits = ask.hits(ask.choice(), ["start", "id", *p.items, *([p.administration] if p.administration else [])])
    shared = f"f_{OWN + len(p.items)}::varchar" if p.administration else "null"
    accepted = "true" if p.missing_at_most is None else f"lacking <= {int(p.missing_at_most)}"
    inner = f"""
        with form as (select subject_no, window_no, f_0 as start, p, coalesce({shared}, 'form ' || event_no) as administration, coalesce({shared}, f_1) as key,
            {_lacking(p)} as lacking, {_points(p)} from ({hits})),
        held as (select subject_no, window_no, administration, max(start) as start, max(key) as key, {_weakest(p)}, count(*) * {_most(p)} as den
          from form where p and {accepted} group by all having count(*) >= {int(p.raters)}),
        newest as (select * from held
          qualify row_number() over (partition by subject_no, window_no order by start desc, key desc, administration desc) <= {int(p.in_a_row)}),
        ends as (select subject_no, window_no, count(*) as n, {_worst("low")}, {_worst("high")} from newest group by all),
        seen as (select subject_no, window_no, count(*) filter (p) as t, count(*) filter (p is null) as u,
            count(*) filter (p is null or lacking > 0) as unknown from form group by all)
        select s.*, coalesce(e.n, 0) as n, e.low, e.high from seen s left join ends e on e.subject_no = s.subject_no and e.window_no = s.window_no"""
    enough = f"coalesce(h.n, 0) >= {int(p.in_a_row)}"
    told = f"'only ' || h.n || ' of {int(p.in_a_row)} administrations with {int(p.raters)} or more forms each'"
    return measured(
        beside(ask, inner),
        low_num=f"case when {enough} then h.low.num end", low_den=f"case when {enough} then h.low.den end",
        high_num=f"case when {enough} then h.high.num end", high_den=f"case when {enough} then h.high.den end",
        nothing="coalesce(h.t, 0) = 0", few=f"case when {enough} then null else 'too_few' end", note=f"case when not {enough} then {told} end",
        undecided="coalesce(h.u, 0) > 0", events="coalesce(h.t, 0)", unknown="coalesce(h.unknown, 0)",
    )


def _valid(p: Any, item: str) -> str:
    """An item's points; missing where no item can have them."""
    column = f"f_{OWN + p.items.index(item)}"
    return f"case when {column} between 0 and {p.maximum:f} then {column} end"


def _lacking(p: Any) -> str:
    return " + ".join(f"(({_valid(p, item)}) is null)::integer" for item in p.items)


def _times(p: Any, scale: tuple[str, ...]) -> int:
    """What a subscale's points are multiplied by, so that all have one denominator and nothing is rounded."""
    return lcm(*(len(one) for one in p.scales)) // len(scale)


def _most(p: Any) -> str:
    return f"({p.maximum:f}::decimal(18,6) * {lcm(*(len(one) for one in p.scales))})"


def _points(p: Any) -> str:
    """low_0, high_0, ...: the points of each scale, missing items at their worst and at their best."""
    best = "0" if p.missing == "zero" else f"{p.maximum:f}"
    columns = []
    for number, scale in enumerate(p.scales):
        for end, instead in (("low", "0"), ("high", best)):
            points = " + ".join(f"coalesce({_valid(p, item)}, {instead})::decimal(18,6)" for item in scale)
            columns.append(f"{_times(p, scale)} * ({points}) as {end}_{number}")
    return ", ".join(columns)


def _weakest(p: Any) -> str:
    """low, high: the points of the weakest scale, over all forms of the administration."""
    numbers = range(len(p.scales))
    ends = [f"least({', '.join(f'sum({end}_{number})' for number in numbers)}) as {end}" for end in ("low", "high")]
    return ", ".join(ends)


def _worst(end: str) -> str:
    """The smallest fraction, exactly: only the order is found in floating point, which tells such fractions apart."""
    return f"min_by({{'num': {end}, 'den': den}}, {end}::double / den::double) as {end}"
