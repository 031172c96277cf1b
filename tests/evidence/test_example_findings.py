"""What the engine says about the example district is what its README says."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine import Engine

ROOT = Path(__file__).parents[2]


@cache
def result(as_of: date) -> Any:
    """One evaluation of the example as of a day."""
    return Engine.from_file(ROOT / "rules" / "district.yaml").evaluate(as_of=as_of)


def found(as_of: date, state: str) -> set[tuple[str, str]]:
    """Rule and subject of the practice findings in a state."""
    return {(f.rule, f.subject) for f in result(as_of).findings if f.about == "practice" and f.state == state}


def told() -> set[tuple[str, str]]:
    """Rule and subject of the README's table of findings."""
    text = (ROOT / "evidence" / "README.md").read_text().split("## The findings one should see")[1]
    pairs, rule = set(), ""
    for first, subjects in re.findall(r"^\| (\S*) ?\| (`.*?) \|", text, re.MULTILINE):
        rule = first or rule
        pairs |= {(rule, subject) for subject in re.findall(r"`(.*?)`", subjects)}
    return pairs


THE_DAY = date(2026, 1, 30)


def test_the_open_findings_are_those_of_the_readme() -> None:
    """Few findings, each on purpose, and no other."""
    assert found(THE_DAY, "open") == told()
    assert 12 <= len(told()) <= 30


def test_a_school_that_got_better_is_resolved() -> None:
    """The four teams of Cedar Hollow were missed until December and are not open any more."""
    cedar = {("tcr.collaboration-time", f"cedar-g{n}") for n in (1, 2, 3, 4)}
    assert cedar <= found(THE_DAY, "resolved")
    assert cedar <= found(date(2025, 11, 16), "open")


def test_nobody_is_accused_where_the_feed_is_dead() -> None:
    """Birchwood has a finding about its source, and none about a team or a grade."""
    assert not [pair for pair in found(THE_DAY, "open") if pair[1].startswith("birch")]
    assert any(f.about == "source" and f.school == "birch" for f in result(THE_DAY).findings)


@pytest.mark.parametrize(("day", "state"), [(date(2025, 11, 16), "open"), (date(2025, 11, 17), None)])
def test_records_typed_in_late_take_an_accusation_back(day: date, state: str | None) -> None:
    """alder-g2 is missed until the day on which its three weeks were typed in."""
    pair = ("tcr.collaboration-time", "alder-g2")
    states = {f.state for f in result(day).findings if (f.rule, f.subject) == pair}
    assert states == ({state} if state else set())
