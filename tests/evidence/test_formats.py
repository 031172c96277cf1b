"""The example of formats: two schools read from every system, whole, with what stands in the files on purpose."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from openpyxl import load_workbook

from fidelity_engine import Engine
from fidelity_engine.result import Result

ROOT = Path(__file__).parents[2]
FILES = ROOT / "evidence" / "formats"


@pytest.fixture(scope="module")
def result() -> Iterator[Result]:
    """The rule pack as of the day on which it stands still."""
    with Engine.from_file(ROOT / "rules" / "formats.yaml").evaluate() as found:
        yield found


def test_every_source_is_read_whole(result: Result) -> None:
    """No row is in quarantine; the one value that is none is the workbook's #N/A."""
    found = {one.source: (one.read, one.accepted, one.quarantined, one.bad_values) for one in result.summary.sources}
    assert found == {
        "academy": (232, 8, 0, 0), "alder-calendar": (142, 142, 0, 0), "coaching-system": (33, 33, 0, 0), "meeting-form": (212, 212, 0, 0),
        "norms-sheet": (14, 14, 0, 0), "rivers-calendars": (105, 105, 0, 0), "walkthroughs": (70, 70, 0, 1),
    }  # fmt: skip
    assert result._db.rows("select place, row, field from bad_value where row is not null") == [("walkthroughs.xlsx, sheet Log", 12, "minutes")]


def test_nothing_is_open_and_nothing_is_missing(result: Result) -> None:
    """The run is whole, every rule is judged, and no finding is open."""
    rows = list(result.verdicts.rows())
    assert {row["rule"] for row in rows} == {rule.id for rule in result.scope.ruleset.rules}
    assert not {row["verdict"] for row in rows} & {"error", "no_data"}
    assert not result.summary.unfinished and not [finding for finding in result.findings if finding.state == "open"]


def test_roster_and_calendar_come_from_the_standards(result: Result) -> None:
    """Bell times of OneRoster, staff and days of Ed-Fi, teams of the database; the last day of a term is the one before its end."""
    db = result._db
    assert db.rows("select school, day_start, grades[1] from roster_school order by 1") == [("alder", 510, "KG"), ("rivers", 490, "KG")]
    assert db.rows("select team, name, students from roster_team order by 1 limit 1") == [("alder-g1", "Alder Grade 1", 79)]
    assert db.rows("select roles, until_date::varchar, \"@email\" from roster_staff where staff = '001009'") == [
        (["general_ed"], "2026-01-16", "001009@example-district.example")]
    assert db.rows("select distinct term, until_date::varchar from term order by 1") == [("fall", "2026-01-16"), ("spring", "2026-06-12")]
    closed = "select count(*) from day join school using (class_no) where school = $school and date between '2025-12-08' and '2025-12-12' and not instructional"
    assert [db.one(closed, {"school": school}) for school in ("alder", "rivers")] == [5, 2]


def test_what_happens_to_calendars(result: Result) -> None:
    """A moved meeting is that week's, a cancelled one is not, excluded days are none, and a change holds for all later ones."""
    missed = {(row["subject"], str(row["window_start"])) for row in result.verdicts.rows()
              if row["rule"] == "sys.time-planned" and row["verdict"] == "missed"}  # fmt: skip
    assert {("alder-g2", "2025-11-10"), ("alder-g1", "2025-11-03")} <= missed and ("alder-g1", "2025-10-13") not in missed
    events = result.scope.events["planned_meeting"]
    starts = f"select distinct strftime(start, '%H:%M') from {events} e join subject s on s.subject_no = e.team_no where subject = 'rivers-g3' and date "
    assert result._db.rows(f"{starts} < '2026-01-05'") == [("12:30",)]
    assert result._db.rows(f"{starts} >= '2026-01-05'") == [("13:00",)]


def test_who_came_to_trainings(result: Result) -> None:
    """Two were there in name only, one statement is voided, and one is of somebody whom Ed-Fi does not know yet."""
    came = result._db.rows(f"select sum(len(participants)), sum(unknown_participants) from {result.scope.events['training']}")
    assert came == [(232 - 2 - 2 - 1, 1)]


def test_the_files_are_what_their_programs_would_read() -> None:
    """The archive, the workbook and the database are whole: another library opens each."""
    with zipfile.ZipFile(FILES / "oneroster.zip") as archive:
        assert archive.testzip() is None and archive.namelist() == ["manifest.csv", "orgs.csv", "academicSessions.csv"]
    book = load_workbook(io.BytesIO((FILES / "walkthroughs.xlsx").read_bytes()))
    assert book.sheetnames == ["Log", "Key"] and book["Log"]["B4"].is_date
    with closing(sqlite3.connect(f"file:{FILES / 'office.db'}?mode=ro", uri=True)) as office:
        assert office.execute("pragma integrity_check").fetchone() == ("ok",)
