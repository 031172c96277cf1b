"""What a test reads in a series: a shift for the better, for the worse, or common-cause variation.

The run chart with the rules of Anhøj comes first, over the rates; over the values where most rates are 0 or 1, so that
there is no room in which a change could show. Where so many values lie on the median that too few useful points are
left, the individuals chart (xmr) reads the values. The order is fixed: nobody picks the test that fires.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fidelity_engine.model import charts
from fidelity_engine.model.rule import Rule
from fidelity_engine.views.study.series import Point


@dataclass(frozen=True)
class Reading:
    """`of`: rate or value; `applied`: whether there are enough useful points; `shift`: 1 better, -1 worse, 0 no signal."""

    test: str
    of: str
    centre: Fraction | None
    useful: int
    applied: bool
    signals: bool
    shift: int
    told: str


def read(rule: Rule, points: Sequence[Point]) -> Reading:
    """The reading of one series."""
    rates, means = [one.rate for one in points], [one.mean for one in points]
    since = [one.phase != "before" for one in points]
    of, series = ("value", means) if charts.at_ceiling(rates) and not charts.at_ceiling(means) else ("rate", rates)
    better = 1 if of == "rate" else {"at_least": 1, "at_most": -1}.get(rule.judge.direction, 0)
    found = _run_chart(of, series, since, better)
    return found if found.applied or of == "rate" else _individuals(series, since, better) or found


def _run_chart(of: str, series: Sequence[Fraction | None], since: Sequence[bool], better: int) -> Reading:
    chart = charts.anhoej(series)
    side = sum(chart.side(point) for point, late in zip(series, since, strict=True) if late)
    shift = better * ((side > 0) - (side < 0)) if chart.signals else 0
    parts = [name for name, found in (("longest run", chart.long_run), ("crossings", chart.few_crossings)) if found]
    told = (
        f"{' and '.join(parts) or 'no signal'} in the run chart of the {of}s: longest run {chart.longest} (limit {charts.longest_run_limit(chart.useful)}),"
        f" crossings {chart.crossings} (limit {charts.crossings_limit(chart.useful)}), {chart.useful} useful points (anhoej)"
    ) if chart.applied else f"{chart.useful} useful points, {charts.USEFUL} are needed (anhoej)"
    return Reading("anhoej", of, chart.centre, chart.useful, chart.applied, chart.signals, shift, told)


def _individuals(series: Sequence[Fraction | None], since: Sequence[bool], better: int) -> Reading | None:
    """Points since the start beyond the natural limits; None with fewer than ten points."""
    chart = charts.individuals(series)
    if chart is None or chart.useful < charts.USEFUL:
        return None
    sides = [one.side for one in chart.outside() if since[one.place]]
    side = (sum(sides) > 0) - (sum(sides) < 0)
    trial = ", trial limits" if chart.useful < charts.TRIAL else ""
    limits = f"{_plain(chart.lower)} to {_plain(chart.upper)}"
    lie = "lies" if len(sides) == 1 else "lie"
    what = f"{len(sides)} of the values since the start {lie} beyond the limits" if sides else "no value since the start lies beyond the limits"
    told = f"{what} {limits}, mean {_plain(chart.mean)}, {chart.useful} points (xmr{trial})"
    return Reading("xmr", "value", chart.mean, chart.useful, True, bool(side), better * side, told)


def _plain(number: Fraction) -> str:
    return f"{float(number):.2f}".rstrip("0").rstrip(".")
