"""The charts and tests of the statistics chapter as plain loops, nothing shared with the engine.

The engine offers three of them (`anhoej`, `xmr`, `p`), which it is compared with. The others are here for authors of plugins:
their published numbers are tests of this reading. Rules for limits take the series as distances from the centre line in sigmas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import comb, floor, log2, sqrt
from statistics import mean, median

Series = Sequence[float]
Limits = tuple[float, float]
TAIL = 0.025
UP, DOWN = 1, -1

# --- runs around the centre line ------------------------------------------------------------------------------------------


def sides(values: Series, centre: float) -> list[int]:
    """1 above, -1 below, of the points that are not on the line."""
    return [UP if value > centre else DOWN for value in values if value != centre]


def runs(useful: Sequence[int]) -> list[int]:
    """Lengths of the runs on one side."""
    found: list[int] = []
    for number, side in enumerate(useful):
        if number and useful[number - 1] == side:
            found[-1] += 1
        else:
            found.append(1)
    return found


def anhoej(useful: Sequence[int]) -> set[str]:
    """The parts of the run chart test that signal; none with fewer than ten useful points."""
    n, found = len(useful), runs(useful)
    if n < 10:
        return set()
    longest = max(found) > longest_run(n)
    crossed = len(found) - 1 < crossings(n)
    return {name for name, signals in (("longest", longest), ("crossings", crossed)) if signals}


def longest_run(n: int) -> int:
    """round(log2(n)) + 3."""
    return floor(log2(n) + 0.5) + 3


def crossings(n: int) -> int:
    """The smallest k with P(X <= k) >= 0.05 of n - 1 tosses of a coin."""
    return next(k for k in range(n) if sum(comb(n - 1, i) for i in range(k + 1)) / 2 ** (n - 1) >= 0.05)


def shift(useful: Sequence[int]) -> bool:
    """IHI: six or more useful points in a row on one side."""
    return max(runs(useful), default=0) >= 6


def trend(values: Series) -> bool:
    """IHI: five or more points all going up or all going down, equal neighbours skipped."""
    kept = [value for number, value in enumerate(values) if not number or values[number - 1] != value]
    return longest_slope(kept) >= 5


def longest_slope(values: Series) -> int:
    """The most points in a row that all rise or all fall; a tie ends both."""
    best = length = min(len(values), 1)
    before = 0
    for a, b in pairwise(values):
        way = (b > a) - (b < a)
        length = (length + 1 if way == before else 2) if way else 1
        best, before = max(best, length), way
    return best


def chance_of_runs(r: int, n1: int, n2: int) -> float:
    """P(R = r) with n1 points above and n2 below, in any order."""
    k = r // 2
    even, odd = 2 * comb(n1 - 1, k - 1) * comb(n2 - 1, k - 1), comb(n1 - 1, k) * comb(n2 - 1, k - 1) + comb(n1 - 1, k - 1) * comb(n2 - 1, k)
    return (odd if r % 2 else even) / comb(n1 + n2, n1)


def fewest_and_most_runs(n: int) -> tuple[int, int]:
    """IHI: fewer or more runs than these are a signal: at most 2.5 % in each tail, half the points above and half below."""
    chances = [chance_of_runs(r, n // 2, n - n // 2) if r >= 2 else 0.0 for r in range(n + 2)]
    fewest = next(r for r in range(n + 2) if sum(chances[: r + 1]) > TAIL)
    most = next(r for r in range(n + 1, 0, -1) if sum(chances[r:]) > TAIL)
    return fewest, most


def number_of_runs(useful: Sequence[int]) -> str | None:
    """IHI: too few or too many runs; None where neither, or with fewer than ten useful points."""
    if len(useful) < 10:
        return None
    fewest, most = fewest_and_most_runs(len(useful))
    found = len(runs(useful))
    return "too few" if found < fewest else "too many" if found > most else None


# --- limits ---------------------------------------------------------------------------------------------------------------


def individuals(values: Series, screening: bool = False) -> tuple[float, float, Limits, float]:
    """Mean, mean moving range, natural limits, and the limit of the moving ranges."""
    ranges = [abs(b - a) for a, b in pairwise(values)]
    average = mean(ranges)
    if screening:
        average = mean([one for one in ranges if one <= 3.267 * average])
    return mean(values), average, (mean(values) - 2.66 * average, mean(values) + 2.66 * average), 3.267 * average


def p_chart(counts: Series, of: Series) -> tuple[float, list[Limits]]:
    """The share over all, and the limits of each point inside 0..1."""
    p = sum(counts) / sum(of)
    return p, [(max(0.0, p - 3 * sqrt(p * (1 - p) / n)), min(1.0, p + 3 * sqrt(p * (1 - p) / n))) for n in of]


def u_chart(counts: Series, of: Series) -> tuple[float, list[Limits]]:
    """The rate over all, and the limits of each point, not below 0."""
    u = sum(counts) / sum(of)
    return u, [(max(0.0, u - 3 * sqrt(u / n)), u + 3 * sqrt(u / n)) for n in of]


def c_chart(counts: Series) -> tuple[float, Limits]:
    """The mean count, and its limits, not below 0."""
    c = mean(counts)
    return c, (max(0.0, c - 3 * sqrt(c)), c + 3 * sqrt(c))


# --- rules for points between limits ------------------------------------------------------------------------------------------


def any_window(values: Series, size: int, fits: Callable[[Series], bool]) -> bool:
    """Whether some stretch of so many points fits."""
    return any(fits(values[start : start + size]) for start in range(len(values) - size + 1))


def of_so_many(values: Series, wanted: int, size: int, beyond: float, upto: float = float("inf")) -> bool:
    """Whether so many of so many points in a row lie beyond a distance on the same side (and not beyond `upto`)."""
    return any(any_window(values, size, lambda part: sum(beyond < way * z <= upto for z in part) >= wanted) for way in (UP, DOWN))  # noqa: B023


def one_side(values: Series, size: int) -> bool:
    """Whether so many points in a row lie on one side; one on the line breaks it."""
    return any_window(values, size, lambda part: all(z > 0 for z in part) or all(z < 0 for z in part))


def western_electric(values: Series) -> set[str]:
    """The rules of Western Electric that signal."""
    return _named(beyond=any(abs(z) > 3 for z in values), two_of_three=of_so_many(values, 2, 3, 2), four_of_five=of_so_many(values, 4, 5, 1),
                  one_side=one_side(values, 8))  # fmt: skip


def nelson(values: Series) -> set[str]:
    """The rules of Nelson that signal."""
    steps = [b - a for a, b in pairwise(values)]
    return _named(
        beyond=any(abs(z) > 3 for z in values), one_side=one_side(values, 9), trend=longest_slope(values) >= 6,
        alternating=any_window(steps, 13, lambda part: all(a * b < 0 for a, b in pairwise(part))),
        two_of_three=of_so_many(values, 2, 3, 2), four_of_five=of_so_many(values, 4, 5, 1),
        close=any_window(values, 15, lambda part: all(abs(z) < 1 for z in part)),
        none_close=any_window(values, 8, lambda part: all(abs(z) > 1 for z in part)),
    )  # fmt: skip


def nhs(values: Series) -> set[str]:
    """The rules of the NHS that signal; the outer third ends at the limit."""
    return _named(beyond=any(abs(z) > 3 for z in values), trend=longest_slope(values) >= 7, two_of_three=of_so_many(values, 2, 3, 2, 3),
                  one_side=one_side(values, 7))  # fmt: skip


def _named(**found: bool) -> set[str]:
    return {name for name, signals in found.items() if signals}


def useful_of(values: Series) -> list[int]:
    """The sides of a series around its own median."""
    return sides(values, median(values)) if values else []
