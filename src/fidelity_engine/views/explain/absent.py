"""Why there is no cell: nothing was expected of the subject on that date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.expect import expect, window_relation
from fidelity_engine.views.explain.cell import GRID, Row
from fidelity_engine.views.explain.expected import attribute_lines, day_lines, days_of
from fidelity_engine.views.explain.people import People
from fidelity_engine.views.explain.sheet import Line, dated


def absence_lines(scope: Scope, rule: Rule, subject: Row, on: date, people: People) -> Iterator[Line | str]:
    """The first reason for which nothing was expected."""
    today = scope.as_of_date
    window = _window(scope, rule, subject, on)
    if not scope.start <= on <= scope.end:
        yield f"{dated(on, today)} lies outside the period, {dated(scope.start, today)} to {dated(scope.end, today)}."
    elif window is None:
        yield f"No window of this rule that holds {dated(on, today)} has begun as of {dated(today, today)}."
    elif _outside(rule, window[0]):
        yield f"The rule is only about windows that begin {_limits(rule, today)}; this one begins on {dated(window[0], today)}."
    else:
        yield from _without_days(scope, rule, subject, window, people)


def _window(scope: Scope, rule: Rule, subject: Row, on: date) -> tuple[date, date] | None:
    rows: list[Any] = scope.db.rows(
        f"""select window_start, window_end from {window_relation(scope, rule.expect.each)}
        where class_no = $class and $on between window_start and window_end""",
        {"class": subject["class_no"], "on": on},
    )
    return rows[0] if rows else None


def _outside(rule: Rule, start: date) -> bool:
    return bool((rule.expect.start and start < rule.expect.start) or (rule.expect.end and start > rule.expect.end))


def _limits(rule: Rule, today: date) -> str:
    parts = [f"from {dated(rule.expect.start, today)}"] if rule.expect.start else []
    return " ".join([*parts, f"until {dated(rule.expect.end, today)}"] if rule.expect.end else parts)


def _without_days(scope: Scope, rule: Rule, subject: Row, window: tuple[date, date], people: People) -> Iterator[Line | str]:
    days = days_of(scope, rule, subject, *window)
    yield f"Window: {dated(window[0], scope.as_of_date)} to {dated(window[1], scope.as_of_date)}"
    yield from day_lines(days, scope.as_of_date)
    if any(day.reason is None for day in days):
        closes = max(day.date for day in days if day.reason is None)
        yield f"The rule is not about this {rule.expect.of}:" if _filtered_out(scope, rule, subject, window) else "It was not evaluated."
        yield from attribute_lines(scope, rule, subject, people, closes)
    else:
        yield "On none of its days something is expected: no cell, and no verdict."


def _filtered_out(scope: Scope, rule: Rule, subject: Row, window: tuple[date, date]) -> bool:
    """Whether the cell is there as soon as the rule's `where` is left out."""
    anybody = rule.model_copy(update={"expect": rule.expect.model_copy(update={"where": None})})
    scope.db.run(f"drop table if exists {GRID}")
    expect(scope, anybody, GRID)
    values = {"no": subject["subject_no"], "start": window[0]}
    return bool(scope.db.one(f"select count(*) from {GRID} where subject_no = $no and window_start = $start", values))
