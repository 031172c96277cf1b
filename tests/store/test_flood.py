"""A school that misses everything at once: the calendar is suspected first."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from fidelity_engine import evaluate
from fidelity_engine.stages.emit import flood
from fidelity_engine.stages.load.paths import Size

from .conftest import District
from .test_life import news

TEN = tuple(f"t{number}" for number in range(10))
WEEK = 9


@pytest.fixture
def school(tmp_path: Path) -> District:
    """Ten teams; in the tenth week six of them miss."""
    found = District(tmp_path, TEN)
    found.meetings -= {(team, WEEK) for team in TEN[:6]}
    found.write()
    return found


def states(school: District, week: int) -> dict[str, int]:
    """state of a finding about practice → how many, and the state of the calendar's."""
    told: dict[str, int] = {}
    for one in school.night(week).result.findings:
        key = one.state if one.about == "practice" else f"{one.about} {one.state}"
        told[key] = told.get(key, 0) + 1
    return told


def test_the_findings_are_held(school: District) -> None:
    """One finding about the calendar opens, the six are held, and the next night brings no news."""
    assert states(school, WEEK - 1) == {}
    assert states(school, WEEK) == {"held": 6, "calendar open": 1}
    assert news(school.night(WEEK)) == []


def test_where_relations_lie_in_a_file(school: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of the schools and one rule at a time, the same is found."""
    monkeypatch.setattr(evaluate, "size_of", lambda ruleset: Size(math.inf, math.inf))
    monkeypatch.setattr(evaluate, "FEW_EVENTS", -1)
    monkeypatch.setattr(flood, "AT_ONCE", 1)
    assert states(school, WEEK) == {"held": 6, "calendar open": 1}


def test_the_next_window_ends_it(school: District) -> None:
    """Who misses again opens; who met again is over; the calendar's finding too."""
    school.meetings -= {(team, WEEK + 1) for team in TEN[:2]}
    school.write()
    states(school, WEEK)
    assert states(school, WEEK + 1) == {"open": 2, "resolved": 4, "calendar resolved": 1}


def test_release_opens_them(school: District) -> None:
    """Somebody looked: the teams really did not meet."""
    (calendar,) = [one for one in school.night(WEEK).result.findings if one.about == "calendar"]
    held = next(one for one in school.night(WEEK).result.findings if one.about == "practice")
    decisions = "at,who,about,action,value,note\n2025-11-09,Ana,{},release,,\n"
    (school.folder / "decisions.csv").write_text(decisions.format(held.finding_id), "utf-8")
    assert states(school, WEEK) == {"open": 1, "held": 5, "calendar open": 1}
    (school.folder / "decisions.csv").write_text(decisions.format(calendar.finding_id), "utf-8")
    assert states(school, WEEK) == {"open": 6, "calendar resolved": 1}


@pytest.mark.parametrize(("missing", "before"), [(4, 0), (6, 8)])
def test_what_is_no_flood(tmp_path: Path, missing: int, before: int) -> None:
    """Four are too few; and where a tenth missed before, it is no surprise."""
    school = District(tmp_path, TEN)
    school.meetings -= {(team, WEEK) for team in TEN[:missing]} | {(TEN[9], week) for week in range(WEEK - before, WEEK)}
    school.write()
    told = states(school, WEEK)
    assert told["open"] >= missing and "held" not in told


@pytest.mark.parametrize(("teams", "missing", "held"), [(10, 5, True), (14, 5, True), (15, 5, False), (15, 6, True)])
def test_five_are_enough_and_a_third_is_not(tmp_path: Path, teams: int, missing: int, held: bool) -> None:
    """At least five, and more than a third of those that were judged."""
    school = District(tmp_path, tuple(f"t{number}" for number in range(teams)))
    school.meetings -= {(f"t{number}", WEEK) for number in range(missing)}
    school.write()
    assert states(school, WEEK) == ({"held": missing, "calendar open": 1} if held else {"open": missing})


def test_what_was_missed_long_before_is_forgotten(school: District) -> None:
    """The rate is of the eight judged windows before, and not of the first week, in which nobody met."""
    school.meetings -= {(team, 0) for team in TEN}
    school.write()
    assert states(school, WEEK) == {"held": 6, "calendar open": 1}


def test_what_is_waived_makes_no_flood(school: District) -> None:
    """Two of the six are excused: four are left, which are too few."""
    school.waivers = [f"meets,team,{team},,2025-11-03,2025-11-09,A flood,principal," for team in TEN[:2]]
    school.write()
    assert states(school, WEEK) == {"open": 4}


def test_a_young_year_holds_nothing(tmp_path: Path) -> None:
    """With seven judged windows before there is no rate to compare with."""
    school = District(tmp_path, TEN)
    school.meetings -= {(team, 7) for team in TEN[:6]}
    school.write()
    assert states(school, 7) == {"open": 6}


def test_a_finding_that_was_open_stays_open(school: District) -> None:
    """Only what opened with the flood is held."""
    school.meetings -= {(TEN[0], WEEK - 1)}
    school.write()
    states(school, WEEK - 1)
    assert states(school, WEEK) == {"open": 1, "held": 5, "calendar open": 1}


def test_one_team_alone_is_held_too(school: District) -> None:
    """Who asks for one subject sees the state that a whole run gives it, and nothing about the calendar."""
    told = school.night(WEEK, subjects=["t0"]).result.findings
    assert [(one.subject, one.state) for one in told] == [("t0", "held")]
