"""Ten school calendars: 36 instructional weeks each, with their own start, breaks, bell times and early-release days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

CALENDARS, WEEKS = 10, 36
FIRST, LAST = date(2025, 8, 1), date(2026, 7, 31)              # dates that a calendar has rows for
START, END = date(2025, 8, 4), date(2026, 6, 5)                # the period that is judged
TERMS = (("fall", START, date(2025, 12, 31)), ("spring", date(2026, 1, 1), END))
HOLIDAYS = {date(2025, 9, 1), date(2025, 11, 11), date(2026, 1, 19), date(2026, 2, 16), date(2026, 5, 25)}

Row = tuple[str, date, str, str | None, str | None]            # calendar, date, kind, day_start, day_end


def opening(calendar: int) -> date:
    """The Monday with which a calendar's year begins."""
    return START + timedelta(7 * (calendar % 4))


def breaks(calendar: int) -> set[date]:
    """Weekdays off: Thanksgiving (a whole week or its end), two weeks of winter, one of spring."""
    thanks = date(2025, 11, 24) if calendar % 2 else date(2025, 11, 26)
    spring = date(2026, 3, 9) + timedelta(7 * (calendar % 5))
    spans = [(thanks, (date(2025, 11, 28) - thanks).days + 1), (date(2025, 12, 22), 12), (spring, 5)]
    found = {start + timedelta(n) for start, length in spans for n in range(length)}
    return found | ({date(2025, 10, 13)} if calendar % 3 == 0 else set())


def rows() -> Iterator[Row]:
    """The calendar file: every date of every calendar."""
    for calendar in range(CALENDARS):
        start, off = opening(calendar), breaks(calendar)
        bells = ("08:00", "15:00") if calendar % 2 == 0 else ("08:30", "15:30")
        weeks: set[date] = set()
        for n in range((LAST - FIRST).days + 1):
            at = FIRST + timedelta(n)
            monday = at - timedelta(at.weekday())
            taught = at >= start and at.weekday() < 5 and at not in off | HOLIDAYS and (monday in weeks or len(weeks) < WEEKS)
            if not taught:
                yield f"c{calendar}", at, "holiday" if at in HOLIDAYS else "non_instructional", None, None
                continue
            weeks.add(monday)
            early = calendar % 3 == 1 and at.weekday() == 2
            yield f"c{calendar}", at, "partial" if early else "instructional", bells[0], "13:30" if early else bells[1]
