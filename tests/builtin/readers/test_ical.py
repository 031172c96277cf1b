"""iCalendar: each instance of a meeting is a row, none is lost, moved or brought back."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import icalendar
import pytest
import recurring_ical_events
from ruamel.yaml import YAML

from fidelity_engine.builtin.readers.ical import ICAL
from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.spec import Placed, ReadRequest, Rows
from fidelity_engine.result import Result

CASES = YAML(typ="safe").load((Path(__file__).parent / "ical.yaml").read_text("utf-8"))
SINCE, UNTIL = date(2025, 9, 1), date(2025, 12, 21)


def calendar(events: str, head: str = "") -> str:
    """A calendar with these events, as a feed writes it."""
    blocks = []
    for lines in filter(str.strip, events.split("\n\n")):
        text = lines.strip()
        text += "" if re.search("^UID", text, re.MULTILINE) else "\nUID:m"
        text += "" if "DTSTAMP" in text else "\nDTSTAMP:20250801T000000Z"
        blocks.append(f"BEGIN:VEVENT\n{text}\nEND:VEVENT\n")
    whole = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{head}{''.join(blocks)}END:VCALENDAR\n"
    return whole.replace("\n", "\r\n")


def read(folder: Path, files: dict[str, str | bytes], since: date = SINCE, until: date = UNTIL, **options: Any) -> Rows:
    """What the reader gives for files."""
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    paths = [folder / name for name in files]
    return ICAL.read(ReadRequest("log", paths, options, folder, "America/Detroit", since=since, until=until))


def taken(rows: Rows) -> list[dict[str, Any]]:
    """The rows as mappings, in the order of their starts."""
    found = [row.values if isinstance(row, Placed) else row for row in rows.data]  # type: ignore[union-attr]
    return sorted((dict(row) for row in found), key=lambda row: (row["start"], row["id"]))


@pytest.mark.parametrize("case", [pytest.param(case, id=case["says"]) for case in CASES])
def test_cases(case: dict[str, Any], tmp_path: Path) -> None:
    """Every case of the table: which instances there are, when, and what is refused for which reason."""
    rows = read(tmp_path, {"team.ics": calendar(case["events"], case.get("head", ""))}, zones=case.get("zones", {}))
    found = taken(rows)
    if "rows" in case:
        assert [[row["id"], row["start"], row["end"], row["status"]] for row in found] == case["rows"]
    else:
        assert [row["start"] for row in found] == case["starts"]
    refused = [one.sentence for one in rows.rejected if one.reason == "unreadable_row"]
    assert bool(refused) == ("refused" in case)
    assert case.get("refused", "") in "".join(refused)
    assert [one.row for one in rows.rejected if one.reason == "superseded"] == case.get("superseded", [])


@pytest.mark.parametrize("rule", [
    "FREQ=WEEKLY;BYDAY=TU,TH", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO", "FREQ=MONTHLY;BYDAY=2TU", "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=DAILY;INTERVAL=3;COUNT=30", "FREQ=WEEKLY;UNTIL=20251104T145959Z",
    "FREQ=YEARLY;BYMONTH=9,10,11;BYDAY=1WE", "FREQ=WEEKLY;COUNT=8;BYDAY=MO,WE,FR",
])
def test_an_independent_library_says_the_same(rule: str, tmp_path: Path) -> None:
    """Where feeds are as the standard has them, another expansion of the same series finds the same instances."""
    text = calendar(
        f"DTSTART;TZID=America/Detroit:20250902T100000\nDTEND;TZID=America/Detroit:20250902T110000\nRRULE:{rule}\n"
        "EXDATE;TZID=America/Detroit:20250916T100000\nRDATE;TZID=America/Detroit:20250920T100000\n\n"
        "DTSTART;TZID=America/Detroit:20250910T120000\nDTEND;TZID=America/Detroit:20250910T123000\n"
        "RECURRENCE-ID;TZID=America/Detroit:20250909T100000"
    )
    other = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(SINCE, date(2025, 12, 22))
    expected = sorted((one["DTSTART"].dt.isoformat(), one["DTEND"].dt.isoformat()) for one in other)
    found = [(row["start"], row["end"]) for row in taken(read(tmp_path, {"team.ics": text}))]
    hit = "2025-09-10T12:00:00-04:00"
    assert [one for one in found if one[0] != hit] == [one for one in expected if one[0] != hit]
    assert len(found) > 3


def test_who_is_invited(tmp_path: Path) -> None:
    """Addresses in small letters, without rooms and those who declined; who accepted; who invited; what it is about."""
    (row,) = taken(read(tmp_path, {"team.ics": calendar(
        'DTSTART:20250902T100000\nSUMMARY:PLC\\, Grade 3\nCATEGORIES:PLC,Grade 3\nORGANIZER:MAILTO:Lead@X.org\nDESCRIPTION:secret\n'
        'ATTENDEE;CN="Doe, Ann";PARTSTAT=ACCEPTED:mailto:Ann@x.org\nATTENDEE;PARTSTAT=DECLINED:mailto:bob@x.org\n'
        "ATTENDEE;CUTYPE=ROOM;PARTSTAT=ACCEPTED:mailto:room@x.org\nATTENDEE:mailto:cy@x.o\n rg\nATTENDEE;EMAIL=dee@x.org:urn:uuid:1\nCREATED:20250801T120000Z"
    )}))
    assert row["attendees"] == ["ann@x.org", "cy@x.org", "dee@x.org"]
    assert (row["accepted"], row["organizer"]) == (["ann@x.org"], "lead@x.org")
    assert (row["summary"], row["categories"], row["created"]) == ("PLC, Grade 3", ["PLC", "Grade 3"], "2025-08-01T12:00:00Z")
    assert "secret" not in str(row)


def test_one_meeting_in_two_calendars_is_one_event_of_both(tmp_path: Path) -> None:
    """The same UID in two team calendars is one meeting of two teams, told twice; one that means different things in each is two."""
    event = "UID:{}\nDTSTART;TZID=America/Detroit:2025090{}T100000"
    one = calendar(f"{event.format('a', 2)}\n\n{event.format('t', 3)}", "X-WR-CALNAME:Grade 2\n")
    two = calendar(f"{event.format('a', 2)}\n\n{event.format('t', 4)}")
    found = [(row["id"], row["start"][:10], row["calendar"]) for row in taken(read(tmp_path, {"x.ics": one, "grade-3.ics": two}))]
    assert found == [
        *[("a", "2025-09-02", ["Grade 2", "grade-3"])] * 2, ("t/Grade 2", "2025-09-03", "Grade 2"), ("t/grade-3", "2025-09-04", "grade-3"),
    ]


def test_the_counts_of_versions_add_up(evaluated: Callable[..., Result]) -> None:
    """Older versions of a series and of an exception are superseded, copies are duplicates, and neither brings a meeting back."""
    series = "UID:a\nSEQUENCE:{}\nDTSTART;TZID=America/Detroit:202509{}T100000\nRRULE:FREQ=WEEKLY;COUNT=4"
    moved = "UID:a\nSEQUENCE:{}\nRECURRENCE-ID;TZID=America/Detroit:20250917T100000\nDTSTART;TZID=America/Detroit:202509{}T130000"
    old, new, old_move, new_move = series.format(0, "09"), series.format(1, "10"), moved.format(1, "18"), moved.format(2, "19")
    head = "X-WR-CALNAME:Grade 2\n"
    files = {"plc-1.ics": calendar("\n\n".join([new, old_move, old, new_move, new]), head), "plc-2.ics": calendar(new, head)}
    source = "evidence: {plc: {read: plc-*.ics, delivers: training, columns: {team: {column: calendar, by: name}}, coverage: always}}\n"
    with evaluated(files, source) as result:
        (found,) = result.summary.sources
        assert (found.read, found.accepted, found.duplicates, found.quarantined) == (12, 4, 6, 2)
        assert result._db.rows("select reason, rows from quarantine_count") == [("superseded", 2)]
        assert result._db.rows("select place, row, sentence from quarantine where row = 12") == [
            ("plc-1.ics", 12, "A newer version of the event with the same UID is used.")]
        starts = result._db.rows("select start::date::varchar from event_0_rows order by 1")
        assert [start for (start,) in starts] == ["2025-09-10", "2025-09-19", "2025-09-24", "2025-10-01"]


def test_rows_and_refusals_have_a_place(tmp_path: Path) -> None:
    """File and line of the event, for its rows and for what is wrong with it."""
    rows = read(tmp_path, {"team.ics": calendar("UID:a\nDTSTART:20250902T100000\n\nUID:b\nDTSTART:no")})
    assert [(row.place, row.row) for row in rows.data] == [("team.ics", 4)]  # type: ignore[union-attr]
    assert [(one.path, one.row) for one in rows.rejected] == [("team.ics", 9)]
    assert rows.rejected[0].raw.startswith("BEGIN:VEVENT\r\nUID:b")


def test_lines_are_folded_between_bytes(tmp_path: Path) -> None:
    """A line may end in the middle of a letter that takes several bytes; LF alone, and tabs, fold too."""
    text = calendar("UID:a\nDTSTART:20250902T100000\nSUMMARY:Élèves").encode().replace("è".encode(), b"\xc3\r\n \xa8").replace("É".encode(), b"\xc3\n\t\x89")
    assert taken(read(tmp_path, {"a.ics": text}))[0]["summary"] == "Élèves"


def test_an_event_without_uid_has_the_id_of_its_content(tmp_path: Path) -> None:
    """Whatever else the file holds, and whenever it was exported."""
    text = calendar("UID:\nDTSTART:20250902T100000\nSUMMARY:x")
    first = taken(read(tmp_path, {"a.ics": text}))[0]["id"]
    assert first == taken(read(tmp_path, {"b.ics": text.replace("20250801T", "20250901T").replace("\r\n", "\n")}))[0]["id"] != ""


@pytest.mark.parametrize(("raw", "message"), [
    (b"", "the file is empty"), (b"id,start\na,b\n", "is no calendar"), (b"\n\n  \n", "is no calendar"),
    (calendar("DTSTART:20250902T100000").encode()[:-15], "ends in the middle"), (b"BEGIN:VCALENDAR\nEND:VEVENT\n", "has an END without its BEGIN"),
    (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n", "has an END without its BEGIN"), (b"\xff\xfe\x00\x01", "is UTF-16"),
    (b"PK\x03\x04", "is a workbook or an archive"),
])
def test_files_that_are_refused(raw: bytes, message: str, tmp_path: Path) -> None:
    """A feed that was cut off would lose meetings: the file is refused as a whole, by its name."""
    with pytest.raises(FidelityError, match=message) as caught:
        read(tmp_path, {"team.ics": raw})
    assert str(caught.value).startswith("team.ics: ")


def test_zones_of_the_source_must_exist(tmp_path: Path) -> None:
    """A mistake in the rule file is no guess."""
    with pytest.raises(FidelityError, match="which is no time zone"):
        read(tmp_path, {"team.ics": calendar("DTSTART:20250902T100000")}, zones={"Room 7": "America/Detriot"})


def test_a_search_for_nothing_ends_soon(tmp_path: Path) -> None:
    """A rule that never hits a day again is not followed to the end of time."""
    began = time.perf_counter()
    for rule in ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYSETPOS=2", "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30"):
        assert len(taken(read(tmp_path, {"team.ics": calendar(f"DTSTART:20250902T100000\nRRULE:{rule}")}))) == 1
    assert time.perf_counter() - began < 10


def test_five_thousand_series(tmp_path: Path) -> None:
    """A calendar of 5,000 series over half a year is read in seconds."""
    event = "UID:s{0}\nDTSTART;TZID=America/Detroit:20250902T100000\nDTEND;TZID=America/Detroit:20250902T110000\nRRULE:FREQ=WEEKLY;BYDAY=TU"
    text = calendar("\n\n".join(event.format(number) for number in range(5000)))
    began = time.perf_counter()
    assert len(taken(read(tmp_path, {"team.ics": text}))) == 5000 * 16
    assert time.perf_counter() - began < 60


def test_a_calendar_is_evidence(evaluated: Callable[..., Result]) -> None:
    """Meetings are planned unless the source says otherwise, and cancelled ones stay cancelled even then; people by address."""
    text = calendar(
        "UID:a\nDTSTART;TZID=America/Detroit:20250909T100000\nRRULE:FREQ=WEEKLY\nATTENDEE:mailto:T1@x.org\n\n"
        "UID:a\nRECURRENCE-ID:20250916T140000Z\nDTSTART:20250916T140000Z\nSTATUS:CANCELLED", "X-WR-CALNAME:Grade 2\n")
    staff = {"staff.csv": "staff,name,school,roles,email\nt1,T,lincoln,,t1@x.org\n", "members.csv": "team,staff\ng2,t1\n"}
    columns = "team: {column: calendar, by: name}, participants: {column: attendees, by: email}"
    source = "evidence: {plc: {read: team.ics, delivers: training, columns: {%s}, coverage: always}}\n"
    rule = (
        "rules:\n- {id: a.rule, title: T, expect: {of: team, each: week}, "
        "measure: {kind: count, event: training, link: participants%s}, judge: {at_least: 1}}\n"
    )

    def met(columns: str, more: str = "") -> list[str]:
        with evaluated({"team.ics": text, **staff}, source % columns, rule=rule % more) as result:
            (found,) = result.summary.sources
            assert (found.read, found.accepted) == (8, 8)      # 9 September to 31 October
            return [str(row["window_start"]) for row in result.verdicts.rows() if row["verdict"] == "met"]

    tuesdays = ["2025-09-08", "2025-09-22", "2025-09-29", "2025-10-06", "2025-10-13", "2025-10-20", "2025-10-27"]
    assert met(columns) == []
    assert met(columns, ", status: planned") == tuesdays
    assert met(f"{columns}, status: {{value: held}}") == tuesdays
    assert met(f"{columns}, status: {{column: status, map: {{planned: held}}}}") == tuesdays


def test_a_school_calendar_is_none(evaluated: Callable[..., Result]) -> None:
    """An .ics file is no listing: a break of three days would close the first of them, and leave two on which somebody is expected."""
    event = "BEGIN:VEVENT\nUID:a\nDTSTART;VALUE=DATE:20251126\nDTEND;VALUE=DATE:20251129\nCATEGORIES:holiday\nEND:VEVENT\n"
    days = "calendar: {read: days.ics, columns: {date: start, kind: categories}}\n"
    with pytest.raises(FidelityError, match=r"calendar: an iCalendar file holds meetings, and cannot be `calendar`\. The days of schools are"):
        evaluated({"days.ics": calendar(event)}, calendar=days)
