"""A finding that somebody contests rests: no rate, no escalation, no finding that calls for action; then it is back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine.evaluate import FEW_EVENTS
from fidelity_engine.model.finding import HandedOut
from fidelity_engine.views.explain import explain_finding

from .adjust.conftest import RULES, weeks
from .adjust.conftest import evaluate as evaluate

Evaluate = Callable[..., Any]
HALF = weeks("g3", [3, 2, 2, 2, 2, 2, 2, 2]) + weeks("g4", [3] * 8)
ROLLUP = RULES + """
  - id: all-meet
    title: Most teams meet
    expect: {of: district, each: month}
    measure: {kind: rollup, rule: meets, share_of: cells}
    judge: {at_least: 0.75}
"""
SAID = "2025-09-23"


def finding(result: Any) -> Any:
    """The finding about g3."""
    (found,) = [one for one in result.findings if one.about == "practice" and one.rule == "meets"]
    return found


def cells(result: Any) -> list[tuple[int, str, str]]:
    """Day of the window, verdict and disposition of g3's cells of September."""
    return [(row["window_start"].day, row["verdict"], row["disposition"]) for row in result.verdicts.rows()
            if (row["rule"], row["subject"]) == ("meets", "g3") and row["window_start"].month == 9]  # fmt: skip


@pytest.fixture(params=[FEW_EVENTS, -1], ids=["small", "large"], autouse=True)
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells of few events have a row each, those of many share what is said of them."""
    monkeypatch.setattr("fidelity_engine.evaluate.FEW_EVENTS", request.param)


@pytest.fixture
def id(evaluate: Evaluate) -> str:
    """The id of the finding about g3, from the second week on."""
    return str(finding(evaluate(date(2025, 9, 20), HALF)).finding_id)


def test_its_cells_keep_their_verdicts(evaluate: Evaluate, id: str) -> None:
    """From the finding's first missed week to the newest they are disputed; the weeks before are not."""
    result = evaluate(date(2025, 9, 27), HALF, [(SAID, id, "dispute", "")])
    assert cells(result) == [(1, "met", "active"), (8, "missed", "disputed"), (15, "missed", "disputed"), (22, "missed", "disputed")]
    assert result.summary.verdicts["meets"] == {"met": 5, "disputed": 3}


def test_the_finding_rests_and_keeps_its_id(evaluate: Evaluate, id: str) -> None:
    """Paused, nothing is proposed, and it does not become more severe while it rests."""
    rested = finding(evaluate(date(2025, 10, 3), HALF, [(SAID, id, "dispute", "")]))
    assert (rested.finding_id, rested.state, rested.severity, rested.proposed_adjustment) == (id, "paused", "medium", None)
    assert finding(evaluate(date(2025, 10, 3), HALF)).severity == "high"


@pytest.mark.parametrize(("said", "back"), [
    ("2025-09-21", date(2025, 10, 3)),          # a Sunday: the first of the ten is Monday
    ("2025-09-22", date(2025, 10, 3)),
    ("2025-09-22T08:00", date(2025, 10, 3)),
    ("2025-09-23", date(2025, 10, 6)),
])
def test_it_rests_for_ten_school_days(evaluate: Evaluate, id: str, said: str, back: date) -> None:
    """The first is that of the decision, if it is a school day; at the end of the tenth the finding is back."""
    decisions = [(said, id, "dispute", "")]
    assert finding(evaluate(back - timedelta(1), HALF, decisions)).state == "paused"
    later = finding(evaluate(back, HALF, decisions))
    assert (later.finding_id, later.state, later.severity) == (id, "open", "high")
    assert {disposition for *_, disposition in cells(evaluate(back, HALF, decisions))} == {"active"}


def test_who_contests_again_has_ten_days_more(evaluate: Evaluate, id: str) -> None:
    """The last word about a finding counts, not the first."""
    said = [("2025-09-22", id, "dispute", ""), ("2025-09-29", id, "dispute", "")]
    assert [finding(evaluate(day, HALF, said)).state for day in (date(2025, 10, 9), date(2025, 10, 10))] == ["paused", "open"]


def test_what_is_waived_stays_waived(evaluate: Evaluate, id: str, tmp_path: Path) -> None:
    """A week that is excused is no longer contested."""
    waivers = "rule,subject_kind,subject,school,from,until,reason,approved_by,permanent\nmeets,team,g3,,2025-09-15,2025-09-16,A flood,principal,\n"
    (tmp_path / "waivers.csv").write_text(waivers)
    rules = RULES.replace("decisions:", "waivers: waivers.csv\ndecisions:")
    result = evaluate(date(2025, 9, 27), HALF, [(SAID, id, "dispute", "")], rules=rules)
    assert [disposition for *_, disposition in cells(result)] == ["active", "disputed", "waived", "disputed"]


def test_school_days_go_on_after_the_calendar(evaluate: Evaluate, id: str) -> None:
    """Beyond the calendar's end weekdays count, so that a dispute near the end of the year ends too."""
    rules = RULES.replace("until: 2026-01-30", "until: 2025-10-03")
    said = [("2025-09-29", id, "dispute", "")]                     # the tenth is Friday the 10th of October
    assert {disposition for *_, disposition in cells(evaluate(date(2025, 10, 9), HALF, said, rules=rules))} == {"active", "disputed"}
    assert {disposition for *_, disposition in cells(evaluate(date(2025, 10, 10), HALF, said, rules=rules))} == {"active"}


def test_what_is_said_later_changes_nothing_yet(evaluate: Evaluate, id: str) -> None:
    """A dispute does not exist before it is made."""
    assert finding(evaluate(date(2025, 9, 21), HALF, [(SAID, id, "dispute", "")])).state == "open"


def test_rules_that_read_verdicts_leave_disputed_ones_out(evaluate: Evaluate, id: str) -> None:
    """The share of cells that were met is of the others alone."""

    def district(said: list[Any]) -> Any:
        rows = evaluate(date(2025, 10, 3), HALF, said, rules=ROLLUP).verdicts.rows()
        return next(row for row in rows if row["rule"] == "all-meet" and row["window_start"] == date(2025, 9, 1))

    assert (district([])["numerator"], district([])["denominator"]) == (5, 8)
    assert (district([(SAID, id, "dispute", "")])["numerator"], district([(SAID, id, "dispute", "")])["denominator"]) == (5, 5)


def test_a_resolved_finding_takes_only_its_own_cells(evaluate: Evaluate, tmp_path: Path) -> None:
    """What came after it is judged as ever."""
    events = weeks("g3", [2, 2, 3, 2, 2, 3]) + weeks("g4", [3] * 6)
    first = min(
        (one for one in evaluate(date(2025, 10, 4), events).findings if one.rule == "meets"), key=lambda one: one.since)
    result = evaluate(date(2025, 10, 4), events, [("2025-10-01", first.finding_id, "dispute", "")])
    assert [disposition for *_, disposition in cells(result)] == ["disputed", "disputed", "disputed", "active", "active"]


def test_an_id_that_was_handed_out_leads_to_the_episode_that_has_it_now(evaluate: Evaluate, id: str) -> None:
    """A late record moved the episode's beginning; the finding was reported, and is disputed, under its former id."""
    late = weeks("g3", [3, 3, 2, 2, 2]) + weeks("g4", [3] * 5)
    known = [HandedOut(id, "meets", "team", "g3", date(2025, 9, 8), date(2025, 9, 21))]
    rested = finding(evaluate(date(2025, 10, 3), late, [(SAID, id, "dispute", "")], handed_out=known))
    assert (rested.finding_id, rested.since, rested.state) == (id, date(2025, 9, 15), "paused")


def test_explain_says_who_disputes(evaluate: Evaluate, id: str) -> None:
    """The cell's account names the decision, and the day on which the finding is back."""
    result = evaluate(date(2025, 10, 3), HALF, [(SAID, id, "dispute", "")])
    text = "".join(explain_finding(result.scope, finding(result)))
    assert f"Finding {id} was disputed on Tue 23 Sep by" in text
    assert "it rests until the end of Mon 6 Oct" in " ".join(text.split())
