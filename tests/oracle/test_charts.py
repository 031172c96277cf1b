"""Every number of the statistics chapter against a plain reading of it, and the engine's charts against that reading."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from fidelity_engine.model import charts as engine
from oracle import charts

NUMBERS = YAML(typ="safe").load((Path(__file__).parent / "charts.yaml").read_text())
SIDES = {"+": 1, "-": -1, "0": 0}
SETS = {"western_electric": charts.western_electric, "nelson": charts.nelson, "nhs": charts.nhs}
SERIES = st.lists(st.integers(-5, 9), min_size=2, max_size=40)


def as_written(found: float, wanted: float) -> bool:
    """Whether a number is the one given, to the places with which it is given."""
    places = len(str(wanted).partition(".")[2])
    return abs(found - wanted) <= 0.5000001 * 10**-places


@pytest.mark.parametrize(("useful", "limit"), NUMBERS["longest_run"].items())
def test_limit_of_the_longest_run(useful: str, limit: int) -> None:
    """For every number of useful points of the table's ranges, in both readings."""
    first, last = map(int, useful.split("-"))
    for n in range(first, last + 1):
        assert charts.longest_run(n) == engine.longest_run_limit(n) == limit


@pytest.mark.parametrize("case", NUMBERS["chance_of_at_most"], ids=str)
def test_chance_of_few_runs(case: dict[str, Any]) -> None:
    """The exact distribution of the number of runs; it sums to one."""
    chances = [charts.chance_of_runs(r, 5, 5) for r in range(2, 11)]
    assert as_written(sum(chances[: case["runs"] - 1]), case["chance"])
    assert abs(sum(chances) - 1) < 1e-12


@pytest.mark.parametrize(("useful", "limits"), NUMBERS["number_of_runs"].items())
def test_limits_of_the_number_of_runs(useful: int, limits: list[int]) -> None:
    """At most 2.5 % in each tail."""
    assert charts.fewest_and_most_runs(useful) == tuple(limits)


@pytest.mark.parametrize("case", NUMBERS["vectors"], ids=lambda case: case["sides"])
def test_vectors_tell_the_tests_apart(case: dict[str, Any]) -> None:
    """One series, three tests, three answers."""
    useful = [SIDES[side] for side in case["sides"] if side != "0"]
    found = charts.runs(useful)
    assert (len(useful), max(found), len(found) - 1) == (case["useful"], case["longest"], case["crossings"])
    assert charts.longest_run(len(useful)) == case.get("limit", charts.longest_run(len(useful)))
    assert charts.crossings(len(useful)) == case.get("fewest", charts.crossings(len(useful)))
    assert charts.anhoej(useful) == set(case["anhoej"])
    assert (charts.shift(useful), charts.number_of_runs(useful)) == (case["shift"], case["runs"])


@pytest.mark.parametrize("case", NUMBERS["trends"], ids=lambda case: str(case["values"]))
def test_trends(case: dict[str, Any]) -> None:
    """Five with ties skipped, seven or six without."""
    found = {"ihi": charts.trend(case["values"]), "nhs": "trend" in charts.nhs(case["values"]), "nelson": "trend" in charts.nelson(case["values"])}
    assert found == {name: case[name] for name in found}


@pytest.mark.parametrize("case", NUMBERS["individuals"], ids=str)
def test_individuals(case: dict[str, Any]) -> None:
    """Mean, mean moving range, limits of the values and of the ranges."""
    found = dict(zip(("mean", "mean_range", "limits", "range_limit"), charts.individuals(case["values"], case.get("screening", False)), strict=True))
    found["lower"], found["upper"] = found.pop("limits")
    assert all(as_written(found[name], case[name]) for name in found if name in case), found


@pytest.mark.parametrize("case", NUMBERS["attributes"], ids=lambda case: f"{case['chart']} {case['counts'][:4]}")
def test_attribute_charts(case: dict[str, Any]) -> None:
    """Centre, limits that depend on how many, clipped where nothing can lie; and the points outside."""
    counts, of = case["counts"], case.get("of", [1] * len(case["counts"]))
    if case["chart"] == "c":
        centre, limit = charts.c_chart(counts)
        limits = [limit] * len(counts)
    else:
        centre, limits = {"p": charts.p_chart, "u": charts.u_chart}[case["chart"]](counts, of)
    assert as_written(centre, case["centre"])
    for place, (lower, upper) in case["limits"].items():
        assert as_written(limits[place][0], lower)
        assert as_written(limits[place][1], upper)
    outside = [place for place, (low, high) in enumerate(limits) if not low <= counts[place] / of[place] <= high]
    assert outside == case["outside"]


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("case", NUMBERS["rules"], ids=lambda case: case["name"])
def test_sets_of_rules(case: dict[str, Any], name: str) -> None:
    """Which rules of a set signal, and upside down the same ones."""
    assert SETS[name](case["z"]) == SETS[name]([-z for z in case["z"]]) == set(case[name])


@given(SERIES)
def test_the_engine_reads_run_charts_as_the_oracle_does(values: list[int]) -> None:
    """The same parts signal, for any series."""
    chart = engine.anhoej([Fraction(value) for value in values])
    useful = charts.useful_of(values)
    assert list(chart.sides) == useful
    assert {name for name, signals in (("longest", chart.long_run), ("crossings", chart.few_crossings)) if signals} == charts.anhoej(useful)


@given(SERIES, st.booleans())
def test_the_engine_reads_individuals_as_the_oracle_does(values: list[int], screening: bool) -> None:
    """The same mean and limits, for any series."""
    found = engine.individuals([Fraction(value) for value in values], screening)
    mean, mean_range, (lower, upper), range_limit = charts.individuals(values, screening)
    assert found is not None
    for ours, theirs in ((found.mean, mean), (found.mean_range, mean_range), (found.lower, lower), (found.upper, upper), (found.range_limit, range_limit)):
        assert abs(float(ours) - theirs) < 1e-9


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)).map(lambda one: (min(one), one[1])), min_size=1, max_size=30))
def test_the_engine_reads_shares_as_the_oracle_does(points: list[tuple[int, int]]) -> None:
    """The same share over all and the same limits, for any series."""
    found = engine.shares([(Fraction(count), Fraction(of)) for count, of in points])
    centre, limits = charts.p_chart([count for count, _ in points], [of for _, of in points])
    assert found is not None and abs(float(found.centre) - centre) < 1e-9
    for (_, of), (lower, upper) in zip(points, limits, strict=True):
        ours = found.limits(Fraction(of))
        assert abs(float(ours[0]) - lower) < 1e-9 and abs(float(ours[1]) - upper) < 1e-9
