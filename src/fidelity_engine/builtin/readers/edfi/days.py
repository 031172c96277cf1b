"""Calendar and terms: CalendarDate, Calendar, Session, GradingPeriod."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from fidelity_engine.builtin.readers.edfi.found import Found
from fidelity_engine.builtin.readers.edfi.shapes import SCHOOL_IDS, children, descriptor, descriptors, reference, text_of
from fidelity_engine.builtin.readers.edfi.stream import Entity, entities
from fidelity_engine.plugin.spec import ReadRequest, Rejected

KINDS = {
    "instructional day": "instructional", "teacher only day": "teacher_only", "non-instructional day": "non_instructional",
    "holiday": "holiday", "make-up day": "make_up", "weather day": "weather", "emergency day": "emergency", "strike": "strike",
    "student late arrival/early dismissal": "partial", "other": "other",
}  # fmt: skip
SCHOOL = ("SchoolReference", "EducationOrganizationReference", "EducationOrgReference")
CALENDAR = ("CalendarReference",)
TERMS = ("Session", "GradingPeriod")
OF_SCHOOLS = "school"


def school_of(entity: Entity) -> str | None:
    """The id of the school (or other organisation) that an entity is about."""
    return reference(entity.element, SCHOOL, SCHOOL_IDS, {})


def calendar(request: ReadRequest) -> Found:
    """date, school, kind: a row for each event of each date. A kind that Ed-Fi does not have stays as it is, to be mapped.

    Where a school has several calendars, those of type School count; more than one of them is a mistake.
    """
    found = Found("CalendarDate", ["date", "school", "kind"])
    types: dict[tuple[str | None, str | None], str] = {}
    codes: list[str | None] = []
    for one in entities(request):
        if one.kind == "Calendar":
            types[school_of(one), text_of(one.element, "CalendarCode")] = (next(iter(descriptors(one.element, "CalendarType")), "")).lower()
        elif one.kind == "CalendarDate":
            rows = list(_dates(one))
            found.rows += rows
            codes += [reference(one.element, CALENDAR, ("CalendarCode",), {})] * len(rows)
            if not rows:
                found.rejected.append(Rejected(one.file, one.number, "It has no calendar event."))
    return _of_one_calendar(found, codes, types)


def _dates(entity: Entity) -> Iterable[dict[str, Any]]:
    day, school = text_of(entity.element, "Date"), school_of(entity)
    for event in descriptors(entity.element, "CalendarEvent"):
        yield {"date": day, "school": school, "kind": KINDS.get(event.lower(), event)}


def _of_one_calendar(found: Found, codes: list[str | None], types: Mapping[tuple[str | None, str | None], str]) -> Found:
    """Only the rows of each school's calendar, where dates say which calendar they are of."""
    by_school: dict[str | None, set[str | None]] = defaultdict(set)
    for row, code in zip(found.rows, codes, strict=True):
        by_school[row["school"]].add(code)
    for school, theirs in by_school.items():
        of_schools = {code for code in theirs if types.get((school, code)) == OF_SCHOOLS}
        by_school[school] = of_schools or theirs
        if len(by_school[school]) > 1:
            told = ", ".join(sorted(str(code) for code in by_school[school]))
            found.rejected.append(Rejected("calendars", 1, f"School {school} has several: {told}. Export the one that its teachers go by."))
    found.rows = [row for row, code in zip(found.rows, codes, strict=True) if code in by_school[row["school"]]]
    return found


def terms(request: ReadRequest) -> Found:
    """term, from, until, days (as stated), school: sessions, or where there are none grading periods."""
    by_kind: dict[str, list[dict[str, Any]]] = {kind: [] for kind in TERMS}
    parts: dict[str, list[str | None]] = {kind: [] for kind in TERMS}
    for one in entities(request):
        if one.kind in by_kind:
            element = one.element
            parts[one.kind].append(_descriptor_of(one))
            by_kind[one.kind].append({
                "term": text_of(element, "SessionName", "GradingPeriodName") or _descriptor_of(one),
                "from": text_of(element, "BeginDate"), "until": text_of(element, "EndDate"),
                "days": text_of(element, "TotalInstructionalDays"), "school": school_of(one),
            })  # fmt: skip
    kind = "Session" if by_kind["Session"] else "GradingPeriod"
    rows = by_kind[kind]
    _tell_apart(rows, parts[kind])
    return Found("Session or GradingPeriod", ["term", "from", "until", "days", "school"], rows)


def _tell_apart(rows: list[dict[str, Any]], parts: list[str | None]) -> None:
    """Sessions of one school that share a name, as all of a traditional year may, are told by their part of the year besides."""
    named = Counter((row["school"], row["term"]) for row in rows)
    for row, part in zip(rows, parts, strict=True):
        if named[row["school"], row["term"]] > 1 and part and part != row["term"]:
            row["term"] = f"{row['term']}, {part}"


def _descriptor_of(entity: Entity) -> str | None:
    return next((found for one in children(entity.element, "GradingPeriod", "Term") if (found := descriptor(one))), None)
