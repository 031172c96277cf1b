"""Charts over time, exactly: the run chart with the rules of Anhøj, individuals (XmR), and shares (p).

Points are fractions, so that a point on the centre line is on it; None is a gap: a window of which nothing is known.
Definitions and numbers: Anhøj & Olesen 2014, PLoS ONE 9(11):e113825; Shewhart's constants 2.66 and 3.267.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, pairwise
from math import comb
from statistics import median

Points = Sequence[Fraction | None]
Share = tuple[Fraction, Fraction]
"""How many, of how many."""

USEFUL = 10
"""A test over fewer useful points says nothing."""
TRIAL = 12
"""Limits of fewer points are called trial limits."""
LIMIT = Fraction(266, 100)
RANGE_LIMIT = Fraction(3267, 1000)


@dataclass(frozen=True)
class Outside:
    """A point beyond a limit: its place in the series, the point, the limit, and -1 below or 1 above."""

    place: int
    point: Fraction
    limit: Decimal
    side: int


# --- the run chart ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RunChart:
    """What the run chart shows. With fewer than ten useful points no part of the test signals."""

    centre: Fraction | None
    sides: tuple[int, ...]                       # of the useful points: 1 above the centre line, -1 below
    longest: int
    crossings: int

    def side(self, point: Fraction | None) -> int:
        """1 above the centre line, -1 below, 0 on it or missing."""
        if point is None or self.centre is None or point == self.centre:
            return 0
        return 1 if point > self.centre else -1

    @property
    def useful(self) -> int:
        """How many points are neither missing nor on the centre line."""
        return len(self.sides)

    @property
    def applied(self) -> bool:
        """Whether there are enough useful points for the test."""
        return self.useful >= USEFUL

    @property
    def long_run(self) -> bool:
        """The first part of the test: a run longer than chance allows."""
        return self.applied and self.longest > longest_run_limit(self.useful)

    @property
    def few_crossings(self) -> bool:
        """The second part of the test: the line is crossed more seldom than chance allows."""
        return self.applied and self.crossings < crossings_limit(self.useful)

    @property
    def signals(self) -> bool:
        """Whether either part signals."""
        return self.long_run or self.few_crossings


def anhoej(points: Points) -> RunChart:
    """The run chart of a series around its median."""
    known = [point for point in points if point is not None]
    centre = median(known) if known else None
    sides = tuple(1 if point > centre else -1 for point in known if point != centre)  # type: ignore[operator]
    runs = [len(list(run)) for _, run in groupby(sides)]
    return RunChart(centre, sides, max(runs, default=0), max(len(runs) - 1, 0))


def longest_run_limit(useful: int) -> int:
    """round(log2(n)) + 3: a longer run signals. In whole numbers: log2(n) rounds up where n² reaches 2^(2r-1)."""
    return (useful * useful).bit_length() // 2 + 3


def crossings_limit(useful: int) -> int:
    """qbinom(0.05, n - 1, 0.5): fewer crossings signal."""
    tosses, sum_to, k = useful - 1, 1, 0
    while sum_to * 20 < 2**tosses:
        k += 1
        sum_to += comb(tosses, k)
    return k


# --- individuals --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Individuals:
    """Mean, mean moving range, and the points beyond mean ± 2.66 x mean moving range."""

    points: tuple[Fraction | None, ...]
    mean: Fraction
    mean_range: Fraction

    @property
    def useful(self) -> int:
        """How many points are not missing."""
        return sum(point is not None for point in self.points)

    @property
    def upper(self) -> Fraction:
        """The upper natural limit."""
        return self.mean + LIMIT * self.mean_range

    @property
    def lower(self) -> Fraction:
        """The lower natural limit."""
        return self.mean - LIMIT * self.mean_range

    @property
    def range_limit(self) -> Fraction:
        """The limit of the moving ranges."""
        return RANGE_LIMIT * self.mean_range

    def outside(self) -> list[Outside]:
        """The points beyond the limits, in order."""
        found = []
        for place, point in enumerate(self.points):
            if point is not None and not self.lower <= point <= self.upper:
                side = 1 if point > self.upper else -1
                found.append(Outside(place, point, decimal(self.upper if side > 0 else self.lower), side))
        return found


def individuals(points: Points, screening: bool = False) -> Individuals | None:
    """The chart of single values; None without two neighbouring points. No moving range spans a gap.

    `screening`: moving ranges above 3.267 x their mean are left out, once, and the mean is taken again.
    """
    known = [point for point in points if point is not None]
    ranges = [abs(b - a) for a, b in pairwise(points) if a is not None and b is not None]
    if not ranges:
        return None
    mean_range = _mean(ranges)
    if screening:
        mean_range = _mean([one for one in ranges if one <= RANGE_LIMIT * mean_range])
    return Individuals(tuple(points), _mean(known), mean_range)


def _mean(values: Sequence[Fraction]) -> Fraction:
    return Fraction(sum(values), len(values))


# --- shares -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shares:
    """The share over all, and the points beyond p ± 3 sqrt(p (1 - p) / n)."""

    shares: tuple[Share | None, ...]
    centre: Fraction

    @property
    def useful(self) -> int:
        """How many points are not missing."""
        return sum(share is not None for share in self.shares)

    def limits(self, of: Fraction) -> tuple[Decimal, Decimal]:
        """Lower and upper limit for a point with this denominator, inside 0..1."""
        width = 3 * decimal(self.centre * (1 - self.centre) / of).sqrt()
        return max(Decimal(0), decimal(self.centre) - width), min(Decimal(1), decimal(self.centre) + width)

    def outside(self) -> list[Outside]:
        """The points beyond their limits, in order; compared as squares, so without a root."""
        found = []
        for place, share in enumerate(self.shares):
            if share is None:
                continue
            count, of = share
            away = Fraction(count, of) - self.centre
            if away * away * of > 9 * self.centre * (1 - self.centre):
                side = 1 if away > 0 else -1
                found.append(Outside(place, Fraction(count, of), self.limits(of)[side > 0], side))
        return found


def shares(points: Sequence[Share | None]) -> Shares | None:
    """The chart of shares; None where nothing was counted."""
    of = sum((share[1] for share in points if share is not None), Fraction(0))
    if not of:
        return None
    return Shares(tuple(points), sum((share[0] for share in points if share is not None), Fraction(0)) / of)


def decimal(value: Fraction) -> Decimal:
    """A fraction as people read it."""
    return Decimal(value.numerator) / Decimal(value.denominator)


# --- what no test can read ----------------------------------------------------------------------------------------------


def at_ceiling(points: Points) -> bool:
    """More than half the points are at 0 or at 1: there is no room in which a change could show."""
    known = [point for point in points if point is not None]
    return 2 * sum(point in (0, 1) for point in known) > len(known)
