"""What somebody attests counts as an event, for the one rule that missed it, and is shown as attested."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from fidelity_engine.evaluate import FEW_EVENTS
from fidelity_engine.model.finding import HandedOut
from fidelity_engine.views.explain import explain_finding

from .adjust.conftest import RULES, published, weeks
from .adjust.conftest import evaluate as evaluate

Evaluate = Callable[..., Any]
HALF = weeks("g3", [3, 2, 2, 2]) + weeks("g4", [3] * 4)
ON = date(2025, 9, 27)
STRICT = RULES.replace("event: meeting-held}", "event: meeting-held, where: {minutes: {gte: 40}}}")


def finding(result: Any) -> Any:
    """The finding about g3."""
    (found,) = [one for one in result.findings if one.about == "practice" and one.rule == "meets"]
    return found


def verdicts(result: Any, rule: str = "meets", subject: str = "g3") -> dict[int, str]:
    """Day of the window → verdict, in September."""
    return {row["window_start"].day: row["verdict"] for row in result.verdicts.rows()
            if (row["rule"], row["subject"]) == (rule, subject) and row["window_start"].month == 9}  # fmt: skip


@pytest.fixture
def id(evaluate: Evaluate) -> str:
    """The id of the finding about g3, which missed from 8 September on."""
    return str(finding(evaluate(ON, HALF)).finding_id)


@pytest.mark.parametrize("few", [FEW_EVENTS, -1])
@pytest.mark.parametrize("rules", [RULES, STRICT], ids=["plain", "filtered"])
def test_a_missed_week_is_met_by_what_was_attested(
    evaluate: Evaluate, id: str, rules: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only in the week of the date and for that team, whatever the rule's filter asks, in small and large districts."""
    monkeypatch.setattr("fidelity_engine.evaluate.FEW_EVENTS", few)
    result = evaluate(ON, HALF, [("2025-09-24", id, "attest", "2025-09-17")], rules=rules)
    assert verdicts(result) == {1: "met", 8: "missed", 15: "met", 22: "missed"}
    assert verdicts(result, subject="g4") == {1: "met", 8: "met", 15: "met", 22: "met"}
    assert not any("attest" in note for note in result.summary.notes)


def test_it_does_not_exist_before_it_was_said(evaluate: Evaluate, id: str) -> None:
    """A run as of a moment before the decision still says missed."""
    said = [("2025-09-24T09:00", id, "attest", "2025-09-17T10:30")]
    assert verdicts(evaluate("2025-09-24T08:59", HALF, said))[15] == "missed"
    assert verdicts(evaluate("2025-09-24T09:00", HALF, said))[15] == "met"


def test_without_a_date_it_was_in_the_newest_week_that_had_ended(evaluate: Evaluate, id: str) -> None:
    """Said on Wednesday the 24th it is the week up to Sunday the 21st, in every later run too."""
    for day in (ON, date(2025, 10, 4)):
        assert verdicts(evaluate(day, HALF, [("2025-09-24", id, "attest", "")]))[15] == "met"


def test_what_was_said_on_the_last_day_of_a_week_was_in_it(evaluate: Evaluate, id: str) -> None:
    """A day counts to its end: on Sunday the week that ends with it is the newest."""
    found = verdicts(evaluate(ON, HALF, [("2025-09-21", id, "attest", "")]))
    assert (found[8], found[15]) == ("missed", "met")


def test_what_is_attested_of_today_counts_and_of_tomorrow_does_not_yet(evaluate: Evaluate, id: str) -> None:
    """The week is met on the day on which it is said to have happened."""
    said = [("2025-09-18", id, "attest", "2025-09-19")]
    found = [verdicts(evaluate(date(2025, 9, day), HALF, said))[15] for day in (18, 19)]
    assert found[0] != "met" and found[1] == "met"


def test_a_rule_that_counts_what_was_cancelled_cannot_be_attested(evaluate: Evaluate) -> None:
    """What happened is none of the events that it looks for."""
    rules = RULES + """
  - id: cancels
    title: A meeting is cancelled a week
    expect: {of: team, each: week}
    measure: {kind: count, event: meeting, status: [cancelled]}
    judge: {at_least: 1}
    emit: {fires_after: {windows: 1}}
"""
    about = next(one.finding_id for one in evaluate(ON, HALF, rules=rules).findings if (one.rule, one.subject) == ("cancels", "g3"))
    result = evaluate(ON, HALF, [("2025-09-24", about, "attest", "2025-09-17")], rules=rules)
    assert verdicts(result, "cancels")[15] == "missed"
    assert any("the rule `cancels` does not count events that were held" in note for note in result.summary.notes)


@pytest.mark.parametrize("sharded", [False, True])
def test_an_id_that_was_handed_out_leads_to_its_rule_and_subject(evaluate: Evaluate, sharded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store keeps the id of a finding whose first week changed: that id answers too, once, also where a district is large."""
    if sharded:
        monkeypatch.setattr("fidelity_engine.evaluate.FEW_EVENTS", -1)
        monkeypatch.setattr("fidelity_engine.shards.CELLS", 0)
    handed = HandedOut("0123456789ab", "meets", "team", "g3", date(2025, 9, 8), date(2025, 9, 21))
    result = evaluate(ON, HALF, [("2025-09-24", handed.finding_id, "attest", "2025-09-17")], handed_out=[handed])
    assert verdicts(result) == {1: "met", 8: "missed", 15: "met", 22: "missed"}
    assert not any("attest" in note for note in result.summary.notes)


def test_evidence_and_explain_show_it_as_attested(evaluate: Evaluate, id: str) -> None:
    """A week that is missed all the same names the event among its evidence, and at whose word it counts."""
    events = weeks("g3", [3, 1, 1, 1]) + weeks("g4", [3] * 4)
    result = evaluate(ON, events, [("2025-09-26", id, "attest", "2025-09-25T10:30")], rules=STRICT)
    assert f"attested-{id}-2025-09-25" in finding(result).evidence_ids["newest"]
    text = " ".join("".join(explain_finding(result.scope, finding(result))).split())
    assert f"attested-{id}-2025-09-25, Thu 25 Sep 10:30, attested by principal" in text
    assert "Used: 2 meetings" in text


def test_a_source_that_was_silent_stays_so(evaluate: Evaluate) -> None:
    """The attested week is met; the silent weeks around it are still `no_data`, neither missed nor judged."""
    rules = RULES + """
  - id: publishes
    title: Schedules are published
    expect: {of: team, each: week}
    measure: {kind: count, event: schedule_published}
    judge: {at_least: 1}
    emit: {fires_after: {windows: 1}}
"""
    events = [*HALF, *published("2025-09-02", "2025-09-15"), *published("2025-09-02", "2025-09-15", team="g4")]
    (about,) = [one.finding_id for one in evaluate(date(2025, 9, 20), events, rules=rules).findings
                if (one.rule, one.subject, one.about) == ("publishes", "g3", "practice")]  # fmt: skip
    result = evaluate(date(2025, 10, 25), events, [("2025-10-24", about, "attest", "2025-09-24")], rules=rules)
    assert verdicts(result, "publishes") == {1: "met", 8: "missed", 15: "met", 22: "met", 29: "no_data"}
    assert verdicts(result, "publishes", "g4")[22] == "no_data"


def test_a_rule_without_events_cannot_be_attested(evaluate: Evaluate) -> None:
    """A rollup reads verdicts, so there is no event to add: the run says so."""
    rules = RULES + """
  - id: all-meet
    title: Most teams meet
    expect: {of: district, each: week}
    measure: {kind: rollup, rule: meets, share_of: cells}
    judge: {at_least: 0.75}
    emit: {fires_after: {windows: 1}}
"""
    (about,) = [one.finding_id for one in evaluate(ON, HALF, rules=rules).findings if one.rule == "all-meet"]
    result = evaluate(ON, HALF, [("2025-09-24", about, "attest", "2025-09-17")], rules=rules)
    why = "the rule `all-meet` does not count events that were held"
    assert f"The decision `attest` of 2025-09-24 about {about} makes no event: {why}." in result.summary.notes


MEASURES = {
    "share": "{kind: share, event: meeting, having: {minutes: {gte: 60}}}",
    "recency": "{kind: recency, event: meeting, where: {minutes: {gte: 60}}}",
    "gap": "{kind: gap, event: meeting, where: {minutes: {gte: 60}}}",
}


@pytest.mark.parametrize("few", [FEW_EVENTS, -1])
@pytest.mark.parametrize("kind", MEASURES)
def test_other_measures_count_it_too(evaluate: Evaluate, kind: str, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shares and distances see the attested event as one that holds; its week's value changes, the week before keeps its own."""
    monkeypatch.setattr("fidelity_engine.evaluate.FEW_EVENTS", few)
    rules = RULES + f"""
  - id: other
    title: Meetings are long
    expect: {{of: team, each: week}}
    measure: {MEASURES[kind]}
    judge: {{{"at_least: 0.9" if kind == "share" else "at_most: 0"}}}
    emit: {{fires_after: {{windows: 1}}}}
"""
    def values(decisions: list[tuple[str, str, str, str]]) -> dict[int, Any]:
        found = evaluate(ON, HALF, decisions, rules=rules)
        ids.update((str(one.subject), one.finding_id) for one in found.findings if one.rule == "other" and one.about == "practice")
        return {row["window_start"].day: row["value"] for row in found.verdicts.rows() if (row["rule"], row["subject"]) == ("other", "g3")}

    ids: dict[str, str] = {}
    before = values([])
    after = values([("2025-09-24", ids["g3"], "attest", "2025-09-17")])
    assert after[8] == before[8]
    assert after[15] != before[15]


@pytest.mark.parametrize(
    ("about", "value", "why"),
    [("ffffffffffff", "2025-09-17", "no finding of a practice has this id"), (None, "last Tuesday", "its value is no date"),
     (None, "2025-12-01", "its date lies after this run")],
)  # fmt: skip
def test_what_makes_no_event_is_noted(evaluate: Evaluate, id: str, about: str | None, value: str, why: str) -> None:
    """The run says which decision, and why; nothing changes."""
    result = evaluate(ON, HALF, [("2025-09-24", about or id, "attest", value)])
    assert f"The decision `attest` of 2025-09-24 about {about or id} makes no event: {why}." in result.summary.notes
    assert verdicts(result)[15] == "missed"


def test_what_was_said_about_last_year_is_no_news(evaluate: Evaluate) -> None:
    """The decisions file goes on from year to year: nobody is told every night of a finding that is long gone."""
    result = evaluate(ON, HALF, [("2025-06-02", "ffffffffffff", "attest", "2025-05-28")])
    assert result.summary.notes == []
