"""backtest: what would have been said on each date, from what was known then."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fidelity_engine import Engine, FidelityError
from fidelity_engine.page import Page
from fidelity_engine.views.backtest import backtest, dates, lines

RULES = """
fidelity: 1
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-01, until: 2025-12-19}
roster: {schools: {read: schools.csv}, teams: {read: teams.csv}}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
evidence:
  log: {read: log.csv, delivers: meeting, coverage: always}
rules:
  - id: weekly
    title: A meeting a week
    expect: {of: team, each: week}
    measure: {kind: count, event: meeting}
    judge: {at_least: 1}
    mode: trial
"""
LOG = """id,team,start,recorded_at
1,g3,2025-09-02T10:00,
2,g3,2025-09-09T10:00,2025-09-23T10:00
3,g3,2025-09-16T10:00,
4,g3,2025-09-23T10:00,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One team; the meeting of its second week became known two weeks later."""
    for name, text in {"rules.yaml": RULES, "stricter.yaml": RULES.replace("at_least: 1", "at_least: 2"), "log.csv": LOG,
                       "schools.csv": "school,name\nlincoln,Lincoln\n", "teams.csv": "team,name,school\ng3,Grade 3,lincoln\n"}.items():  # fmt: skip
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_what_became_known_late_is_missed_first_and_withdrawn_then(folder: Path) -> None:
    """A finding is opened from what was known; the late record withdraws it. Rules on trial count."""
    found = backtest(Engine.from_file(folder / "rules.yaml"), date(2025, 9, 5), date(2025, 9, 28), "week")
    assert [(moment.day, moment.open_findings) for moment in found.moments] == [
        (date(2025, 9, 7), 0), (date(2025, 9, 14), 1), (date(2025, 9, 21), 0), (date(2025, 9, 28), 0)]  # fmt: skip
    assert [dict(moment.totals) for moment in found.moments][1] == {"met": 1, "missed": 1}
    tally = found.tallies["weekly"]
    assert (len(tally.opened), len(tally.withdrawn), len(tally.open_now)) == (1, 1, 0)


def test_what_was_open_before_was_not_opened_in_the_range(folder: Path) -> None:
    """A finding of the day before the range is none of the range's."""
    found = backtest(Engine.from_file(folder / "rules.yaml"), date(2025, 9, 14), date(2025, 9, 15))
    tally = found.tallies["weekly"]
    assert (len(tally.before), len(tally.opened), len(tally.withdrawn), len(tally.open_now)) == (1, 0, 0, 1)


def test_what_was_open_before_and_is_gone_was_withdrawn(folder: Path) -> None:
    """A late record in the range withdraws what was open before it."""
    found = backtest(Engine.from_file(folder / "rules.yaml"), date(2025, 9, 15), date(2025, 9, 24))
    tally = found.tallies["weekly"]
    assert (len(tally.before), len(tally.opened), len(tally.withdrawn), len(tally.open_now)) == (1, 0, 1, 0)


def test_another_rule_file_is_compared_cell_by_cell(folder: Path) -> None:
    """What the other file says otherwise is counted and named."""
    engines = [Engine.from_file(folder / name) for name in ("rules.yaml", "stricter.yaml")]
    found = backtest(engines[0], date(2025, 9, 14), date(2025, 9, 14), against=engines[1])
    (change,) = found.moments[0].changes
    assert (change.key.window_start, change.before, change.after) == (date(2025, 9, 1), "met", "missed")
    assert found.moments[0].other_open == 1
    text = "\n".join(lines(found, Page()))
    assert "weekly, met here, missed there: g3 2025-09-01" in text
    row = next(line for line in text.splitlines() if line.startswith("weekly   "))
    assert row.split() == ["weekly", "1", "0", "0", "1"]


def test_the_chart_shows_what_changes(folder: Path) -> None:
    """Per date how many cells differ, and a bar for those that only the other file calls missed."""
    engines = [Engine.from_file(folder / name) for name in ("rules.yaml", "stricter.yaml")]
    said = list(lines(backtest(engines[0], date(2025, 9, 7), date(2025, 9, 28), "week", engines[1]), Page()))
    chart = [line for line in said if "│" in line]
    assert [line.split()[0] for line in chart] == ["2025-09-07", "2025-09-14", "2025-09-21", "2025-09-28"]
    assert [line.rpartition("│")[2].count("█") for line in chart] == [5, 5, 10, 20]       # the second week is known late
    assert [line.split()[-1] for line in chart] == ["1", "1", "2", "4"]


@pytest.mark.parametrize("width", [20, 60, 80, 160])
@pytest.mark.parametrize("unicode", [True, False])
def test_nothing_is_wider_than_the_page(folder: Path, width: int, unicode: bool) -> None:
    """On a narrow page the rarer verdicts share a column, and bars are shorter; without unicode there is none of it."""
    engines = [Engine.from_file(folder / name) for name in ("rules.yaml", "stricter.yaml")]
    page = Page(width, unicode)
    said = list(lines(backtest(engines[0], date(2025, 9, 7), date(2025, 9, 28), "week", engines[1]), page))
    assert max(map(len, said)) <= page.columns
    assert unicode or all(line.isascii() for line in said)


def test_outside_the_period_there_is_nothing_to_say(folder: Path) -> None:
    """Dates before the period are shown as such."""
    found = backtest(Engine.from_file(folder / "rules.yaml"), date(2025, 8, 30), date(2025, 8, 31))
    assert all(moment.idle for moment in found.moments)
    assert "nothing to do" in "\n".join(lines(found, Page()))


@pytest.mark.parametrize(
    ("last", "each", "expected"),
    [
        (date(2025, 9, 3), None, ["01", "02", "03"]),
        (date(2025, 9, 16), "week", ["07", "14", "16"]),
        (date(2025, 9, 30), "month", ["30"]),
    ],
)
def test_dates(last: date, each: str | None, expected: list[str]) -> None:
    """Every day of a short range; the ends of weeks or months; always the last date."""
    assert [f"{day:%d}" for day in dates(date(2025, 9, 1), last, each)[0]] == expected  # type: ignore[arg-type]


def test_a_long_range_is_looked_at_week_by_week() -> None:
    """Nobody waits for a year of days."""
    assert dates(date(2025, 9, 1), date(2026, 6, 12), None)[1] == "week"


@pytest.mark.parametrize("each", ["day", "week", "month"])
def test_the_last_day_of_all(each: str) -> None:
    """It has no next one, and is looked at all the same."""
    assert dates(date(9999, 12, 31), date(9999, 12, 31), each)[0] == [date(9999, 12, 31)]  # type: ignore[arg-type]


def test_a_range_that_ends_before_it_begins_is_a_mistake() -> None:
    """The earlier date comes first."""
    with pytest.raises(FidelityError, match="lies after"):
        dates(date(2025, 9, 2), date(2025, 9, 1), None)
