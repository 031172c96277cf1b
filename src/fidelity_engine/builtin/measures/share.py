"""share: for which part of the matching events `having` holds."""

from __future__ import annotations

from fidelity_engine.builtin.measures.count import beside
from fidelity_engine.links import Ask
from fidelity_engine.relations import measured

# the six sums of chapter 4: T with having true, false, unknown (a b c), U likewise (d e f), of weight `w`
SIX = """sum(w) filter (p and holds) as a, sum(w) filter (p and not holds) as b, sum(w) filter (p and holds is null) as c,
    sum(w) filter (p is null and holds) as d, sum(w) filter (p is null and not holds) as e,
    sum(w) filter (p is null and holds is null) as f, count(*) filter (p) as t, count(*) filter (p is null or holds is null) as unknown"""


def ends(ask: Ask, inner: str, **more: str) -> str:
    """a / (a+b+c+e+f) .. (a+c+d+f) / (a+b+c+d+f); an empty denominator gives 0 and 1; all six 0: nothing to measure."""
    source = f"select subject_no, window_no, t, unknown, {', '.join(f'coalesce({x}, 0) as {x}' for x in 'abcdef')}{_rest(more)} from ({inner})"
    low_den, high_den = "(h.a + h.b + h.c + h.e + h.f)", "(h.a + h.b + h.c + h.d + h.f)"
    worse = high_den if ask.rule.judge.direction == "at_most" else low_den
    measurable = "coalesce(h.a + h.b + h.c + h.d + h.e + h.f, 0) > 0"
    least = int(getattr(ask.parameters, "min_events", None) or 0)
    return measured(
        beside(ask, source), whole=getattr(ask.parameters, "field", None) is None,
        low_num=f"case when {measurable} then h.a end",
        low_den=f"case when not {measurable} then null when {low_den} = 0 then 1 else {low_den} end",
        high_num=f"case when not {measurable} then null when {high_den} = 0 then 1 else h.a + h.c + h.d + h.f end",
        high_den=f"case when not {measurable} then null when {high_den} = 0 then 1 else {high_den} end",
        # an empty denominator is shown as 0 of 0; the ends that judge compares are 0 / 1 and 1 / 1
        value_num=f"case when {measurable} and {worse} = 0 then 0 end", value_den=f"case when {measurable} and {worse} = 0 then 0 end",
        nothing=f"not {measurable}",
        few=f"case when {measurable} and h.t < {least} then 'too_few' end",
        events="coalesce(h.t, 0)", unknown="coalesce(h.unknown, 0)",
        **more,
    )


def _rest(more: dict[str, str]) -> str:
    return "".join(f", {expression.removeprefix('h.')}" for expression in more.values() if expression.startswith("h."))


def share(ask: Ask) -> str:
    """Share of matching events, or of their weight `field`, for which `having` holds."""
    choice = ask.choice(holds=ask.parameters.having)
    if ask.parameters.field is None:
        inner = f"select subject_no, window_no, {SIX} from (select *, 1 as w from ({ask.hits(choice)})) group by all"
        return ends(ask, inner)
    return ends(ask, _weighted(ask.hits(choice, [ask.parameters.field])), times="h.times")


def _weighted(hits: str) -> str:
    """Weights in place of counts. An event without weight has unknown `having` and the mean weight of the others.

    So that nothing is rounded, all weights of a cell that lacks some are multiplied by the number of known ones.
    """
    return f"""
        with h as (select *, count(f_0) over cell as n, sum(f_0) over cell as total, count(*) over cell as m
                   from ({hits}) window cell as (partition by subject_no, window_no)),
        x as (select subject_no, window_no, p, case when f_0 is not null then holds end as holds,
                case when f_0 is null and n = 0 then 1 when f_0 is null then total when m > n and n > 0 then f_0 * n else f_0 end as w,
                case when m > n and n > 0 then n else 1 end as times
              from h)
        select subject_no, window_no, {SIX}, max(times) as times from x group by all"""
