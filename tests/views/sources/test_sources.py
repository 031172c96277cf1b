"""`fidelity sources`: every source accounted for, in a table, in words and as a map, at any width and without colour."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import click
import pytest

from fidelity_engine import Engine
from fidelity_engine.cli import exit_code
from fidelity_engine.errors import FidelityError
from fidelity_engine.page import Page, columns_of
from fidelity_engine.result import Result
from fidelity_engine.views.sources import SourceAccount, Week, accounts, page_of
from fidelity_engine.views.sources.heat import CLOSED, EVENTS, PENDING, QUIET, SILENT, sign_of

RULES = """fidelity: 1
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-01, until: 2026-06-12}
as_of: 2025-10-31
roster: {schools: schools.csv, teams: teams.csv}
calendar: {weekdays: [mon, tue, wed, thu, fri], closed: [2025-10-13..2025-10-17]}
evidence:
  meetings: {read: meetings.csv, delivers: meeting, columns: {minutes: duration}, coverage: {silent_after: {instructional_days: 5}, per: school}}
  survey: {read: survey.csv, delivers: answer, coverage: {through: 2025-10-24}}
  lost: {read: lost.csv, delivers: visit, coverage: always, optional: OPTIONAL}
rules:
- {id: a.rule, title: T, expect: {of: team, each: week}, measure: {kind: count, event: meeting}, judge: {at_least: 1}}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Lincoln meets every week day; Roosevelt's feed dies at the end of September."""
    days = [date(2025, 9, 1) + timedelta(days=n) for n in range(61)]
    holiday = [date(2025, 10, 13) + timedelta(days=n) for n in range(5)]
    rows = [f"g2,{day},45" for day in days if day.weekday() < 5 and day not in holiday]
    rows += [f"g3,{day},45" for day in days if day.weekday() == 1 and day.month == 9]
    (tmp_path / "meetings.csv").write_text("\n".join(["team,start,duration", *rows, "g2,yesterday,1", "g9,2025-09-02,1", "g2,2025-09-01,long", ""]))
    (tmp_path / "survey.csv").write_text("start\n2025-09-10\n")
    (tmp_path / "schools.csv").write_text("school,name\nlincoln,Lincoln\nroosevelt,Roosevelt\n")
    (tmp_path / "teams.csv").write_text("team,name,school,kind\ng2,Grade 2,lincoln,grade-level\ng3,Grade 3,roosevelt,grade-level\n")
    (tmp_path / "rules.yaml").write_text(RULES.replace("OPTIONAL", "true"))
    return tmp_path / "rules.yaml"


@pytest.fixture
def result(rules: Path) -> Iterator[Result]:
    """The run of that district."""
    with closing(Engine.from_file(rules).evaluate()) as found:
        yield found


@pytest.fixture
def found(result: Result) -> dict[str, SourceAccount]:
    """Its accounts by source."""
    return {one.count.source: one for one in accounts(result)}


def test_an_account_tells_rows_reasons_and_first_examples(found: dict[str, SourceAccount]) -> None:
    """Counts add up, each reason has its first place, and so has each field whose values do not convert."""
    meetings = found["meetings"]
    count = meetings.count
    assert count.read == count.accepted + count.duplicates + count.quarantined == 48
    assert meetings.reasons == {"bad_timestamp": 1, "unknown_team": 1}
    assert [(one.reason, one.rows, one.place, one.row) for one in meetings.examples] == [
        ("bad_timestamp", 1, "meetings.csv", 46), ("bad_value", 1, "meetings.csv", 48), ("unknown_team", 1, "meetings.csv", 47)]
    assert meetings.last_event == date(2025, 10, 31)


def test_states_and_stretches(found: dict[str, SourceAccount]) -> None:
    """A feed that died is silent at its school, days after a fixed date are pending, a file that is not there is unreadable."""
    assert {name: one.state for name, one in found.items()} == {"meetings": "silent", "survey": "pending", "lost": "unreadable"}
    (silent,) = [one for one in found["meetings"].stretches if one.silent]
    assert (silent.school, silent.since, silent.until, silent.days) == ("roosevelt", date(2025, 10, 1), date(2025, 10, 31), 18)
    assert found["meetings"].silent_now == 1
    assert {(one.school, one.since, one.days) for one in found["survey"].stretches} == {
        ("lincoln", date(2025, 10, 27), 5), ("roosevelt", date(2025, 10, 27), 5)}


def test_weeks(found: dict[str, SourceAccount]) -> None:
    """A square knows its school days, the dates with events, and those that nobody can tell of; events of no school stand apart."""
    weeks = {week.monday: week for week in found["meetings"].weeks["roosevelt"]}
    assert weeks[date(2025, 9, 8)] == Week(date(2025, 9, 8), 5, 1, 0, 0, date(2025, 9, 12))
    assert weeks[date(2025, 10, 13)][1:5] == (0, 0, 0, 0)
    assert weeks[date(2025, 10, 20)][1:5] == (5, 0, 5, 0)
    assert sum(week.with_events for week in found["survey"].weeks[""]) == 1


@pytest.mark.parametrize("width", [60, 80, 100, 160])
@pytest.mark.parametrize("unicode", [True, False])
def test_every_line_fits(width: int, unicode: bool, result: Result) -> None:
    """No line is wider than the page, and a page without other signs gets ASCII."""
    text = "".join(page_of(accounts(result), date(2025, 10, 31), Page(width, unicode)))
    assert max(map(len, text.splitlines())) <= width
    assert unicode or text.isascii()


def test_the_map(result: Result) -> None:
    """Nine weeks: months above, a holiday week empty, silence marked by a sign."""
    text = "".join(page_of(accounts(result, ["meetings"]), date(2025, 10, 31), Page(80)))
    lines = text.splitlines()
    assert any(line.split() == ["Sep", "Oct"] for line in lines)
    assert "  lincoln    ██████ ██" in lines
    assert "  roosevelt  ░░░░×× ××" in lines
    assert "silent 1/2" in text


def test_colours_add_nothing(result: Result) -> None:
    """What a page in colour says, one without says too."""
    coloured = "".join(page_of(accounts(result), date(2025, 10, 31), Page(80, style=lambda text, role: click.style(text, fg="red"))))
    assert "\x1b[" in coloured
    assert click.unstyle(coloured) == "".join(page_of(accounts(result), date(2025, 10, 31), Page(80)))


MONDAY = date(2025, 9, 1)


@pytest.mark.parametrize(("days", "with_events", "silent", "pending", "sign"), [
    (5, 0, 5, 0, SILENT), (5, 2, 3, 0, SILENT), (5, 3, 2, 0, EVENTS[2]), (5, 1, 0, 4, EVENTS[0]), (5, 0, 0, 5, PENDING), (5, 0, 0, 0, QUIET),
    (0, 0, 0, 0, CLOSED), (0, 7, 0, 0, EVENTS[3]),
])  # fmt: skip
def test_signs(days: int, with_events: int, silent: int, pending: int, sign: object) -> None:
    """Silence of half a week weighs more than its events, events more than what is pending."""
    assert sign_of([Week(MONDAY, days, with_events, silent, pending, None)]) == sign


def test_a_long_year_on_a_narrow_page(result: Result) -> None:
    """Where there are more weeks than columns, a sign stands for several."""
    one = accounts(result, ["meetings"])[0]
    many = [Week(MONDAY + timedelta(weeks=n), 5, 5, 0, 0, None) for n in range(150)]
    wide = SourceAccount(one.count, one.coverage, {}, [], None, [], {"lincoln": many})
    text = "".join(page_of([wide], MONDAY, Page(60)))
    assert "A sign is 4 weeks" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 60


def test_a_source_that_is_not_there(result: Result) -> None:
    """An unknown name comes with the nearest known one."""
    with pytest.raises(FidelityError, match="Did you mean `meetings`"):
        accounts(result, ["meeting"])


def test_a_source_that_cannot_be_used_says_why(rules: Path) -> None:
    """Where most rows are quarantined the reasons and the first rows stand beside it, in one sentence each."""
    (rules.parent / "survey.csv").write_text("start,team\nyesterday,g2\ntoday,g2\n2025-09-10,g2\n")
    with closing(Engine.from_file(rules).evaluate()) as result:
        text = "".join(page_of(accounts(result, ["survey"]), date(2025, 10, 31), Page(160)))
    assert "More than half of its rows (2 of 3) are quarantined.\n" in text
    assert "bad_timestamp 2; first in survey.csv, row 1: `start` is neither an ISO 8601 timestamp" in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_wide_signs_stand_below_each_other(width: int, rules: Path) -> None:
    """Names of sources and schools in Chinese or with emoji: the columns stay columns, and no line overflows."""
    (rules.parent / "schools.csv").write_text("school,name\nlincoln,Lincoln\nroosevelt,R\n北京市第一实验小学校区,B\n🎓,E\n", "utf-8")
    rules.write_text(RULES.replace("OPTIONAL", "true").replace("  survey:", "  会议记录系统的数据来源名称会议记录系统的数据来源名称会议:"), "utf-8")
    with closing(Engine.from_file(rules).evaluate()) as result:
        lines = "".join(page_of(accounts(result), date(2025, 10, 31), Page(width))).splitlines()
    assert max(map(columns_of, lines)) <= width
    states = [re.search(r"(alive|silent|pending|empty|unreadable)[ 0-9/]*$", line) for line in lines[3:6]]
    assert len({columns_of(line[: state.start()]) for line, state in zip(lines[3:6], states, strict=True) if state}) == 1 and all(states)
    ends = {columns_of(line.rpartition(sign)[0]) for line in lines for sign in ("·", "×") if re.match(r"  \S+ +[░▒▓█·×? ]+$", line) and line.endswith(sign)}
    assert len(ends) == 1


def test_the_command(rules: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends with 0 where only an optional source is lost, with 3 where another is, and says when there is nothing to do."""
    monkeypatch.setenv("COLUMNS", "80")
    assert exit_code(["sources", str(rules)]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^meetings +48 +46 +2 +31 Oct +silent 1/2$", out, re.MULTILINE)
    assert "lost is not there, and is optional" in out
    rules.write_text(RULES.replace("OPTIONAL", "false"))
    assert exit_code(["sources", str(rules)]) == 3
    assert exit_code(["sources", str(rules), "--source", "meetings"]) == 0
    capsys.readouterr()
    assert exit_code(["sources", str(rules), "--as-of", "2025-08-01"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
