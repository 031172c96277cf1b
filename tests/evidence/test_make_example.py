"""The example district: the script gives the committed bytes, and what its README lists stands in it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

EVIDENCE = Path(__file__).parents[2] / "evidence"
SCRIPTS = ("README.md", "make_example.py", "maker")
DATA = sorted(
    str(path.relative_to(EVIDENCE)) for path in EVIDENCE.rglob("*")
    if path.is_file() and path.relative_to(EVIDENCE).parts[0] not in SCRIPTS and not path.name.startswith(".")
)  # fmt: skip
AS_OF = "2026-01-30T23:59"


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one file; the last cells of a short row are None."""
    with (EVIDENCE / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


MEETINGS = rows("meetings.csv")
HELD = [row for row in MEETINGS if row["state"] == "Held" and row["meeting_id"].startswith("m-")]


def of_team(team: str) -> list[dict[str, str]]:
    return [row for row in HELD if team in row["team_code"].split(";")]


def in_week(team: str, monday: str) -> int:
    first = date.fromisoformat(monday)
    return sum(
        first <= datetime.fromisoformat(row["started_at"]).date() < first + timedelta(7) for row in of_team(team)
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    subprocess.run([sys.executable, str(EVIDENCE / "make_example.py"), str(folder)], check=True)
    return folder


def test_the_script_writes_these_files_and_no_others(made: Path) -> None:
    """Each file of data in the folder is made by the script."""
    assert sorted(str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()) == DATA


@pytest.mark.parametrize("name", DATA)
def test_the_script_writes_the_committed_bytes(made: Path, name: str) -> None:
    """Run again, it gives the same bytes."""
    assert (made / name).read_bytes() == (EVIDENCE / name).read_bytes()


@pytest.mark.parametrize("name", DATA)
def test_the_readme_names_each_file(name: str) -> None:
    """No file of data is left out of the README."""
    assert f"`{name}`" in (EVIDENCE / "README.md").read_text()


def test_it_is_as_large_as_it_says() -> None:
    """Six schools, 40 teams, 260 people, and events one can still read."""
    assert len(rows("schools.csv")) == 6
    assert len(rows("teams.csv")) == 40
    assert len({row["staff"] for row in rows("staff.csv")}) == 260
    others = ("needs.csv", "leader_visits.csv", "visit_feedback.csv", "coaching.csv", "efficacy.csv", "registers.csv")
    sessions = len({row["session"] for row in rows("trainings.csv")})
    norms = len((EVIDENCE / "norms.jsonl").read_text().splitlines())
    assert 2800 <= len(MEETINGS) + norms + sessions + sum(len(rows(name)) for name in others) <= 3600


def test_every_member_and_attendee_is_on_the_staff() -> None:
    """Ids of members and attendees exist in the staff file; zeros are kept."""
    staff = {row["staff"].lstrip("'") for row in rows("staff.csv")}
    assert {row["staff"].lstrip("'") for row in rows("team_members.csv")} <= staff
    assert {person for row in HELD for person in row["attendees"].split(";") if person} <= staff
    assert all(len(person) == 6 and person.startswith("00") for person in staff)


def test_a_team_never_logged_anything_while_its_school_did() -> None:
    """marsh-sci has no record of any kind; others of Marsh Lake have."""
    assert not of_team("marsh-sci")
    assert "marsh-sci" not in (EVIDENCE / "norms.jsonl").read_text()
    assert not any("marsh-sci" in row["Team(s) visited"] for row in rows("leader_visits.csv"))
    assert len(of_team("marsh-ela")) > 80


def test_a_feed_dies_in_november() -> None:
    """Birchwood's last record is of 7 November, in the meeting log and in the norms."""
    last = max(row["started_at"] for row in HELD if row["team_code"].startswith("birch"))
    norms = [json.loads(line) for line in (EVIDENCE / "norms.jsonl").read_text().splitlines()]
    assert "2025-11-03" < last < "2025-11-08"
    assert max(row["when"] for row in norms if row["team"].startswith("birch")) < "2025-11-08"
    assert any(row["school_code"] == "birch" and row["on"] > "2026-01-01" for row in rows("coaching.csv"))


def test_all_other_schools_log_every_week_that_has_school() -> None:
    """Between two records of a school lie at most three school days, so that only Birchwood is silent."""
    for school in ("alder", "cedar", "marsh", "north", "rivers"):
        closed = {
            row["date"]
            for row in rows("calendar.csv")
            if row["school"] == ("rivers" if school == "rivers" else "")
            and row["kind"] not in ("instructional", "partial")
        }
        seen = {row["started_at"][:10] for row in HELD if row["team_code"].startswith(school)}
        quiet = longest = 0
        for n in range((date(2026, 6, 12) - date(2025, 9, 2)).days + 1):
            day = date(2025, 9, 2) + timedelta(n)
            if day.weekday() < 5 and str(day) not in closed:
                quiet = 0 if str(day) in seen else quiet + 1
                longest = max(longest, quiet)
        assert longest <= 3, school


def test_the_calendar_has_thanksgiving_snow_and_a_school_of_its_own() -> None:
    """Snow is entered beside the instructional rows; Two Rivers has its own rows and terms."""
    kinds = {(row["date"], row["school"], row["kind"]) for row in rows("calendar.csv")}
    for day in range(8, 13):
        assert {(f"2025-12-{day:02}", "", "instructional"), (f"2025-12-{day:02}", "", "weather")} <= kinds
    assert ("2025-11-27", "", "holiday") in kinds
    assert ("2025-12-10", "rivers", "instructional") in kinds
    assert ("2025-10-21", "rivers", "non_instructional") in kinds
    assert sum(row["school"] == "rivers" for row in rows("terms.csv")) == 3


def test_four_people_move_in_january() -> None:
    """Each has a row that ends, one that begins, and memberships to match."""
    until = {row["staff"] for row in rows("staff.csv") if row["until"] == "2026-01-16"}
    since = {row["staff"] for row in rows("staff.csv") if row["from"] == "2026-01-20"}
    joined = {row["staff"] for row in rows("team_members.csv") if row["from"] == "2026-01-20"}
    assert len(until) == 4
    assert until == since == joined


def test_a_teacher_is_shared_by_two_schools() -> None:
    """One person without dates has rows at two schools, and weekdays in each team."""
    count = Counter(row["staff"] for row in rows("staff.csv") if not row["from"] and not row["until"])
    shared = [staff for staff, places in count.items() if places == 2]
    weekdays = {row["team"]: row["weekdays"] for row in rows("team_members.csv") if row["staff"] == shared[0]}
    assert len(shared) == 1
    assert weekdays == {"marsh-mtss": "mon;tue;wed", "rivers-mtss": "thu;fri"}


def test_a_team_is_formed_late() -> None:
    """north-g9 begins on 10 November, and so do its records."""
    assert [row["from"] for row in rows("teams.csv") if row["team"] == "north-g9"] == ["2025-11-10"]
    assert min(row["started_at"] for row in of_team("north-g9")) >= "2025-11-10"


def test_meetings_are_cancelled_moved_joined_and_planned() -> None:
    """Cancelled in the snow week and in north-mtss, moved as two versions, joint ones, a series in the break."""
    cancelled = [row for row in MEETINGS if row["state"] == "Cancelled"]
    versions = Counter(row["meeting_id"] for row in {tuple(row.items()): row for row in MEETINGS}.values())
    assert sum("2025-12-08" <= row["started_at"] < "2025-12-13" for row in cancelled) >= 12
    assert sum(row["team_code"] == "north-mtss" for row in cancelled) > len(of_team("north-mtss"))
    assert sum(number == 2 for number in versions.values()) == 6
    assert any(row["team_code"] == "alder-g3;alder-g4" for row in HELD)
    assert any(row["state"] == "Planned" and row["started_at"].startswith("2025-12-23") for row in MEETINGS)


def test_three_weeks_were_typed_in_at_once() -> None:
    """alder-g2: 27 October to 14 November became known on 17 November."""
    late = [row for row in of_team("alder-g2") if "2025-10-27" <= row["started_at"] < "2025-11-15"]
    assert len(late) >= 8
    assert {row["typed_at"] for row in late} == {"2025-11-17T16:00"}


def test_durations_are_missing_for_one_team() -> None:
    """rivers-g5 leaves the duration empty from November on."""
    durations = {
        row["duration_min"] for row in of_team("rivers-g5") if "2025-11-03" <= row["started_at"] < "2026-02-13"
    }
    assert durations == {""}


def test_a_school_gets_better_in_january() -> None:
    """The teams of Cedar Hollow meet twice in a full week before January and three times after."""
    for team in ("cedar-g1", "cedar-g2", "cedar-g3", "cedar-g4"):
        assert in_week(team, "2025-11-17") == 2
        assert in_week(team, "2026-01-12") == 3


def test_needs_without_training() -> None:
    """Marsh Lake holds no training on numeracy or inclusion before January."""
    held = {row["topic"] for row in rows("trainings.csv") if row["building"] == "marsh" and row["session_date"] < AS_OF}
    needed = {row["topic"] for row in rows("needs.csv") if row["building"] == "marsh" and row["raised_on"] < "2025-11"}
    assert needed - held == {"numeracy", "inclusion"}


def test_most_reviews_change_nothing() -> None:
    """A review says no_change or revise, and one decision to revise is not carried out."""
    norms = [json.loads(line) for line in (EVIDENCE / "norms.jsonl").read_text().splitlines()]
    results = Counter(row["result"] for row in norms if row["kind"] == "norm_review")
    assert set(results) == {"no_change", "revise"}
    assert results["no_change"] > 4 * results["revise"]
    assert not any(row["kind"] == "norm_revision" and row["team"] == "alder-g3" for row in norms)


def test_dirty_rows_are_there_and_few() -> None:
    """Two unknown teams, a bad date, a short row, a bad number, two duplicates."""
    teams = {row["team"] for row in rows("teams.csv")}
    whole = [row for row in MEETINGS if None not in row.values()]
    assert [row["team_code"] for row in whole if not set(row["team_code"].split(";")) <= teams] == [
        "alder-g9",
        "birch-g7",
    ]
    assert [row["meeting_id"] for row in MEETINGS if row["typed_at"] is None] == ["x-0004"]
    assert [row["meeting_id"] for row in whole if "-13-" in row["started_at"]] == ["x-0003"]
    assert len(MEETINGS) - len({tuple(row.items()) for row in MEETINGS}) == 2
    assert sum(row["meeting_id"].startswith("x-") for row in MEETINGS) == 5


def test_one_file_is_as_windows_writes_it() -> None:
    """leader_visits.csv has a byte order mark and CRLF; no other table has."""
    content = {name: (EVIDENCE / name).read_bytes() for name in DATA if "/" not in name}
    assert [name for name, text in content.items() if text.startswith(b"\xef\xbb\xbf")] == ["leader_visits.csv"]
    assert [name for name, text in content.items() if b"\r\n" in text] == ["leader_visits.csv"]


def test_two_ids_and_a_spreadsheets_guard() -> None:
    """One attendee lost the zeros; one id carries an apostrophe."""
    assert {row["attendee"] for row in rows("trainings.csv") if not row["attendee"].startswith("0")} == {"1021"}
    assert [row["staff"] for row in rows("staff.csv") if row["staff"].startswith("'")] == ["'001006"]


def test_what_happens_later_is_recorded_later() -> None:
    """No meeting was typed in before it was held, so that 30 January knows nothing of February."""
    known = [row for row in HELD if row["typed_at"] <= AS_OF]
    assert all(row["typed_at"] >= row["started_at"] for row in HELD)
    assert max(row["started_at"] for row in known) < AS_OF
    assert len(known) > 1000
