"""The calendar's rows and terms as tables: from files, from given rows, or from the short form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import FileCalendar, Period, ShortCalendar
from fidelity_engine.stages.load.listing import Field, Listing
from fidelity_engine.stages.load.reading import Reading

OPENING = ("instructional", "make_up", "partial")
CLOSING = ("teacher_only", "non_instructional", "holiday", "weather", "emergency", "strike")
OTHER = "other"
KINDS = (*OPENING, *CLOSING, OTHER)

CALENDAR = Listing("calendar", "calendar_row", (
    Field("date", "date", required=True, filled=True), Field("school", "id"),
    Field("kind", required=True, filled=True), Field("day_start", "minute"), Field("day_end", "minute"),
    Field("calendar"),
))
TERMS = Listing("terms", "term_row", (
    Field("term", required=True, filled=True), Field("from", "date", True, True, "from_date"),
    Field("until", "date", True, True, "until_date"), Field("school", "id"), Field("days", "integer"),
))
SCHOOL_OF = "left join roster_school s on s.school = r.school"
SCHOOL_NO = ", s.school_no"
NO_SCHOOL = ", 0::integer as school_no"
SCHOOL_MEND = "Add it to the schools, or mend the id."
MEND = "Give a calendar file or the short form under `calendar:`."


def read_calendar(reading: Reading) -> bool:
    """Make calendar_row and term_row; tell whether the calendar is the short form."""
    written = reading.ruleset.calendar
    form = reading.given.get("calendar", written)
    if isinstance(form, ShortCalendar):
        short_form(reading, form)
        return True
    files = written if isinstance(written, FileCalendar) else None
    if not reading.table(CALENDAR, files and files.read, SCHOOL_OF, SCHOOL_NO, NO_SCHOOL):
        reading.blame(FidelityError("no calendar", reading.ruleset.path, MEND))
    reading.table(TERMS, files and files.terms, SCHOOL_OF, SCHOOL_NO, NO_SCHOOL)
    return False


def short_form(reading: Reading, form: ShortCalendar) -> None:
    """The short form written out: a row for each date of the period, rows of their own for closed schools, terms."""
    known = {school for (school,) in reading.db.rows("select school from roster_school")} if form.closed_for else set()
    for school in form.closed_for:
        if school not in known and "schools" not in reading.failed:
            reading.blame(reading.mistake(("calendar", "closed_for", school), f"unknown school '{school}'", SCHOOL_MEND))
    closed_for = {school: ranges for school, ranges in form.closed_for.items() if school in known}
    terms = [{"term": term, "from": first, "until": last} for term, (first, last) in form.terms.items()]
    rows = [*dates_for_all(form, reading.ruleset.period), *dates_of_schools(closed_for, reading.ruleset.period)]
    reading.given = {"terms": terms, **reading.given, "calendar": rows}
    reading.inline |= {"calendar", "terms"}
    reading.table(CALENDAR, None, SCHOOL_OF, SCHOOL_NO, NO_SCHOOL)
    reading.table(TERMS, None, SCHOOL_OF, SCHOOL_NO, NO_SCHOOL)


def dates_for_all(form: ShortCalendar, period: Period) -> list[dict[str, object]]:
    """The dates of the period as rows for all schools."""
    closed = set(days_in(form.closed, period.start, period.end))
    start, end = form.day or (None, None)
    bells = {"day_start": start, "day_end": end}
    return [
        {"date": day, "school": None, "kind": "instructional", **bells}
        if day.weekday() in form.weekdays and day not in closed
        else {"date": day, "school": None, "kind": "non_instructional", "day_start": None, "day_end": None}
        for day in days_in([(period.start, period.end)], period.start, period.end)
    ]


def dates_of_schools(closed_for: Mapping[str, Iterable[tuple[date, date]]], period: Period) -> list[dict[str, object]]:
    """The dates on which single schools are closed as rows of their own."""
    return [
        {"date": day, "school": school, "kind": "non_instructional"}
        for school, ranges in closed_for.items()
        for day in sorted(set(days_in(ranges, period.start, period.end)))
    ]


def days_in(ranges: Iterable[tuple[date, date]], first: date, last: date) -> list[date]:
    """The dates of some ranges that lie between two dates."""
    found: list[date] = []
    for start, end in ranges:
        day, stop = max(start, first), min(end, last)
        found += [day + timedelta(days=n) for n in range((stop - day).days + 1)]
    return found
