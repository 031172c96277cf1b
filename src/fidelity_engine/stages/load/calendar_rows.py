"""The calendar's rows and terms as tables: from files, from given rows, or from the short form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import FileCalendar, Period, ShortCalendar
from fidelity_engine.stages.load.listing import Field, Listed, Listing
from fidelity_engine.stages.load.reading import Reading
from fidelity_engine.stages.load.roster_files import AT_SCHOOL

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
BACKWARDS = ("the day ends at {value}", "Write the first bell as `day_start`, the last as `day_end`.")
SCHOOL_MEND = "Add it to the schools, or mend the id."
MEND = "Give a calendar file or the short form under `calendar:`."


Bells = tuple[int | None, int | None]
"""First and last bell, minutes after midnight."""
NO_BELLS: Bells = (None, None)


class Form(NamedTuple):
    """`short`: whether the calendar is the short form. `bells`: its bell times, for schools that have none of their own."""

    short: bool = False
    bells: Bells = NO_BELLS


def read_calendar(reading: Reading) -> Form:
    """Make calendar_row and term_row."""
    written = reading.ruleset.calendar
    form = written if reading.given.get("calendar") is None else reading.given["calendar"]
    if isinstance(form, ShortCalendar):
        short_form(reading, form)
        return Form(True, (minutes(form.day[0]), minutes(form.day[1])) if form.day else NO_BELLS)
    files = written if isinstance(written, FileCalendar) else None
    if not reading.table(CALENDAR, files.read if files else None, AT_SCHOOL):
        reading.blame(FidelityError("no calendar", reading.ruleset.path, MEND))
    reading.table(TERMS, files.terms if files else None, AT_SCHOOL)
    return Form()


def short_form(reading: Reading, form: ShortCalendar) -> None:
    """The short form written out: a row for each date of the period, rows of their own for closed schools, terms."""
    schools = dict(reading.db.rows("select school, school_no from roster_school")) if form.closed_for else {}
    for school in form.closed_for:
        if school not in schools and "schools" not in reading.failed:
            reading.blame(reading.mistake(("calendar", "closed_for", school), f"unknown school '{school}'", SCHOOL_MEND, key=True))
    rows = [*dates_for_all(form, reading.ruleset.period), *dates_of_schools(form, reading.ruleset.period, schools)]
    days, numbers, kinds = (list(cells) for cells in zip(*rows, strict=True))
    reading.db.run(
        "create or replace table calendar_row as select unnest(range(1, len($days) + 1)) as row_no,"
        " unnest($days::date[]) as date, null::varchar as school, unnest($kinds::varchar[]) as kind,"
        " null::smallint as day_start, null::smallint as day_end, null::varchar as calendar,"
        " '' as bad, unnest($numbers::integer[]) as school_no",
        {"days": days, "kinds": kinds, "numbers": numbers},
    )
    reading.inline |= {"calendar"} if "terms" in reading.given else {"calendar", "terms"}
    reading.listed["calendar"] = Listed(reading.ruleset.path)
    terms = [{"term": term, "from": first, "until": last} for term, (first, last) in form.terms.items()]
    reading.given = {"terms": terms, **reading.given}
    reading.table(TERMS, None, AT_SCHOOL)


Row = tuple[date, int | None, str]
"""A date of the short form: date, school_no (None: all), kind."""


def dates_for_all(form: ShortCalendar, period: Period) -> Iterator[Row]:
    """The dates of the period as rows for all schools."""
    closed = set(days_in(form.closed, period.start, period.end))
    for day in days_in([(period.start, period.end)], period.start, period.end):
        taught = day.weekday() in form.weekdays and day not in closed
        yield day, None, "instructional" if taught else "non_instructional"


def dates_of_schools(form: ShortCalendar, period: Period, schools: Mapping[str, int]) -> Iterator[Row]:
    """The dates on which single schools are closed as rows of their own."""
    for school, ranges in form.closed_for.items():
        if school in schools:
            for day in sorted(set(days_in(ranges, period.start, period.end))):
                yield day, schools[school], "non_instructional"


def backwards(row: str) -> str:
    """What stands after `the day ends at`, as SQL over a row whose bells are the wrong way round."""
    first, last = (f"printf('%02d:%02d', {row}.{bell} // 60, {row}.{bell} % 60)" for bell in ("day_start", "day_end"))
    return f"{last} || ', before it begins at ' || {first}"


def minutes(bell: str) -> int:
    """A time of day as minutes after midnight."""
    hours, rest = bell.split(":")
    return int(hours) * 60 + int(rest)


def days_in(ranges: Iterable[tuple[date, date]], first: date, last: date) -> list[date]:
    """The dates of some ranges that lie between two dates."""
    found: list[date] = []
    for start, end in ranges:
        day, stop = max(start, first), min(end, last)
        found += [day + timedelta(days=n) for n in range((stop - day).days + 1)]
    return found
