"""The grid: one cell per rule, subject and window in which something is expected."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from oracle.calendar import for_any, nth_after, terms_of
from oracle.filters import holds
from oracle.matching import Cell
from oracle.roster import Subject, attributes, is_active, subjects
from oracle.world import DAY, World, day


def windows(world: World, each: Any, subject: Subject) -> list[tuple[date, date]]:
    """Windows that overlap the period, clipped to it."""
    first, last = world.period
    found = {
        "day": lambda: [(d, d) for d in world.dates(first, last)],
        "week": lambda: weeks(first, last, 1),
        "month": lambda: months(first, last),
        "term": lambda: terms_of(world, subject.schools),
        "school_year": lambda: [(first, last)],
    }[each]() if isinstance(each, str) else weeks(first, last, int(each["weeks"]))
    return [(max(a, first), min(b, last)) for a, b in found if a <= last and b >= first]


def weeks(first: date, last: date, n: int) -> list[tuple[date, date]]:
    """'`{weeks: N}`: from the Monday of the period's first week.'"""
    monday = first - timedelta(days=first.weekday())
    found = []
    while monday <= last:
        found.append((monday, monday + timedelta(days=7 * n - 1)))
        monday += timedelta(days=7 * n)
    return found


def months(first: date, last: date) -> list[tuple[date, date]]:
    """Calendar months."""
    found, start = [], first.replace(day=1)
    while start <= last:
        following = (start + timedelta(days=31)).replace(day=1)
        found.append((start, following - DAY))
        start = following
    return found


def cells_of(world: World, rule: dict[str, Any]) -> list[Cell]:
    """The cells of one rule."""
    expect = rule["expect"]
    first, last = day(expect.get("from")) or world.period[0], day(expect.get("until")) or world.period[1]
    found = []
    for subject in subjects(world, expect["of"]):
        counted = expected_days(world, subject, expect)
        for start, end in windows(world, expect["each"], subject):
            days = [d for d in counted if start <= d <= end]
            if start > world.clock.today or not first <= start <= last or not days:
                continue
            if holds(expect.get("where"), attributes(world, subject, days[-1])) is not True:
                continue
            found.append(cell_of(world, rule, subject, start, end, days))
    return found


def expected_days(world: World, subject: Subject, expect: dict[str, Any]) -> list[date]:
    """Dates of the period that are 'instructional for the subject's school, on which the subject is active, without the
    first `starts_after` such dates'."""
    dates = [d for d in world.dates(*world.period) if for_any(world, subject.schools, d) and is_active(world, subject, d)]
    return dates[in_days(expect.get("starts_after"), 0):]


def in_days(said: Any, default: int) -> int:
    """N of `{instructional_days: N}`."""
    return default if said is None else int(said["instructional_days"])


def cell_of(world: World, rule: dict[str, Any], subject: Subject, start: date, end: date, days: list[date]) -> Cell:
    """`closes_on` = the last of the days; `due` = the g-th instructional day after it."""
    each = rule["expect"]["each"]
    least = 5 if each == "month" else 10 if each in ("term", "school_year") else 1
    short = len(days) < in_days(rule["expect"].get("skip_below"), least)
    due = nth_after(world, subject.schools, days[-1], in_days(rule["judge"].get("grace"), 0))
    return Cell(rule, subject, start, end, days, days[-1], due, short)
