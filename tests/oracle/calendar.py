"""Which date is what kind of day in which school; bell times, terms, distances in instructional days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, time, timedelta
from typing import Any

from oracle.world import DAY, World, clock_time, day

OPEN = ("instructional", "make_up", "partial")
CLOSING = ("teacher_only", "non_instructional", "holiday", "weather", "emergency", "strike")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def rows_of(world: World, school: str, when: date) -> list[dict[str, Any]]:
    """'If the school has rows of its own for the date, those alone count; rows of kind `other` say nothing.'"""
    assert world.calendar is not None
    there = [r for r in world.calendar if day(r["date"]) == when and r["kind"] != "other"]
    own = [r for r in there if r.get("school") == school]
    return own or [r for r in there if not r.get("school")]


def is_instructional(world: World, school: str, when: date) -> bool:
    """'Instructional when it has an `instructional`, `make_up` or `partial` row and no row that closes it.'"""
    return world.once(("instructional", school, when), lambda: _is_instructional(world, school, when))


def _is_instructional(world: World, school: str, when: date) -> bool:
    if world.calendar is None:
        return _short_form(world, school, when)
    kinds = [r["kind"] for r in rows_of(world, school, when)]
    return any(k in OPEN for k in kinds) and not any(k in CLOSING for k in kinds)


def _short_form(world: World, school: str, when: date) -> bool:
    """Weekdays less what is closed; 'outside the period the short form has no instructional date'."""
    said = world.rules["calendar"]
    first, last = world.period
    weekdays = said.get("weekdays") or list(WEEKDAYS[:5])
    if not first <= when <= last or WEEKDAYS[when.weekday()] not in weekdays:
        return False
    closed = [*(said.get("closed") or []), *((said.get("closed_for") or {}).get(school) or [])]
    return not any(a <= when <= b for a, b in map(span, closed))


def span(text: str) -> tuple[date, date]:
    """`2025-11-27..2025-11-28`, or one date."""
    first, _, last = str(text).partition("..")
    return day(first), day(last or first)  # type: ignore[return-value]


def kind_of(world: World, school: str, when: date) -> str | None:
    """'Calendar kind of the date at the event's school; several: the closing one first. A date without rows: missing.'"""
    if world.calendar is None:
        return "instructional" if _short_form(world, school, when) else "non_instructional"
    kinds = [r["kind"] for r in rows_of(world, school, when)]
    if not kinds and any(day(r["date"]) == when and r.get("school") in (school, None, "") for r in world.calendar):
        return "other"
    closing = [k for k in kinds if k in CLOSING]
    return (closing or kinds or [None])[0]


def bells(world: World, school: str, when: date) -> tuple[time | None, time | None]:
    """'Bell times: the date's row, else the school's.'"""
    rows = [] if world.calendar is None else rows_of(world, school, when)
    found: list[time | None] = []
    for which, end in (("day_start", 0), ("day_end", 1)):
        said = [clock_time(r.get(which)) for r in rows if r.get(which)]
        general = world.rules["calendar"].get("day") if world.calendar is None else None
        own = world.school(school).get(which)
        found.append(said[0] if said else clock_time(own) or (clock_time(general[end]) if general else None))
    return found[0], found[1]


def for_any(world: World, schools: Iterable[str], when: date) -> bool:
    """Instructional for at least one of the schools."""
    return any(is_instructional(world, s, when) for s in schools)


def ends_on(world: World, school: str) -> date:
    """'The calendar ends with its last row for the school or for all (short form: the period's end).'"""
    if world.calendar is None:
        return world.period[1]
    return max(day(r["date"]) for r in world.calendar if r.get("school") in (school, None, ""))  # type: ignore[type-var, return-value]


def counts(world: World, schools: Iterable[str], when: date) -> bool:
    """Instructional; beyond the calendar's end 'weekdays go on counting', Monday to Friday."""
    return any(
        when.weekday() < 5 if when > world.once(("ends", s), lambda s=s: ends_on(world, s)) else is_instructional(world, s, when)
        for s in schools
    )


def nth_after(world: World, schools: Iterable[str], when: date, n: int) -> date:
    """The n-th instructional day after a date; 0: the date."""
    schools = list(schools)
    while n > 0:
        when += DAY
        n -= counts(world, schools, when)
    return when


def usual_week(world: World, schools: Iterable[str]) -> int:
    """'The largest of their schools.'"""
    return max(world.once(("usual", s), lambda s=s: _usual_week(world, s)) for s in schools)


def _usual_week(world: World, school: str) -> int:
    """'The most frequent number of instructional days per full calendar week of the period that has any; ties: the larger.'"""
    first, last = world.period
    monday = first + timedelta(days=-first.weekday() % 7)
    numbers: Counter[int] = Counter()
    while monday + 6 * DAY <= last:
        n = sum(is_instructional(world, school, monday + i * DAY) for i in range(7))
        numbers[n] += n > 0
        monday += 7 * DAY
    numbers.pop(0, None)
    return max(numbers, key=lambda n: (numbers[n], n)) if numbers else 5


def terms_of(world: World, schools: tuple[str, ...]) -> list[tuple[date, date]]:
    """'A school's own terms replace those for all; a subject of several schools has those for all.'"""
    if world.calendar is None:
        return [span(s) for s in (world.rules["calendar"].get("terms") or {}).values()]
    own = [t for t in world.terms if len(schools) == 1 and t.get("school") == schools[0]]
    rows = own or [t for t in world.terms if not t.get("school")]
    return [(day(t["from"]), day(t["until"])) for t in rows]  # type: ignore[misc]
