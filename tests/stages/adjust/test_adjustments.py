"""From an open finding to a change that was agreed, carried out and looked at again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from fidelity_engine.builtin.reports.text_report import render
from fidelity_engine.page import Page
from fidelity_engine.views.explain import explain_finding

from .conftest import RULES, published, weeks

Evaluate = Callable[..., Any]
TWO_WEEKS = date(2025, 9, 12)
HALF = weeks("g3", [2] * 21) + weeks("g4", [3] * 21)
SHARE = "Share three planning periods"
ASK = "Ask those that hold it"


def the_finding(result: Any, about: str = "practice") -> Any:
    """The one finding of a kind."""
    (found,) = [one for one in result.findings if one.about == about]
    return found


@pytest.fixture
def ids(evaluate: Evaluate) -> tuple[str, str]:
    """The id of the finding about g3, and of the first thing that could be tried."""
    finding = the_finding(evaluate(TWO_WEEKS, HALF))
    return finding.finding_id, finding.proposed_adjustment["id"]


def adjusted(result: Any) -> dict[str, Any]:
    """Text → adjustment."""
    return {one.text: one for one in result.adjustments}


def test_an_open_finding_comes_with_the_first_thing_to_try(evaluate: Evaluate) -> None:
    """With owner, due date in school days, what would show it, and the prediction as a sentence."""
    proposed = the_finding(evaluate(TWO_WEEKS, HALF)).proposed_adjustment
    assert proposed["text"] == SHARE
    assert proposed["due"] == date(2025, 9, 26)          # ten school days after Friday the 12th
    assert proposed["owner"] == "improvement-lead"
    assert proposed["done_when"] == "schedule published is recorded, or somebody says so (`done`)"
    assert proposed["prediction"] == "Within 3 weeks after it is carried out, Grade 3 at Lincoln meets what is expected: Teams meet."


def test_what_is_met_again_or_contested_comes_with_nothing_to_try(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """Only an open finding asks for a change."""
    better = the_finding(evaluate(date(2025, 9, 20), weeks("g3", [2, 2, 3]) + weeks("g4", [3] * 3)))
    contested = the_finding(evaluate(date(2025, 9, 15), HALF, [("2025-09-15T08:00", ids[0], "dispute", "")]))
    assert [(one.state, one.proposed_adjustment) for one in (better, contested)] == [("resolved", None), ("paused", None)]


def test_the_id_stays_as_the_days_go_by(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """The same finding and the same words have the same id in every run; other words have another."""
    assert the_finding(evaluate(date(2025, 9, 20), HALF)).proposed_adjustment["id"] == ids[1]
    other = the_finding(evaluate(TWO_WEEKS, HALF, rules=RULES.replace(SHARE, "Share two planning periods")))
    assert other.finding_id == ids[0]
    assert other.proposed_adjustment["id"] != ids[1]


def test_what_was_declined_makes_room_for_the_next(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """The second entry wants four missed windows: before that nothing is proposed, then it is."""
    said = [("2025-09-15", ids[1], "decline", "")]
    early = evaluate(date(2025, 9, 19), HALF, said)
    assert the_finding(early).proposed_adjustment is None
    assert adjusted(early)[SHARE].stage == "declined"
    assert the_finding(evaluate(date(2025, 9, 26), HALF, said)).proposed_adjustment["text"] == ASK


def test_a_decision_about_the_finding_means_what_is_proposed(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """One may answer with the finding's id, which stands in the report."""
    result = evaluate(date(2025, 9, 27), HALF, [("2025-09-15", ids[0], "decline", ""), ("2025-09-27T08:00", ids[0], "accept", "")])
    assert {text: one.stage for text, one in adjusted(result).items()} == {SHARE: "declined", ASK: "accepted"}


FIRST_OF_TWO = RULES.replace("      - propose: Share", """      - propose: Big
        when: {%s}
      - propose: Share""")


@pytest.mark.parametrize("when", ["windows: 4", "severity: high", "level: getting_started"])
def test_an_answer_about_a_finding_keeps_its_meaning(when: str, evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """What was agreed stays agreed when an entry before it, which did not fit then, fits: that one is proposed next."""
    rules, worse = FIRST_OF_TWO % when, weeks("g3", [2, 2, 2, 1, 1]) + weeks("g4", [3] * 21)
    said = [("2025-09-15T08:00", ids[0], "accept", "")]
    for day in (date(2025, 9, 19), date(2025, 9, 26), date(2025, 10, 3)):
        found = {text: one.stage for text, one in adjusted(evaluate(day, worse, said, rules=rules)).items()}
        assert found == ({SHARE: "accepted"} if day < date(2025, 9, 26) else {SHARE: "accepted", "Big": "proposed"})


def test_an_entry_for_a_severity_is_for_more_severe_ones_too(evaluate: Evaluate) -> None:
    """`when: {severity: medium}` fits a finding that has become high."""
    finding = the_finding(evaluate(date(2025, 10, 3), HALF, rules=FIRST_OF_TWO % "severity: medium"))
    assert (finding.severity, finding.proposed_adjustment["text"]) == ("high", "Big")


def test_an_answer_when_nothing_was_proposed_means_nothing(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """Who accepts a finding of which nothing was left to propose has not agreed to what fits it later."""
    said = [("2025-09-15", ids[0], "decline", ""), ("2025-09-16", ids[0], "accept", "")]
    assert {text: one.stage for text, one in adjusted(evaluate(date(2025, 9, 26), HALF, said)).items()} == {SHARE: "declined", ASK: "proposed"}


def test_decisions_made_later_do_not_exist(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """On the evening before, the proposal is still one."""
    said = [("2025-09-16T09:00", ids[1], "accept", "")]
    assert adjusted(evaluate(date(2025, 9, 15), HALF, said))[SHARE].stage == "proposed"
    assert adjusted(evaluate("2025-09-16T08:59", HALF, said))[SHARE].stage == "proposed"
    accepted = adjusted(evaluate("2025-09-16T09:00", HALF, said))[SHARE]
    assert (accepted.stage, accepted.accepted_on, accepted.decided_by) == ("accepted", date(2025, 9, 16), "principal")


ACCEPTED = "2025-09-15"
DUE = date(2025, 9, 29)
ALIVE = published(DUE, team="g4")
"""The registers are kept: something of another team was recorded on the due date."""


@pytest.mark.parametrize(
    ("as_of", "events", "more", "verdict", "on"),
    [
        (date(2025, 9, 28), [], [], "open", None),
        (DUE, published("2025-09-14") + ALIVE, [], "missed", None),          # before it was agreed
        (DUE, published("2025-09-14"), [], "open", None),                  # and nobody has recorded anything since
        (DUE, published("2025-09-17"), [], "met", date(2025, 9, 17)),
        (DUE, published("2025-09-17", team="g4") + ALIVE, [], "missed", None),
        (DUE, published("2025-09-12"), [("2025-09-29T12:00", "done", "")], "met", DUE),
        (DUE, published("2025-09-12"), [("2025-09-29T12:00", "done", "2025-09-18")], "met", date(2025, 9, 18)),
        (date(2025, 10, 6), published("2025-09-12", "2025-10-01"), [], "missed", date(2025, 10, 1)),
        (date(2025, 10, 20), published("2025-09-01"), [], "no_data", None),
    ],
    ids=["not due yet", "before", "before, and silence", "by an event", "of another team", "by word", "by word for a day", "late", "nobody could know"],
)  # fmt: skip
def test_carried_out(
    evaluate: Evaluate, ids: tuple[str, str], as_of: date, events: list[Any], more: list[Any], verdict: str, on: date | None
) -> None:
    """An event for that subject, or somebody's word, until the due date; and only where one could have known."""
    said = [(ACCEPTED, ids[1], "accept", ""), *((at, ids[1], action, value) for at, action, value in more)]
    cell = adjusted(evaluate(as_of, HALF + events, said))[SHARE].carried_out
    assert (cell.verdict, cell.on) == (verdict, on)
    assert (cell.window_start, cell.window_end) == (date(2025, 9, 15), DUE)


def test_who_accepts_may_name_the_day(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """A date as the decision's value is the due date."""
    one = adjusted(evaluate(date(2025, 9, 20), HALF, [(ACCEPTED, ids[1], "accept", "2025-10-10")]))[SHARE]
    assert one.due == one.carried_out.window_end == date(2025, 10, 10)


def test_a_new_day_can_be_agreed_on(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """What the finding about it asks for: accepted once more with a date, it is due then, and agreed since the first time."""
    said = [(ACCEPTED, ids[1], "accept", ""), ("2025-09-30T09:00", ids[1], "accept", "2025-10-17"), ("2025-10-01T09:00", ids[1], "accept", "")]
    result = evaluate(date(2025, 10, 3), HALF + published("2025-09-10", "2025-09-29", team="g4"), said)
    one = adjusted(result)[SHARE]
    assert (one.due, one.accepted_on, one.carried_out.verdict) == (date(2025, 10, 17), date(2025, 9, 15), "open")
    assert not [found for found in result.findings if found.about == "adjustment"]


@pytest.mark.parametrize(("more", "start", "verdict", "on"), [
    ([("2025-09-22", "done", "2025-09-18")], date(2025, 9, 18), "met", date(2025, 9, 18)),
    ([(ACCEPTED, "accept", ""), ("2025-09-18", "done", ""), ("2025-09-22", "done", "")], date(2025, 9, 15), "met", date(2025, 9, 18)),
    ([(ACCEPTED, "accept", ""), ("2025-09-18", "done", ""), ("2025-09-19", "decline", ""), ("2025-09-22", "accept", "")], date(2025, 9, 22), "open", None),
], ids=["done and never agreed", "done, said twice", "declined after all, and agreed anew"])
def test_what_was_done_by_word(
    evaluate: Evaluate, ids: tuple[str, str], more: list[Any], start: date, verdict: str, on: date | None
) -> None:
    """The first word about it holds, its cell begins no later than it was done, and a new agreement begins with nothing done."""
    said = [(at, ids[1], action, value) for at, action, value in more]
    cell = adjusted(evaluate(date(2025, 9, 23), HALF, said))[SHARE].carried_out
    assert (cell.window_start, cell.verdict, cell.on) == (start, verdict, on)


@pytest.mark.parametrize(("day", "verdict"), [("2025-09-17", "no_data"), ("2025-09-30", "missed")])
def test_an_event_that_may_be_it_counts_until_the_due_date(evaluate: Evaluate, ids: tuple[str, str], day: str, verdict: str) -> None:
    """One without the field that decides leaves it undecided; after the due date it would have been too late."""
    rules = RULES.replace("{event: schedule_published}", "{event: schedule_published, where: {minutes: {gte: 30}}}")
    events = HALF + published("2025-09-12", day) + ALIVE
    cell = adjusted(evaluate(date(2025, 10, 3), events, [(ACCEPTED, ids[1], "accept", "")], rules=rules))[SHARE].carried_out
    assert cell.verdict == verdict


def test_what_nobody_carried_out_is_over_when_the_practice_is_met_again(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """Nobody has to try anything any more, whether it was carried out or not."""
    said, alive = [(ACCEPTED, ids[1], "accept", "")], published("2025-09-10", "2025-09-29", "2025-10-17", team="g4")
    for last, state in ((2, "open"), (3, "resolved")):
        events = weeks("g3", [2] * 6 + [last]) + weeks("g4", [3] * 21) + alive
        assert the_finding(evaluate(date(2025, 10, 18), events, said), "adjustment").state == state
        assert the_finding(evaluate(date(2025, 10, 18), events + published("2025-09-17"), said), "adjustment").state == state


def test_what_nobody_carried_out_is_told_while_the_practice_rests(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """A finding that is contested still waits for what was agreed."""
    said = [(ACCEPTED, ids[1], "accept", ""), ("2025-09-29", ids[0], "dispute", "")]
    result = evaluate(date(2025, 9, 30), HALF + published("2025-09-10", "2025-09-29", team="g4"), said)
    assert (the_finding(result).state, the_finding(result, "adjustment").state) == ("paused", "open")


def test_what_nobody_carried_out_is_a_finding(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """About the adjustment, for its owner, with the students who wait for it; done after all it is resolved."""
    said = [(ACCEPTED, ids[1], "accept", "")]
    events = HALF + published("2025-09-10", "2025-09-29", team="g4")
    finding = the_finding(evaluate(date(2025, 9, 30), events, said), "adjustment")
    assert (finding.state, finding.subject, finding.students, finding.since) == ("open", "g3", 84, date(2025, 9, 15))
    assert finding.title == "Agreed and not carried out: Teams meet"
    assert "by 29 Sep: Share three planning periods. Nothing shows yet that it was." in finding.message
    late = the_finding(evaluate(date(2025, 10, 3), events + published("2025-10-02"), said), "adjustment")
    assert (late.state, late.finding_id) == ("resolved", finding.finding_id)


def effect(evaluate: Evaluate, ids: tuple[str, str], as_of: date, counts: list[int], done: str = "2025-09-17") -> Any:
    """The adjustment, accepted on the 15th and carried out two days later, with so many meetings per week."""
    events = weeks("g3", counts) + weeks("g4", [3] * 21) + published(done)
    return evaluate(as_of, events, [(ACCEPTED, ids[1], "accept", "")])


def test_an_effect_within_its_windows(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """The second week after it was carried out is met: adopt."""
    result = effect(evaluate, ids, date(2025, 10, 3), [2, 2, 2, 2, 3])
    one = adjusted(result)[SHARE]
    assert (one.effect.verdict, one.effect.window_start, one.effect.on) == ("met", date(2025, 9, 22), date(2025, 10, 5))
    assert one.advice.startswith("adopt")
    assert the_finding(result).state == "resolved"


def test_a_window_that_begins_on_the_day_counts(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """Carried out on a Monday, the week of that Monday may show the effect."""
    cell = adjusted(effect(evaluate, ids, date(2025, 9, 29), [2, 2, 2, 3], done="2025-09-22"))[SHARE].effect
    assert (cell.verdict, cell.window_start, cell.on) == ("met", date(2025, 9, 22), date(2025, 9, 28))


def test_what_is_contested_shows_no_effect(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """While the finding rests its weeks are passed over: nothing is said to have come of it, or not."""
    said = [(ACCEPTED, ids[1], "accept", ""), ("2025-10-06", ids[0], "dispute", "")]
    one = adjusted(evaluate(date(2025, 10, 10), HALF + published("2025-09-17"), said))[SHARE]
    assert (one.effect.verdict, one.advice) == ("open", "")


@pytest.mark.parametrize(
    ("as_of", "counts", "verdict"),
    [
        (date(2025, 9, 20), [2] * 4, "open"),             # no window has begun since
        (date(2025, 10, 9), [2] * 6, "open"),             # two of three are over
        (date(2025, 10, 10), [2] * 6, "missed"),
        (date(2025, 10, 10), [2, 2, 3, 2, 2, 2], "missed"),   # the week in which it was carried out does not count
    ],
)  # fmt: skip
def test_an_effect_waits_for_its_windows(evaluate: Evaluate, ids: tuple[str, str], as_of: date, counts: list[int], verdict: str) -> None:
    """Three closed windows that begin after it was carried out, no fewer."""
    assert adjusted(effect(evaluate, ids, as_of, counts))[SHARE].effect.verdict == verdict


def test_carried_out_without_effect_says_adapt_or_abandon(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """A finding about the adjustment; and the next entry is proposed."""
    result = effect(evaluate, ids, date(2025, 10, 10), [2] * 6)
    finding = the_finding(result, "adjustment")
    assert finding.title == "Carried out without effect: Teams meet"
    assert "carried out on 17 Sep: Share three planning periods. 3 weeks later" in finding.message
    assert finding.message.endswith("adapt or abandon.")
    assert the_finding(result).proposed_adjustment["text"] == ASK


def test_a_level_may_be_what_is_predicted(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """Two meetings are the level getting_better, one is below it, three are above."""
    said = [("2025-09-15", ids[0], "decline", ""), ("2025-09-27T08:00", ids[0], "accept", ""), ("2025-09-27T09:00", ids[0], "done", "")]
    for last, verdict in ((1, "missed"), (2, "met"), (3, "met")):
        events = weeks("g3", [1, 1, 1, 1, 1, last]) + weeks("g4", [3] * 6)
        assert adjusted(evaluate(date(2025, 10, 10), events, said))[ASK].effect.verdict == verdict


@pytest.mark.parametrize("seen", [0, 1, 2])
def test_windows_without_data_prove_nothing(evaluate: Evaluate, ids: tuple[str, str], seen: int) -> None:
    """The feed dies after the change, or after one or two of its three weeks: neither adopt nor abandon."""
    rules = RULES.replace("coverage: always", "coverage: {silent_after: {instructional_days: 5}, per: school}")
    events = weeks("g3", [2] * (3 + seen)) + weeks("g4", [3] * (3 + seen)) + published("2025-09-17")
    one = adjusted(evaluate(date(2025, 10, 24), events, [(ACCEPTED, ids[1], "accept", "")], rules=rules))[SHARE]
    assert (one.effect.verdict, one.advice) == ("no_data", "")


def test_explain_tells_what_was_answered(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """With the prediction, both cells and what follows; asked by the adjustment's id too."""
    result = effect(evaluate, ids, date(2025, 10, 10), [2] * 6)
    text = " ".join("".join(explain_finding(result.scope, the_finding(result), adjustments=result.adjustments)).split())
    assert f"{ids[1]}, accepted Mon 15 Sep by principal, due Mon 29 Sep: {SHARE}" in text
    assert "met on Wed 17 Sep, looked at Mon 15 Sep to Mon 29 Sep" in text
    assert "effect: missed, looked at Mon 22 Sep to Sun 12 Oct" in text
    assert "so: adapt or abandon" in text


def test_the_report_says_what_became_of_it(evaluate: Evaluate, ids: tuple[str, str]) -> None:
    """One sentence per adjustment that was agreed."""
    result = effect(evaluate, ids, date(2025, 10, 3), [2, 2, 2, 2, 3])
    text = " ".join("".join(render(result, Page(100))).split())
    assert (
        f"What was agreed Grade 3 at Lincoln: {SHARE} ({ids[1]}); agreed 15 Sep, for improvement-lead, carried out 17 Sep,"
        " the predicted effect came by 5 Oct. Adopt: what was predicted came." in text
    )
