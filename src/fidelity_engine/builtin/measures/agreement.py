"""agreement: do two raters say the same of the same thing.

Two events with one value of `pair` and two values of `rater` are a pair; each field of `ratings` is compared, and all
fields and pairs of the cell are taken together. What was rated once, by more than two, or twice by the same person is
no pair. A rating that is missing, or may not belong here, could be the same or not: it widens `exact`; kappa leaves it
out and counts it. Kappa is undefined, so nothing to measure, where chance alone would agree on everything. The rater
whose id comes first is the first one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import groupby
from typing import Any

from fidelity_engine.builtin.measures.count import beside
from fidelity_engine.builtin.measures.stored import stored
from fidelity_engine.links import Ask
from fidelity_engine.model.agreement import kappa, percent_exact
from fidelity_engine.relations import measured

NUMBER = "decimal(38,6)"
COLUMNS = {"subject_no": "integer", "window_no": "integer", "low": NUMBER, "high": NUMBER, "den": NUMBER, "pairs": "integer",
           "unknown": "integer", "note": "varchar"}
UNDEFINED = "kappa is undefined: chance alone would agree on everything"


def agreement(ask: Ask) -> str:
    """The share of equal ratings, or Cohen's kappa."""
    rows = ask.scope.db.rows(f"select * from ({rated(ask)}) order by subject_no, window_no", ask.bound.values)
    ask.bound.values.clear()
    cells = [_row(ask.parameters.statistic, key, list(rest)) for key, rest in groupby(rows, key=lambda row: row[:2])]
    least = int(ask.parameters.min_pairs)
    return measured(
        beside(ask, f"select * from {stored(ask, COLUMNS, cells)}"),
        low_num="h.low", low_den="h.den", high_num="h.high", high_den="h.den", nothing="h.low is null", note="h.note",
        few=f"case when h.pairs < {least} then 'too_few' end", events="coalesce(h.pairs, 0)", unknown="coalesce(h.unknown, 0)",
    )


def rated(ask: Ask) -> str:
    """(subject_no, window_no, one, other, known, n): what both raters said, and how often; not known: a side is missing."""
    p = ask.parameters
    hits = ask.hits(ask.choice(), [p.pair, p.rater, *p.ratings])
    ratings = " union all ".join(
        f"select subject_no, window_no, {number} as item, f_0 as pair, f_1 as rater, f_{number + 2}::varchar as said, p from h"
        for number in range(len(p.ratings))
    )
    return f"""
        with h as materialized (select * from ({hits}) where f_0 is not null and f_1 is not null
            window pairs as (partition by subject_no, window_no, f_0)
            qualify count(*) over pairs = 2 and min(f_1) over pairs <> max(f_1) over pairs),
        pair as (select subject_no, window_no, pair, item, first(said order by rater) as one, last(said order by rater) as other,
            count(*) filter (p and said is not null) = 2 as known from ({ratings}) group by all)
        select subject_no, window_no, one, other, known, count(*) as n from pair group by all"""


def _row(statistic: str, key: tuple[int, int], counts: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Low and high with their denominator; without them where there is nothing to say."""
    known: Counter[tuple[Hashable, Hashable]] = Counter({(one, other): n for _, _, one, other, sure, n in counts if sure})
    unknown, pairs = sum(n for *_, sure, n in counts if not sure), sum(known.values())
    if statistic == "kappa":
        found = kappa(known)
        if found is None:
            return (*key, None, None, None, pairs, unknown, UNDEFINED if pairs else None)
        return (*key, found.numerator, found.numerator, found.denominator, pairs, unknown, None)
    same = int((percent_exact(known) or 0) * pairs)
    return (*key, same, same + unknown, pairs + unknown, pairs, unknown, None)
