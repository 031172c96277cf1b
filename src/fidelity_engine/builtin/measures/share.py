"""share: for which part of the matching events `having` holds."""

from __future__ import annotations

from fidelity_engine.builtin.measures.count import beside
from fidelity_engine.links import Ask
from fidelity_engine.relations import measured

CELLS = {
    "a": "p and holds", "b": "p and not holds", "c": "p and holds is null",
    "d": "p is null and holds", "e": "p is null and not holds", "f": "p is null and holds is null",
}
"""The six groups of chapter 4: T with having true, false, unknown (a b c), U likewise (d e f)."""
COUNTED = f"""{', '.join(f'count(*) filter ({group}) as {name}' for name, group in CELLS.items())},
    count(*) filter (p) as t, count(*) filter (p is null or holds is null) as unknown"""


def ends(ask: Ask, inner: str, **more: str) -> str:
    """a / (a+b+c+e+f) .. (a+c+d+f) / (a+b+c+d+f); an empty denominator gives 0 and 1; all six 0: nothing to measure."""
    source = f"""select *, a + b + c + e + f as low_den, a + c + d + f as high_num, a + b + c + d + f as high_den, a + b + c + d + e + f > 0 as some
        from ({inner})"""
    worse = "high_den" if ask.rule.judge.direction == "at_most" else "low_den"
    least = int(getattr(ask.parameters, "min_events", None) or 0)
    return measured(
        beside(ask, source), whole=getattr(ask.parameters, "field", None) is None,
        low_num="case when h.some then h.a end",
        low_den="case when h.some then case when h.low_den = 0 then 1 else h.low_den end end",
        high_num="case when h.some then case when h.high_den = 0 then 1 else h.high_num end end",
        high_den="case when h.some then case when h.high_den = 0 then 1 else h.high_den end end",
        # an empty denominator is shown as 0 of 0; the ends that judge compares are 0 / 1 and 1 / 1
        value_num=f"case when h.some and h.{worse} = 0 then 0 end", value_den=f"case when h.some and h.{worse} = 0 then 0 end",
        nothing="not coalesce(h.some, false)",
        few=f"case when h.some and h.t < {least} then 'too_few' end",
        events="coalesce(h.t, 0)", unknown="coalesce(h.unknown, 0)",
        **more,
    )


def share(ask: Ask) -> str:
    """Share of matching events, or of their weight `field`, for which `having` holds."""
    choice = ask.choice(holds=ask.parameters.having)
    if ask.parameters.field is None:
        return ends(ask, f"select subject_no, window_no, {COUNTED} from ({ask.hits(choice)}) group by all")
    return ends(ask, _weighted(ask.hits(choice, [ask.parameters.field])), times="h.times")


def _weighted(hits: str) -> str:
    """Weights in place of counts. An event without weight has unknown `having` and the mean weight of the others.

    So that nothing is rounded, all weights of a cell that lacks some are multiplied by the number of known ones: then the
    mean weight is their sum. Where none is known, each event weighs 1.
    """
    weighed = ", ".join(f"coalesce(sum(f_0) filter ({group}), 0) as {name}" for name, group in CELLS.items())
    more = {"c": " + lacking * each", "f": " + maybe_lacking * each"}
    multiplied = ", ".join(f"{name} * times{more.get(name, '')} as {name}" for name in CELLS)
    return f"""
        with x as (select subject_no, window_no, {weighed}, count(f_0) as n, sum(f_0) as total, count(*) filter (p and f_0 is null) as lacking,
            count(*) filter (p is null and f_0 is null) as maybe_lacking, count(*) filter (p) as t,
            count(*) filter (p is null or holds is null or f_0 is null) as unknown from ({hits}) group by all),
        w as (select *, case when lacking + maybe_lacking > 0 and n > 0 then n else 1 end as times, case when n = 0 then 1 else total end as each from x)
        select subject_no, window_no, {multiplied}, t, unknown, times from w"""
