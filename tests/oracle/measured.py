"""What a measure says of a cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from oracle.filters import Truth


@dataclass(frozen=True)
class End:
    """One end of the range: a fraction of two numbers, or a number over 1."""

    numerator: Fraction
    denominator: Fraction = Fraction(1)
    empty: Fraction = Fraction(0)  # what an empty denominator gives

    @property
    def number(self) -> Fraction:
        return self.numerator / self.denominator if self.denominator else self.empty


@dataclass
class Measured:
    """`low .. high`; high None: unbounded. `nothing`: nothing to measure; `few`: too few to say anything."""

    low: End | None = None
    high: End | None = None
    is_share: bool = False  # or a mean: shown with numerator and denominator
    nothing: bool = False
    few: str | None = None
    value: End | None = None  # where it is neither end (rollup)
    events: int | None = None
    stretch: tuple[date, date] | None = None  # the dates that coverage looks at
    doubt: str = "unknown_fields"
    waiting: bool = False  # a closed child is still open
    at_risk: list[date] = field(default_factory=list)  # due dates of triggers that wait for an answer


def plain_range(low: Fraction | int, high: Fraction | int | None, events: int) -> Measured:
    """Counts and sums."""
    return Measured(End(Fraction(low)), None if high is None else End(Fraction(high)), events=events)


def share_range(sure: list[tuple[Truth, Fraction]], unsure: list[tuple[Truth, Fraction]]) -> tuple[End, End] | None:
    """'For `having` over T: a true, b false, c unknown; over U: d, e, f. a / (a+b+c+e+f) .. (a+c+d+f) / (a+b+c+d+f); an
    empty denominator gives 0 and 1; all six 0: nothing to measure.' Each truth comes with its weight."""
    a, b, c = (sum((w for t, w in sure if t is truth), Fraction(0)) for truth in (True, False, None))
    d, e, f = (sum((w for t, w in unsure if t is truth), Fraction(0)) for truth in (True, False, None))
    if not any((a, b, c, d, e, f)):
        return None
    return End(a, a + b + c + e + f), End(a + c + d + f, a + b + c + d + f, Fraction(1))
