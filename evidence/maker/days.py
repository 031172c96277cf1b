"""The year, its days in each school, and the chance that everything else draws from."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

SEED = "example district 2025-26"
FIRST, LAST = date(2025, 9, 2), date(2026, 6, 12)
MONTHS = [date(2025, m, 1) for m in range(9, 13)] + [date(2026, m, 1) for m in range(1, 7)]


def rng(*about: object) -> random.Random:
    """A random source of its own for each matter, so that a change in one place does not move the others."""
    return random.Random("/".join(str(part) for part in (SEED, *about)))


def days_between(first: date, last: date) -> Iterator[date]:
    """The dates from first to last, both included."""
    return (first + timedelta(n) for n in range((last - first).days + 1))


@dataclass(frozen=True)
class Closing:
    first: date
    last: date
    kind: str
    note: str


def closing(first: str, last: str, kind: str, note: str) -> Closing:
    return Closing(date.fromisoformat(first), date.fromisoformat(last), kind, note)


DISTRICT_CLOSINGS = [
    closing("2025-11-04", "2025-11-04", "teacher_only", "Professional learning"),
    closing("2025-11-27", "2025-11-27", "holiday", "Thanksgiving"),
    closing("2025-11-28", "2025-11-28", "non_instructional", "Thanksgiving recess"),
    closing("2025-12-08", "2025-12-12", "weather", "Snow, entered on 15 December"),
    closing("2025-12-22", "2026-01-02", "non_instructional", "Winter break"),
    closing("2026-01-19", "2026-01-19", "holiday", "Martin Luther King Jr. Day"),
    closing("2026-02-16", "2026-02-16", "holiday", "Presidents' Day"),
    closing("2026-03-10", "2026-03-10", "teacher_only", "Professional learning"),
    closing("2026-03-27", "2026-04-03", "non_instructional", "Spring break"),
    closing("2026-05-25", "2026-05-25", "holiday", "Memorial Day"),
]
RIVERS_FIRST = date(2025, 8, 25)
RIVERS_CLOSINGS = [
    closing("2025-09-01", "2025-09-01", "holiday", "Labor Day"),
    closing("2025-10-20", "2025-10-24", "non_instructional", "Intersession"),
    closing("2025-11-26", "2025-11-28", "holiday", "Thanksgiving"),
    closing("2025-12-08", "2025-12-09", "weather", "Snow, entered on 15 December"),
    closing("2025-12-22", "2026-01-02", "non_instructional", "Winter break"),
    closing("2026-01-19", "2026-01-19", "holiday", "Martin Luther King Jr. Day"),
    closing("2026-02-16", "2026-02-20", "non_instructional", "Intersession"),
    closing("2026-03-30", "2026-04-03", "non_instructional", "Spring break"),
    closing("2026-05-25", "2026-05-25", "holiday", "Memorial Day"),
]
EARLY_DISMISSAL = date(2025, 11, 26)


def calendar_rows() -> list[dict[str, object]]:
    """Rows for all schools, then Two Rivers' own. A snow day was an instructional day until the snow was entered."""
    return [*_calendar("", FIRST, DISTRICT_CLOSINGS), *_calendar("rivers", RIVERS_FIRST, RIVERS_CLOSINGS)]


def _calendar(school: str, first: date, closings: Sequence[Closing]) -> Iterator[dict[str, object]]:
    for day in days_between(first, LAST):
        if day.weekday() > 4:
            continue
        closed = next((c for c in closings if c.first <= day <= c.last), None)
        if closed is None or closed.kind == "weather":
            partial = day == EARLY_DISMISSAL and not school
            bells = {"day_end": "11:30", "note": "Early dismissal"} if partial else {}
            yield {"date": day, "school": school, "kind": "partial" if partial else "instructional", **bells}
        if closed is not None:
            yield {"date": day, "school": school, "kind": closed.kind, "note": closed.note}


def _open(first: date, closings: Sequence[Closing]) -> list[date]:
    shut = {day for c in closings for day in days_between(c.first, c.last)}
    return [day for day in days_between(first, LAST) if day.weekday() < 5 and day not in shut]


DISTRICT_DAYS = _open(FIRST, DISTRICT_CLOSINGS)
RIVERS_DAYS = _open(FIRST, RIVERS_CLOSINGS)
WEEKS = sorted({day - timedelta(day.weekday()) for day in DISTRICT_DAYS + RIVERS_DAYS})
TERMS = [
    {"term": "fall", "from": "2025-09-02", "until": "2026-01-16", "school": ""},
    {"term": "spring", "from": "2026-01-20", "until": "2026-06-12", "school": ""},
    {"term": "autumn-trimester", "from": "2025-08-25", "until": "2025-11-25", "school": "rivers"},
    {"term": "winter-trimester", "from": "2025-12-01", "until": "2026-03-06", "school": "rivers"},
    {"term": "spring-trimester", "from": "2026-03-09", "until": "2026-06-12", "school": "rivers"},
]


def days_of(school: str) -> list[date]:
    """The dates on which the school has students, in order."""
    return RIVERS_DAYS if school == "rivers" else DISTRICT_DAYS


def in_week(school: str, monday: date) -> list[date]:
    return [day for day in days_of(school) if monday <= day <= monday + timedelta(6)]


def in_month(school: str, month: date) -> list[date]:
    return [day for day in days_of(school) if (day.year, day.month) == (month.year, month.month)]
