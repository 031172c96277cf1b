"""The windows of a rule: which stretches of the period a cell stands for."""

from __future__ import annotations

from datetime import date, timedelta

from fidelity_engine.db import day
from fidelity_engine.model.rule import Each


def window_table(each: Each) -> str:
    """Name of the relation that holds the windows of `each` per calendar class."""
    return f"window_{each.unit}_{each.weeks}"


def counted_spans(starts_after: int) -> str:
    """Name of the relation of active spans whose first N active instructional days in the period do not count."""
    return f"counted_{int(starts_after)}"


def windows(each: Each, start: date, end: date) -> list[tuple[int, date, date]]:
    """(number, first date, last date) of the windows of the period, clipped to it; terms come from the calendar."""
    found: list[tuple[int, date, date]] = []
    at = start
    while at <= end:
        following = _after(each, at, start)
        found.append((len(found), at, min(following - timedelta(1), end)))
        at = following
    return found


def _after(each: Each, at: date, start: date) -> date:
    """The first date after the window that holds `at`."""
    if each.unit == "day":
        return at + timedelta(1)
    if each.unit == "month":
        return (at.replace(day=1) + timedelta(32)).replace(day=1)
    if each.unit == "school_year":
        return date.max
    monday = start - timedelta(start.weekday())
    length = 7 * each.weeks
    return monday + timedelta(((at - monday).days // length + 1) * length)


def window_number(each: Each, value: str, start: date) -> str:
    """SQL that gives the number of the window in which the date `value` lies (terms: see `window_relation`), as wide as in grids."""
    if each.unit == "day":
        return f"({value} - {day(start)})::integer"
    if each.unit == "month":
        return f"((year({value}) - {start.year}) * 12 + month({value}) - {start.month})::integer"
    if each.unit == "school_year":
        return "0"
    return f"(({value} - {day(start - timedelta(start.weekday()))})::integer // {7 * each.weeks})"
