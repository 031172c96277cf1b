"""The charts give every number of their definitions: limits, oracles, and the vectors that tell tests apart."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from fidelity_engine.model.charts import anhoej, at_ceiling, crossings_limit, individuals, longest_run_limit, shares

NUMBERS = YAML(typ="safe").load((Path(__file__).parent / "charts.yaml").read_text())
SIDES = {"+": Fraction(1), "-": Fraction(-1), "0": Fraction(0), "?": None}


def points(values: list[Any]) -> list[Fraction | None]:
    """Numbers as they are written, without binary fractions in between."""
    return [None if value is None else Fraction(str(value)) for value in values]


def as_written(found: Any, wanted: float) -> bool:
    """Whether a number is the one given, to the places with which it is given."""
    places = len(str(wanted).partition(".")[2])
    return abs(float(found) - wanted) <= 0.5000001 * 10**-places


@pytest.mark.parametrize(("useful", "limit"), NUMBERS["longest_run"].items())
def test_limit_of_the_longest_run(useful: int, limit: int) -> None:
    """round(log2(n)) + 3, as the table has it."""
    assert longest_run_limit(useful) == limit


@pytest.mark.parametrize(("useful", "limit"), NUMBERS["crossings"].items())
def test_limit_of_the_crossings(useful: int, limit: int) -> None:
    """The 5 % quantile of the binomial distribution, as the table has it."""
    assert crossings_limit(useful) == limit


@pytest.mark.parametrize("case", NUMBERS["run_charts"], ids=lambda case: case["sides"] or "empty")
def test_vectors_of_the_run_chart(case: dict[str, Any]) -> None:
    """Runs and crossings of points given by their side of the centre line; a series with as many above as below."""
    series = [SIDES[side] for side in case["sides"]]
    above, below = series.count(Fraction(1)), series.count(Fraction(-1))
    padding = [Fraction(0)] * (1 + abs(above - below))     # keeps the median on the line without a useful point
    chart = anhoej([*series, *padding])
    assert (chart.useful, chart.longest, chart.crossings) == (case["useful"], case["longest"], case["crossings"])
    assert (chart.long_run, chart.few_crossings) == ("longest" in case["parts"], "crossings" in case["parts"])
    assert chart.signals == bool(case["parts"])
    assert [chart.side(point) for point in series] == [{"+": 1, "-": -1}.get(side, 0) for side in case["sides"]]


@pytest.mark.parametrize("case", NUMBERS["series"], ids=str)
def test_points_on_the_median_are_not_useful(case: dict[str, Any]) -> None:
    """They neither break nor extend a run, and missing points do not either."""
    chart = anhoej(points(case["values"]))
    assert (chart.centre, chart.useful, chart.longest, chart.crossings) == (
        case["centre"], case["useful"], case["longest"], case["crossings"])


@pytest.mark.parametrize("case", NUMBERS["individuals"], ids=str)
def test_oracles_of_the_individuals_chart(case: dict[str, Any]) -> None:
    """Mean, mean moving range and limits, screened where asked for."""
    chart = individuals(points(case["values"]), case.get("screening", False))
    assert chart is not None
    for name in ("mean", "mean_range", "upper", "lower"):
        assert as_written(getattr(chart, name), case[name]), name
    assert [one.place for one in chart.outside()] == case["outside"]


def test_screening_looks_at_the_limit_of_the_ranges() -> None:
    """The two ranges beside the ten are above 3.267 x the mean moving range, the others are not."""
    case = NUMBERS["individuals"][0]
    chart = individuals(points(case["values"]))
    assert chart is not None
    assert chart.range_limit == Fraction(3267, 1000) * Fraction(32, 17)
    assert 1 < chart.range_limit < 8


@pytest.mark.parametrize("case", NUMBERS["shares"], ids=lambda case: str(case["centre"]))
def test_oracles_of_the_chart_of_shares(case: dict[str, Any]) -> None:
    """The share over all, limits that depend on the denominator, and the points beyond them."""
    chart = shares([None if one is None else (Fraction(one[0]), Fraction(one[1])) for one in case["points"]])
    assert chart is not None
    assert as_written(chart.centre, case["centre"])
    for of, (lower, upper) in case["limits"].items():
        found = chart.limits(Fraction(of))
        assert as_written(found[0], lower)
        assert as_written(found[1], upper)
    assert [one.place for one in chart.outside()] == case["outside"]


def test_nothing_to_draw() -> None:
    """Without two neighbours there is no moving range, without a denominator no share."""
    assert individuals(points([1, None, 2])) is None
    assert shares([None]) is None


@pytest.mark.parametrize("case", NUMBERS["ceiling"], ids=str)
def test_points_at_the_ends_of_the_scale(case: dict[str, Any]) -> None:
    """More than half at 0 or at 1; gaps are no points."""
    assert at_ceiling(points(case["values"])) is case["at"]


@given(st.lists(st.integers(0, 6), max_size=40))
def test_upside_down_the_test_says_the_same(values: list[int]) -> None:
    """Runs and crossings stay, the sides turn."""
    up, down = anhoej([Fraction(v) for v in values]), anhoej([Fraction(-v) for v in values])
    assert (up.longest, up.crossings, up.useful) == (down.longest, down.crossings, down.useful)
    assert up.sides == tuple(-side for side in down.sides)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40), st.integers(0, 40))
def test_a_gap_changes_no_run_chart(values: list[int], place: int) -> None:
    """A window without data is no point."""
    series: list[Fraction | None] = [Fraction(v) for v in values]
    assert anhoej(series) == anhoej([*series[:place], None, *series[place:]])
