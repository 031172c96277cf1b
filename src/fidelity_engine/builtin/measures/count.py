"""count, total, mean: how many, how much, how much on average."""

from __future__ import annotations

from collections.abc import Sequence

from fidelity_engine.links import Ask
from fidelity_engine.relations import Measured, Tally, measured
from fidelity_engine.where import Column

GROUPED = "{grid} g left join ({inner}) h on h.subject_no = g.subject_no and h.window_no = g.window_no"


def beside(ask: Ask, inner: str) -> str:
    """The grid with what was found per cell, `h`, beside it; cells without events stay."""
    return GROUPED.format(grid=ask.grid, inner=inner)


def tallied(ask: Ask, tally: Tally, whole: bool = False, **columns: str) -> Measured:
    """What `measured` gives for the grid with the sums of each cell's hits beside it."""
    inner = f"select subject_no, window_no, {tally.sums} from ({tally.hits}) group by all"
    rows = measured(beside(ask, inner), whole=whole, **columns)
    rows.tally = tally
    return rows


def count(ask: Ask) -> str:
    """#T .. #T + #U matching events; with `distinct`: different values, see `_distinct`."""
    if ask.parameters.distinct:
        return _distinct(ask)
    return tallied(
        ask, Tally(ask.hits(ask.choice()), "p", "count(*) filter (p) as t, count(*) as tu"), whole=True,
        low_num="coalesce(h.t, 0)", high_num="coalesce(h.tu, 0)", events="coalesce(h.t, 0)",
        unknown="coalesce(h.tu - h.t, 0)",
    )


def _distinct(ask: Ask) -> str:
    """Different known values (or combinations) in T .. plus one for each T with a missing value and each U.

    List fields are taken apart; a missing list counts as if it held one value, an empty one adds nothing.
    """
    choice = ask.choice()
    names = ask.parameters.distinct
    types = [ask.scope.fields[choice.type][n] for n in names]
    known = " and ".join(f"v_{i} is not null" for i in range(len(names)))
    values = ", ".join(f"v_{i}" for i in range(len(names)))
    empty = " or ".join(f"(f_{i} is not null and len(f_{i}) = 0)" for i, c in enumerate(types) if c.type == "list") or "false"
    inner = f"""
        with h as materialized (select * from ({ask.hits(choice, names)})),
        v as ({_taken_apart(types, f"select * from h where p and not ({empty})")}),
        d as (select subject_no, window_no, count(*) as n from
              (select distinct subject_no, window_no, {values} from v where {known}) group by all),
        m as (select subject_no, window_no, count(distinct event_no) as n from v where not ({known}) group by all),
        a as (select subject_no, window_no, count(*) filter (p) as t, count(*) filter (p is null and not ({empty})) as u from h group by all)
        select a.subject_no, a.window_no, a.t, coalesce(d.n, 0) as low, coalesce(m.n, 0) + a.u as more
        from a left join d on d.subject_no = a.subject_no and d.window_no = a.window_no
        left join m on m.subject_no = a.subject_no and m.window_no = a.window_no"""
    return measured(
        beside(ask, inner), whole=True,
        low_num="coalesce(h.low, 0)", high_num="coalesce(h.low + h.more, 0)", events="coalesce(h.t, 0)",
        unknown="coalesce(h.more, 0)",
    )


def _taken_apart(types: Sequence[Column], rows: str) -> str:
    """SELECT of one row per combination of values v_0, v_1, ...; a missing list, or a missing value in it, stays missing.

    List by list: several that one SELECT took apart would be laid side by side, not combined.
    """
    for i, column in enumerate(types):
        if column.type == "list":
            rows = f"select * exclude (f_{i}), unnest(coalesce(f_{i}, [null])) as v_{i} from ({rows})"
    plain = "".join(f", f_{i} as v_{i}" for i, column in enumerate(types) if column.type != "list")
    return f"select *{plain} from ({rows})"


def total(ask: Ask) -> str:
    """Sum over T .. sum over T and U; an event without the number makes the high end unbounded."""
    sums = """count(*) filter (p) as t, coalesce(sum(f_0) filter (p), 0) as low,
        case when count(*) = count(f_0) then sum(f_0) end as high, count(*) filter (p is null or f_0 is null) as unknown"""
    return tallied(
        ask, Tally(ask.hits(ask.choice(), [ask.parameters.field]), "p, f_0", sums),
        low_num="coalesce(h.low, 0)", high_num="case when h.t is null then 0 else h.high end", events="coalesce(h.t, 0)",
        unknown="coalesce(h.unknown, 0)",
    )


def mean(ask: Ask) -> str:
    """Sum over the values of T / their number; fewer than `min_n`: suppressed, and no number leaves the engine."""
    sums = """count(*) filter (p) as t, sum(f_0) filter (p) as total, count(f_0) filter (p) as n,
        count(*) filter (p and f_0 is null) as unknown"""
    least = int(ask.parameters.min_n or ask.scope.ruleset.privacy.min_n)
    enough = f"h.n >= {least}"
    return tallied(
        ask, Tally(ask.hits(ask.choice(), [ask.parameters.field]), "p, f_0", sums),
        low_num=f"case when {enough} then h.total end", low_den=f"case when {enough} then h.n end",
        high_num=f"case when {enough} then h.total end", high_den=f"case when {enough} then h.n end",
        few=f"case when coalesce({enough}, false) then null else 'suppressed' end", events="coalesce(h.t, 0)",
        unknown="coalesce(h.unknown, 0)",
    )
