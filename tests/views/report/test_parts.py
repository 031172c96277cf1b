"""What the parts of a page say, before any template: sentences, series, places on paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from fidelity_engine import Engine, FidelityError
from fidelity_engine.model.rule import Rule
from fidelity_engine.result import Result
from fidelity_engine.views.report import district_page, file_name, school_page
from fidelity_engine.views.report.attention import cards, unseen
from fidelity_engine.views.report.chart import HEIGHT, LEFT, WIDTH, Chart, chart_of
from fidelity_engine.views.report.evidence import health
from fidelity_engine.views.report.routines import closings, routines
from fidelity_engine.views.report.scene import Scene, schools
from fidelity_engine.views.report.week import possible

RULES = Path(__file__).parents[3] / "rules" / "district.yaml"


@pytest.fixture(scope="module")
def wednesday() -> Iterator[Result]:
    """The example district in the middle of a week."""
    with Engine.from_file(RULES).evaluate("2026-01-28") as result:
        yield result


def scene(result: Result, school: str) -> Scene:
    """The page of one school."""
    return Scene(result, next(one for one in schools(result) if one.id == school))


def test_this_week_says_what_is_needed_and_what_time_is_left(wednesday: Result) -> None:
    """On Wednesday night a team without a meeting needs three in two school days; what is at risk stands first."""
    found = {one.rule.id: one for one in possible(scene(wednesday, "marsh"))}
    chance = next(one for one in found["tcr.collaboration-time"].chances if one.name == "Science")
    assert (chance.text, chance.at_risk, chance.at) == ("3 still needed, 2 school days left.", True, "")
    assert found["tcr.collaboration-minutes"].chances[0].text == "90 minutes still needed, 2 school days left."
    assert any(text.text.endswith("past the agreed limit.") for text in found["tcr.training-ongoing"].chances)
    flags = [any(chance.at_risk for chance in one.chances) for one in possible(scene(wednesday, "marsh"))]
    assert flags == sorted(flags, reverse=True)


def test_after_the_week_records_still_count(wednesday: Result) -> None:
    """On the week's last evening no day is left, and the due date is told."""
    with Engine.from_file(RULES).evaluate("2026-01-30") as result:
        found = {one.rule.id: one for one in possible(scene(result, "marsh"))}
    assert found["tcr.collaboration-time"].chances[0].text == "3 not yet recorded in the week of 26 Jan; records count until Tue 3 Feb."


def test_a_school_is_told_of_its_own_waivers(wednesday: Result) -> None:
    """The district's page has every waiver that ends or has ended, a school's page those that cover its own teams."""
    told = ["The waiver of tcr.collaboration-time for north-math", "The waiver of tcr.collaboration-time for marsh", "The waiver of ilr.visits for birch"]
    on = {"district": district_page(wednesday), **{school: school_page(wednesday, school) for school in ("marsh", "birch", "cedar")}}
    assert {name: [one for one in told if one in page] for name, page in on.items()} == {
        "district": told, "marsh": told[1:2], "birch": told[2:], "cedar": []}


def test_rows_that_were_merged_are_accounted_for(wednesday: Result) -> None:
    """Read is more than accepted and set aside where rows were joined to events: the table says where they went."""
    found = {one.source: one for one in health(Scene(wednesday))}
    (told,) = [one for one in wednesday.summary.sources if one.source == "training-system"]
    assert told.merged and f"merged {told.merged:,}" in found["training-system"].reasons


def test_the_district_names_the_school_of_a_team(wednesday: Result) -> None:
    """Where the page is about all schools, each team comes with its own, once."""
    chances = [chance for one in possible(Scene(wednesday)) for chance in one.chances]
    names = {school.id: school.name for school in schools(wednesday)}
    assert all(f"{chance.name} at {chance.at}".count(names[chance.school]) == 1 for chance in chances if chance.school)
    assert {chance.at for chance in chances} > {"Marsh Lake Middle School"}


def test_unplanned_closings_are_noted(wednesday: Result) -> None:
    """Snow days are one note per stretch, with the schools that it closed."""
    assert list(closings(Scene(wednesday))) == [
        (date(2025, 12, 8), "8 Dec to 9 Dec: closed for weather in Two Rivers Academy"),
        (date(2025, 12, 8), "8 Dec to 12 Dec: closed for weather in 5 schools"),
    ]  # fmt: skip
    assert [text for _, text in closings(scene(wednesday, "rivers"))] == ["8 Dec to 9 Dec: closed for weather"]


def test_a_page_of_a_school_has_only_its_own(wednesday: Result) -> None:
    """Findings, rows and rates are the school's; the district's own rule is not on it."""
    page = scene(wednesday, "marsh")
    assert {card.one.school for card in cards(page)} == {"marsh"}
    assert [bool(card.account) for card in unseen(page)] == [False], "the quarantine is the district's to explain"
    assert all(card.account for card in (*cards(page), *unseen(scene(wednesday, "birch"))) if card.one.school)
    found = routines(page)
    assert {row.school for one in found if one.heat for row in one.heat.rows} == {"Marsh Lake Middle School"}
    assert "tcr.across-district" not in {one.rule.id for one in found}


def test_an_unknown_school_comes_with_the_nearest(wednesday: Result) -> None:
    """`mash` is a mistake with a mend."""
    with pytest.raises(FidelityError, match="Did you mean `marsh`"):
        school_page(wednesday, "mash")


@pytest.mark.parametrize(
    ("school", "begins"), [("lincoln", "school-lincoln.html"), ("../../etc/passwd", "school-etc-passwd-"), ("Lincoln", "school-lincoln-"), ("学校", "school--")]
)  # fmt: skip
def test_file_names_are_plain(school: str, begins: str) -> None:
    """No id leads out of the folder, and no two share a file."""
    name = file_name(school)
    assert name.startswith(begins) and name.endswith(".html") and "/" not in name
    assert len({file_name(one) for one in ("lincoln", "Lincoln", "LINCOLN", "lincoln ", "lincoln-")}) == 5


# --- run charts -----------------------------------------------------------------------------------------------------------

START = date(2025, 9, 1)


@pytest.fixture(scope="module")
def rule(wednesday: Result) -> Rule:
    """Any rule with a target."""
    found = Scene(wednesday).rule("tcr.collaboration-time")
    assert found is not None
    return found


def drawn(rule: Rule, met: list[int | None], notes: list[tuple[date, str]] | None = None) -> Chart | None:
    """The chart of so many met of ten, week by week; None: a week without data."""
    seen = [(START + timedelta(7 * n), one or 0, 0 if one is None else 10 - one, 0 if one is not None else 10, 10, None, None)
            for n, one in enumerate(met)]  # fmt: skip
    return chart_of(rule, seen, notes or [])


def test_a_shift_is_said_only_where_the_test_sees_one(rule: Rule) -> None:
    """Ten low weeks and ten high ones are a shift; ups and downs are chance; nine points are too few for a word."""
    shift, chance, few = drawn(rule, [3, 4] * 5 + [8, 9] * 5), drawn(rule, [3, 9] * 8), drawn(rule, [3, 9] * 4)
    assert shift and shift.signals and "A shift by the run chart test: longest run 10 (chance allows 7)" in shift.says
    assert chance and not chance.signals and "No shift, only chance" in chance.says
    assert few and not few.signals and "8 of them differ from the median; a test needs 10." in few.says


def test_at_the_end_of_the_scale_no_test_is_read(rule: Rule) -> None:
    """Where most weeks are perfect there is no room for a change to show."""
    found = drawn(rule, [10] * 12 + [2] * 6)
    assert found and not found.signals and "no test can see a change" in found.says


def test_three_points_are_no_chart(rule: Rule) -> None:
    """Too little to draw."""
    assert drawn(rule, [3, 4, 5]) is None and drawn(rule, [None] * 20) is None


def test_points_stand_where_they_should(rule: Rule) -> None:
    """All on top is the upper tick, none is the lower; a week without data is a gap that no line crosses."""
    found = drawn(rule, [10, 0, None, 5, 5, 5])
    assert found is not None
    ys = [point.y for point in found.points]
    assert ys[0] == found.ticks[2][0] < ys[3] == found.ticks[1][0] < ys[1] == found.ticks[0][0]
    assert len(found.lines) == 3 and found.points[2].value is None and found.points[2].text == "nothing judged, 10 without data"
    assert all(LEFT <= point.x <= WIDTH and 0 <= point.y <= HEIGHT for point in found.points)


def test_notes_stand_over_their_week(rule: Rule) -> None:
    """A note of a Thursday stands over the week that began on Monday; one from before the first week is left out."""
    found = drawn(rule, [5, 6, 7, 8], [(START + timedelta(10), "snow"), (START - timedelta(1), "before"), (START + timedelta(9), "ice")])
    assert found is not None
    assert [(note.no, note.text, note.x) for note in found.notes] == [(1, "ice", found.points[1].x), (2, "snow", found.points[1].x)]
    assert found.marks == [(found.points[1].x, "1, 2")]


def test_values_of_one_subject_are_drawn_as_they_are(rule: Rule) -> None:
    """A single subject has no rate: its values are the series, on a scale of their own."""
    seen = [(START + timedelta(7 * n), 1, 0, 0, 1, Decimal(n), Decimal(2)) for n in range(6)]
    found = chart_of(rule, seen, [])
    assert found is not None and found.title == "Value"
    assert [point.text for point in found.points] == ["0", "0.5", "1", "1.5", "2", "2.5"] and found.ticks[2][1] == "2.5"
