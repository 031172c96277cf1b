"""A study tells a change from chance, says with which numbers, and proposes; people decide."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ruamel.yaml import YAML

from fidelity_engine.model.cycle import Cycle
from fidelity_engine.page import Page
from fidelity_engine.views.study import Series, propose, study
from fidelity_engine.views.study.page import study_page
from fidelity_engine.views.study.reading import read
from fidelity_engine.views.study.series import Point

from ...stages.adjust.conftest import evaluate as evaluate
from ...stages.adjust.conftest import weeks

CASES = YAML(typ="safe").load((Path(__file__).parent / "study.yaml").read_text())
FIRST = date(2025, 9, 1)
START = date(2025, 11, 10)


def cycle(**more: Any) -> Cycle:
    """A cycle for g3 that starts in the eleventh week."""
    said = {
        "id": "three", "aim": {"for": {"subject": ["g3"]}, "reach": Decimal("0.8"), "by": "2026-01-15"}, "prediction": "It helps.",
        "measures": [{"rule": "meets", "role": "outcome"}], "start": str(START), "end": "2026-01-16", "stage": "study",
    }  # fmt: skip
    return Cycle.model_validate(said | more)


class Told:
    """A rule as far as a reading needs it."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.judge = type("Judge", (), {"direction": "at_least"})()


def series(role: str, rates: list[Any], values: list[Any]) -> Series:
    """A series of one measure: met of ten per week and a value, from the first week on."""
    points = tuple(
        Point(FIRST + timedelta(7 * n), "before" if FIRST + timedelta(7 * n) < START else "during", met, 10, 0, Fraction(str(value)), 1)
        for n, (met, value) in enumerate(zip(rates, values, strict=True))
    )
    rule: Any = Told(role)
    watched: Any = type("Watched", (), {"role": role, "rule": role})()
    return Series(watched, rule, "Lincoln", points, read(rule, points))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_proposals(case: dict[str, Any]) -> None:
    """From weekly rates of the outcome (and of other measures) to adopt, adapt, abandon or nothing yet."""
    every = [series(role, case[role], case.get(f"{role}_values", case[role])) for role in ("outcome", "process", "balancing") if role in case]
    proposal, reason = propose(cycle(), every, ())
    assert proposal == case["proposal"], reason
    for words in case["because"]:
        assert words in reason


def test_the_whole_way_from_meetings_to_a_proposal(evaluate: Any) -> None:
    """Two meetings a week until the start, three since: the page shows both groups, the chart and the proposal."""
    events = weeks("g3", [2] * 10 + [3] * 8) + weeks("g4", [3, 2] * 9)
    result = evaluate(date(2026, 1, 2), events)
    found = study(cycle(), result)
    assert [(one.group, one.share("before"), one.share("during")) for one in found.series] == [
        ("Lincoln", (0, 10), (8, 8)), ("all others", (5, 10), (4, 8)),
    ]
    assert (found.series[0].mean("before"), found.series[0].mean("during")) == (2, 3)
    assert found.proposal == "adopt"
    text = "".join(study_page(found, Page(100), date(2026, 1, 2)))
    assert "before 0 % of 10 cells, mean value 2; during 100 % of 8 cells, mean value 3." in text
    assert "Predicted: It helps." in text
    assert "common-cause variation" in text.lower()
    assert "Proposed: adopt. 100 % of 8 cells met since the start, the aim is 80 %" in text


def test_one_school_that_gets_worse_outweighs_one_that_gets_better() -> None:
    """What helps here and harms there is not adopted."""
    better, worse = [2] * 5 + [3] * 5 + [8, 9] * 4, [8, 9] * 5 + [2, 3] * 4
    proposal, reason = propose(cycle(), [series("outcome", rates, rates) for rates in (better, worse)], ())
    assert proposal == "abandon" and "for the worse" in reason


@pytest.mark.parametrize(("on", "proposal"), [(None, "adapt"), (date(2025, 12, 1), "abandon")])
def test_a_change_that_was_carried_out_late_was_tried(on: date | None, proposal: str) -> None:
    """Only one that nobody carried out leaves nothing that could be judged."""
    change: Any = SimpleNamespace(adjustment_id="a-1", carried_out=SimpleNamespace(verdict="missed", on=on))
    found, reason = propose(cycle(), [series("outcome", chance := [3, 5, 4, 6] * 4, chance)], (change,))
    assert found == proposal and ("(a-1)" in reason) == (on is None)


def test_what_is_contested_is_not_counted(evaluate: Any) -> None:
    """The weeks of a finding that rests are in no share, nor is the one that ended it."""
    events, day = weeks("g3", [2] * 10 + [3] * 8) + weeks("g4", [3] * 18), date(2026, 1, 2)
    (finding,) = evaluate(day, events).findings
    found = study(cycle(), evaluate(day, events, [("2025-12-29", finding.finding_id, "dispute", "")])).series[0]
    assert (found.share("before"), found.share("during")) == ((0, 0), (7, 7))


def test_the_last_day_of_doing_is_a_day_of_doing(evaluate: Any) -> None:
    """A week that begins on the cycle's last day is one of doing, the next is one after."""
    (found, _) = study(cycle(end="2025-12-15"), evaluate(date(2026, 1, 2), weeks("g3", [3] * 18) + weeks("g4", [3] * 18))).series
    assert [found.share(phase) for phase in ("before", "during", "after")] == [(10, 10), (6, 6), (2, 2)]


def test_no_data_while_doing(evaluate: Any) -> None:
    """Nothing could be judged since the start: nothing is proposed, and the reason says so."""
    found = study(cycle(), evaluate(date(2025, 11, 8), weeks("g3", [2] * 10) + weeks("g4", [3] * 10)))
    assert (found.proposal, found.reason.partition(":")[0]) == (None, "there is no data while doing")


def test_what_came_after_is_no_data_while_doing(evaluate: Any) -> None:
    """A cycle of which nothing was seen while doing is not judged by the weeks after it, nor by the year that follows."""
    result = evaluate(date(2026, 1, 2), weeks("g3", [2] * 18) + weeks("g4", [3] * 18))
    found = study(cycle(start="2025-08-01", end="2025-08-29"), result)
    assert found.series[0].share("after")[1] and found.proposal is None
    assert found.reason == "there is no data while doing: not one cell of the outcome could be judged from 2025-08-01 to 2025-08-29"


def test_the_page_is_ascii_where_it_must_be(evaluate: Any) -> None:
    """Bars of number signs where the terminal knows nothing else."""
    found = study(cycle(), evaluate(date(2026, 1, 2), weeks("g3", [2] * 10 + [3] * 8) + weeks("g4", [3] * 18)))
    page = "".join(study_page(found, Page(80, unicode=False), date(2026, 1, 2)))
    assert page.isascii() and "#" in page
