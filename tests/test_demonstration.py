"""The demonstration of chapter 1: four teams without a meeting, four different answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine import Engine

RULES = Path(__file__).parent.parent / "docs" / "demonstration" / "rules.yaml"
WEEK = "2025-11-10"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.from_file(RULES)


@pytest.fixture(scope="module")
def result(engine: Engine) -> Iterator[Any]:
    with engine.evaluate() as found:
        yield found


def cells(result: Any, week: str) -> dict[str, dict[str, Any]]:
    """Team → its cell in the week that begins on this Monday."""
    return {row["subject"]: row for row in result.verdicts.rows() if str(row["window_start"]) == week}


def test_a_live_feed_means_missed(result: Any) -> None:
    """Team A's school is alive, so that its empty week did not happen."""
    assert cells(result, WEEK)["a"]["verdict"] == "missed"


def test_a_dead_feed_means_no_data(result: Any) -> None:
    """Team B's school sends nothing: one finding about the source, none about the team."""
    cell = cells(result, WEEK)["b"]
    assert (cell["verdict"], cell["reason"].split(":")[0]) == ("no_data", "silent")
    about_b = [f for f in result.findings if f.school == "beta"]
    assert [f.about for f in about_b] == ["source"]


def test_a_holiday_and_a_team_not_yet_formed_mean_no_cell(result: Any) -> None:
    """Nothing was expected of team C on holiday, nor of team D before it was formed."""
    assert {"c", "d"}.isdisjoint(cells(result, WEEK))
    assert "d" in cells(result, "2025-11-17")


def test_a_short_week_needs_less(result: Any) -> None:
    """Team E met once in a two-day week, and the target was scaled to one."""
    cell = cells(result, "2025-11-24")["e"]
    assert (cell["verdict"], cell["days"], cell["required"]) == ("met", 2, "1")


@pytest.mark.parametrize(("as_of", "verdict", "code"), [
    ("2025-10-10", "open", "awaiting_evidence"), ("2025-10-17", "no_data", "silent"),
])
def test_nobody_is_accused_while_a_feed_dies(engine: Engine, as_of: str, verdict: str, code: str) -> None:
    """In the week in which B's feed died its cell waits for evidence, and then has no data."""
    with engine.evaluate(as_of=as_of) as result:
        cell = cells(result, "2025-10-06")["b"]
        assert (cell["verdict"], cell["reason"].split(":")[0]) == (verdict, code)
        assert not [f for f in result.findings if f.subject == "b"]
