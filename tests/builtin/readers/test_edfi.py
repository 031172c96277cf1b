"""Ed-Fi: calendar, terms, staff and schools of standards 2.x and 5.x, which write the same things in different shapes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine.builtin.readers.edfi import EDFI, read
from fidelity_engine.errors import FidelityError, Mistakes
from fidelity_engine.plugin.spec import ReadRequest, Rows
from fidelity_engine.result import Result

HERE = Path(__file__).parent / "edfi"
OUTER = '<InterchangeEducationOrgCalendar xmlns="http://ed-fi.org/5.0.0">{}</InterchangeEducationOrgCalendar>'
DAY = """<CalendarDate><CalendarEvent>{event}</CalendarEvent><Date>{date}</Date><CalendarReference><CalendarIdentity>
    <CalendarCode>{code}</CalendarCode><SchoolReference><SchoolIdentity><SchoolId>1001</SchoolId></SchoolIdentity></SchoolReference>
    </CalendarIdentity></CalendarReference></CalendarDate>"""


def rows(listing: str, *paths: Path) -> Rows:
    """What the reader gives for a listing."""
    return read(ReadRequest(listing, paths, {}, Path(), "UTC", listing))


def written(folder: Path, content: str | bytes) -> Path:
    """A file with an interchange."""
    path = folder / "a.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("standard", ["2", "5"])
def test_calendar(standard: str) -> None:
    """Each event of a date is a row, nested or flat, by code value or URI; ids of lookups do not count beside the identity's."""
    assert [(row["date"], row["school"], row["kind"]) for row in rows("calendar", HERE / f"calendar-{standard}.xml").data] == [
        ("2025-09-02", "1001", "instructional"), ("2025-09-03", "1001", "instructional"), ("2025-09-03", "1001", "weather"),
        ("2025-09-04", "1001", "partial"), ("2025-09-05", "1001", "make_up"),
    ]  # fmt: skip


@pytest.mark.parametrize("standard", ["2", "5"])
def test_terms(standard: str) -> None:
    """Sessions are terms, with the days that they state."""
    assert rows("terms", HERE / f"calendar-{standard}.xml").data == [
        {"term": "Fall", "from": "2025-09-02", "until": "2025-09-05", "days": "4", "school": "1001"}]


@pytest.mark.parametrize("standard", ["2", "5"])
def test_staff(standard: str) -> None:
    """Each assignment is a row, with the grades that the association with the school tells; a reference may point by XML id."""
    found = rows("staff", HERE / f"staff-{standard}.xml", HERE / "schools-5.xml")
    assert found.data == [
        {"staff": "00123", "name": "Ann Example", "email": "ann@example.org", "school": "1001", "roles": "Teacher", "grades": ["02", "KG"],
         "from": "2025-08-20", "until": None},
        {"staff": "00124", "name": "Bo Example", "email": None, "school": "1001", "roles": "Principal", "grades": [],
         "from": "2025-08-20", "until": "2026-01-16"},
    ]  # fmt: skip


def test_schools() -> None:
    """Schools come with their grades in the codes of OneRoster; districts are none."""
    assert rows("schools", HERE / "schools-5.xml").data == [
        {"school": "1001", "name": "Lincoln Elementary", "school_level": "Elementary School", "grades": ["KG", "02"]}]


def test_sessions_that_share_a_name(tmp_path: Path) -> None:
    """A traditional year of two halves: each is told by its part of the year, whether that is a code value or a URI."""
    session = "<Session><SessionName>Traditional</SessionName><Term>{}</Term><BeginDate>2025-09-02</BeginDate>{}</Session>"
    at = "<SchoolReference><SchoolIdentity><SchoolId>{}</SchoolId></SchoolIdentity></SchoolReference>"
    sessions = [
        session.format("<CodeValue>Fall Semester</CodeValue>", at.format(1)), session.format("uri://ed-fi.org/TermDescriptor#Spring Semester", at.format(1)),
        session.format("Year Round", at.format(2)),
    ]  # fmt: skip
    found = rows("terms", written(tmp_path, OUTER.format("".join(sessions)))).data
    assert [(row["school"], row["term"]) for row in found] == [
        ("1", "Traditional, Fall Semester"), ("1", "Traditional, Spring Semester"), ("2", "Traditional")]


def test_the_address_at_work(tmp_path: Path) -> None:
    """Of several addresses the one at work is the one that calendars invite."""
    mail = "<ElectronicMail><ElectronicMailAddress>{}</ElectronicMailAddress><ElectronicMailType>{}</ElectronicMailType></ElectronicMail>"
    mails = mail.format("ann@home.example", "Home/Personal") + mail.format("Ann@District.example", "uri://ed-fi.org/ElectronicMailTypeDescriptor#Work")
    who = "<StaffUniqueId>1</StaffUniqueId>"
    content = OUTER.format(
        f"<Staff>{who}{mails}</Staff><StaffSchoolAssociation><StaffReference><StaffIdentity>{who}</StaffIdentity></StaffReference>"
        "<SchoolReference><SchoolIdentity><SchoolId>2</SchoolId></SchoolIdentity></SchoolReference></StaffSchoolAssociation>")
    assert [row["email"] for row in rows("staff", written(tmp_path, content)).data] == ["ann@district.example"]


def test_grading_periods_where_there_is_no_session(tmp_path: Path) -> None:
    """Standard 2 nests the descriptor of a grading period in an element of the same name."""
    period = "<GradingPeriod><GradingPeriod><CodeValue>First Quarter</CodeValue></GradingPeriod><BeginDate>2025-09-02</BeginDate></GradingPeriod>"
    (row,) = rows("terms", written(tmp_path, OUTER.format(period))).data
    assert (row["term"], row["from"], row["days"]) == ("First Quarter", "2025-09-02", None)


def test_several_calendars_of_a_school_are_a_mistake(tmp_path: Path) -> None:
    """Where nobody says which calendar is the school's, nothing is mixed."""
    days = DAY.format(event="Holiday", date="2025-09-02", code="a") + DAY.format(event="Instructional day", date="2025-09-02", code="b")
    (rejected,) = rows("calendar", written(tmp_path, OUTER.format(days))).rejected
    assert rejected.sentence == "School 1001 has several: a, b. Export the one that its teachers go by."


def test_a_reference_to_nobody_is_listed(tmp_path: Path) -> None:
    """An assignment of somebody whom the files do not have is named by file and entity."""
    before = "<StaffUniqueId>00124</StaffUniqueId>\n    <Name>"
    text = (HERE / "staff-5.xml").read_text("utf-8").replace(before, before.replace("00124", "00125"))
    found = rows("staff", written(tmp_path, text), HERE / "schools-5.xml")
    assert [(one.path, one.row, one.sentence) for one in found.rejected] == [
        ("a.xml", number, "It refers to the staff 00124, whom the files do not have.") for number in (4, 5)]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>' + OUTER.format("&b;")
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + OUTER.format("<Session><SessionName>&a;</SessionName></Session>")


@pytest.mark.parametrize(("content", "told"), [
    (BOMB, "declares entities"), (OUTSIDE, "declares entities"), ('<!DOCTYPE x SYSTEM "http://x.example/x.dtd">' + OUTER.format(""), "declares entities"),
    (OUTER.format("<CalendarDate>"), "no XML that can be read"), (OUTER.format("")[:-5], "no XML that can be read"), ("", "is empty"),
    (b"\xff\xfe<", "no XML that can be read"), ('<?xml version="1.0" encoding="nope"?><a/>', "no XML that can be read"), ("<html/>", "no Ed-Fi interchange"),
    (OUTER.format("<a>" * 60 + "</a>" * 60), "more than 40 deep"), (OUTER.format(""), "holds no CalendarDate"), (OUTER.format("&nope;"), "no XML|declares"),
])  # fmt: skip
def test_files_that_are_refused(content: str | bytes, told: str, tmp_path: Path) -> None:
    """Nothing is declared, fetched or expanded; what is no interchange ends with a sentence that names the file."""
    with pytest.raises(FidelityError, match=told) as error:
        rows("calendar", written(tmp_path, content))
    assert error.value.where == "a.xml"


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Entities are thrown away as they were read: ten thousand others beside one that counts take no room."""
    other = "<AcademicWeek>" + "<WeekIdentifier>x</WeekIdentifier>" * 20 + "</AcademicWeek>"
    path = written(tmp_path, OUTER.format(other * 10_000 + DAY.format(event="Holiday", date="2025-09-02", code="a")))
    tracemalloc.start()
    assert len(list(rows("calendar", path).data)) == 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert path.stat().st_size > 6_000_000 > 3 * peak


@pytest.mark.parametrize("listing", ["teams", "members", "owners", ""])
def test_what_an_interchange_does_not_hold(listing: str) -> None:
    """Teams of teachers are not in it, and neither is evidence."""
    with pytest.raises(FidelityError, match="cannot be"):
        rows(listing, HERE / "staff-5.xml")


def district(evaluated: Callable[..., Result], calendar: str, **files: Any) -> Result:
    """A district whose roster and calendar are Ed-Fi's, from one folder."""
    folder = {f"edfi/{path.name}": path.read_text("utf-8") for path in (HERE / "staff-5.xml", HERE / "schools-5.xml")}
    roster = """roster:
  schools: {read: edfi, reader: edfi}
  staff: {read: edfi, reader: edfi, columns: {roles: {column: roles, map: {Teacher: general_ed}}}}
  teams: own.csv
"""
    own = {"own.csv": "team,name,school,kind\ng2,Grade 2,1001,grade-level\n", "calendar.xml": calendar, **folder, **files}
    head = "fidelity: 1\ntimezone: America/Detroit\nyear: 2025-26\nperiod: {from: 2025-09-02, until: 2025-09-05}\nas_of: 2025-09-05\n"
    days = "calendar: {read: calendar.xml, reader: edfi, terms: {read: calendar.xml, reader: edfi}}\n"
    return evaluated(own, roster=roster, calendar=days, head=head)


@pytest.mark.parametrize("standard", ["2", "5"])
def test_a_district_on_interchanges(standard: str, evaluated: Callable[..., Result]) -> None:
    """A weather day closes; the stated total that differs from the dates is a finding about the calendar."""
    with district(evaluated, (HERE / f"calendar-{standard}.xml").read_text("utf-8")) as result:
        assert result.scope
        assert [row["days"] for row in result.verdicts.rows()] == [3]
        assert result.scope.db.rows("select staff, roles, grades from person join assignment using (staff_no) order by 1") == [
            ("00123", ["general_ed"], ["02", "KG"]), ("00124", ["Principal"], [])]
        assert [one.message for one in result.findings if one.about != "practice"] == [
            "The calendar states 4 days for Fall, its dates give 3."]


def test_a_kind_of_day_that_nobody_knows(evaluated: Callable[..., Result]) -> None:
    """A district's own code value is a mistake until it is mapped."""
    text = (HERE / "calendar-5.xml").read_text("utf-8").replace("#Make-up day", "#Spirit day")
    with pytest.raises(Mistakes, match="unknown kind of day 'Spirit day'"):
        district(evaluated, text)


def test_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the extra is not installed, the sentence says how to get it."""
    monkeypatch.setitem(__import__("sys").modules, "defusedxml", None)
    with pytest.raises(FidelityError, match=r"pip install 'fidelity-engine\[edfi\]'"):
        rows("schools", HERE / "schools-5.xml")


def test_it_is_declared_through_the_hook() -> None:
    """The reader takes folders, and claims no extension."""
    assert (EDFI.folders, EDFI.extensions) == (True, ())
