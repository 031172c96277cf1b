"""Do two raters say the same: percent exact, and Cohen's kappa, which takes off what chance alone would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from fractions import Fraction

Ratings = Mapping[tuple[Hashable, Hashable], int]
"""(what the first rater said, what the second said) → how often."""


def percent_exact(ratings: Ratings) -> Fraction | None:
    """The share of the ratings that are the same; None where there is none."""
    of = sum(ratings.values())
    return Fraction(_same(ratings), of) if of else None


def kappa(ratings: Ratings) -> Fraction | None:
    """(observed - by chance) / (1 - by chance); None, not 1 and not 0, where chance alone would agree on everything."""
    of = sum(ratings.values())
    first: Counter[Hashable] = Counter()
    second: Counter[Hashable] = Counter()
    for (one, other), times in ratings.items():
        first[one] += times
        second[other] += times
    by_chance = sum(times * second[said] for said, times in first.items())
    if of * of == by_chance:
        return None
    return Fraction(_same(ratings) * of - by_chance, of * of - by_chance)


def _same(ratings: Ratings) -> int:
    return sum(times for (one, other), times in ratings.items() if one == other)
