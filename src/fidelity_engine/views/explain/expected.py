"""What was expected of whom, and on which days: the rule's words, the roster basis, the window and its days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import NamedTuple

from fidelity_engine.builtin.reports.wording import counted
from fidelity_engine.db import day
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.views.explain import leaves as why
from fidelity_engine.views.explain.cell import Cell, Row
from fidelity_engine.views.explain.people import People
from fidelity_engine.views.explain.sheet import FEW_DAYS, Line, dated, dates, school_days
from fidelity_engine.where import leaves
from fidelity_engine.windows import counted_spans

WEEKEND = "weekend"


def rule_lines(rule: Rule) -> Iterator[str]:
    """The rule's own words."""
    yield f"{rule.title} ({rule.id})"
    if rule.why:
        yield f"Why: {rule.why}"
    if rule.basis:
        said = rule.basis.model_dump(exclude_none=True)
        yield f"Basis: {'; '.join(str(value) for value in said.values())}"
    if rule.mode == "trial":
        yield "On trial: shown, but it opens no finding."


# --- whom -------------------------------------------------------------------------------------------------------------


def subject_lines(scope: Scope, rule: Rule, subject: Row, people: People, on: date) -> Iterator[str]:
    """Who it is, where, since when, and why the rule is about it."""
    name = subject["name"] or subject["subject"]
    yield f"{name} ({rule.expect.of} {subject['subject']})"
    schools = scope.db.rows(
        "select c.school, c.name from subject_school k join school c using (school_no) where k.subject_no = $no order by 1",
        {"no": subject["subject_no"]},
    )
    if rule.expect.of == "district":
        yield f"All {counted(len(schools), 'school')}."
    elif rule.expect.of != "school":
        yield f"School: {', '.join(f'{named or school} ({school})' for school, named in schools)}"
    yield f"Active: {_active(scope, subject, on)}"
    p = rule.measure.parameters
    if getattr(p, "per", None) or getattr(getattr(p, "link", None), "by", "subject") == "participants":
        found = counted(len(members(scope, subject["subject_no"], on)), "person", "people") if scope.has_staff else "unknown, there is no staff file"
        yield f"Active members on {dated(on, scope.as_of_date)}: {found}"
    yield from attribute_lines(scope, rule, subject, people, on)


def _active(scope: Scope, subject: Row, today: date) -> str:
    first, last = (day(edge) for edge in scope.day_range)      # beyond these dates nobody looks, so that they stand for none
    rows = scope.db.rows(
        f"""select case when from_date > {first} + 1 then from_date end, case when until_date < {last} then until_date end
        from span where subject_no = $no order by from_date""", {"no": subject["subject_no"]},
    )
    return "; ".join(_span(first, last, today) for first, last in rows) or "never"


def _span(first: date | None, last: date | None, today: date) -> str:
    if first is None and last is None:
        return "always (the roster names no dates)"
    since = f"from {dated(first, today)}" if first else "from the beginning"
    return f"{since} until {dated(last, today)}" if last else since


def attribute_lines(scope: Scope, rule: Rule, subject: Row, people: People, on: date) -> Iterator[str]:
    """What the rule asks of its subjects, beside what the roster says of this one."""
    if rule.expect.where is None:
        return
    has = attributes(scope, rule, subject, on)
    for leaf in leaves(rule.expect.where):
        value = why.written(people.hidden(has.get(leaf.field)))
        yield f"The rule asks of each {rule.expect.of}: {leaf.field} {why.condition(leaf)}. It is {value or 'missing'}."


def attributes(scope: Scope, rule: Rule, subject: Row, on: date) -> dict[str, object]:
    """The subject's attributes on a date (of several rows of a person the last)."""
    of, no = rule.expect.of, subject["subject_no"]
    found: dict[str, object] = {}
    if of != "district":
        for row in scope.db.records(f"select * from attribute_{of} where subject_no = $no", {"no": no}):
            found |= {key: value for key, value in row.items() if value is not None}
    found["members"] = len(members(scope, no, on)) if scope.has_staff else None
    roles = scope.db.rows(
        """select distinct unnest(a.roles) from member m join assignment a on a.staff_no = m.staff_no and $on between a.from_date and a.until_date
        where m.subject_no = $no and $on between m.from_date and m.until_date order by 1""", {"no": no, "on": on},
    )
    return found | {"staff_roles": [role for (role,) in roles] or None}


def members(scope: Scope, subject_no: int, on: date) -> list[str]:
    """Ids of the people active in a subject on a date."""
    return [row[0] for row in scope.db.rows(
        """select distinct p.staff from member m join person p using (staff_no)
        where m.subject_no = $no and $on between m.from_date and m.until_date order by 1""", {"no": subject_no, "on": on},
    )]


# --- when -------------------------------------------------------------------------------------------------------------


class Day(NamedTuple):
    """One date of a window; `reason` is why it did not count, None where it did."""

    date: date
    reason: str | None


def days_of(scope: Scope, rule: Rule, subject: Row, first: date, last: date) -> list[Day]:
    """The dates of a window, each with why it did not count towards `days`."""
    no, skipped = int(subject["subject_no"]), int(rule.expect.starts_after)
    rows = scope.db.rows(f"""
        select d.date, d.instructional, d.kind, exists (select 1 from active a where a.subject_no = {no} and d.date between a.from_date and a.until_date),
          exists (select 1 from {counted_spans(skipped)} c where c.subject_no = {no} and d.ord > c.counted and d.ord <= c.hi
            and d.date between c.from_date and c.until_date)
        from day d where d.class_no = {int(subject["class_no"])} and d.date between {day(first)} and {day(last)} order by d.date""")
    return [Day(on, _reason(rule, on, *row)) for on, *row in rows]


def _reason(rule: Rule, on: date, instructional: bool, kind: str | None, active: bool, counted_day: bool) -> str | None:
    if not instructional:
        if on.weekday() > 4 and kind in (None, "non_instructional"):
            return WEEKEND
        return kind.replace("_", " ") if kind and kind != "instructional" else "no school day in the calendar"
    if not active:
        return "not active"
    return None if counted_day else f"among the first {school_days(rule.expect.starts_after)}, in which nothing is expected yet"


def day_lines(days: list[Day], today: date) -> Iterator[str | Line]:
    """The dates that counted, and the others with their kind."""
    counting = [one.date for one in days if one.reason is None]
    listed = f": {dates(counting, today)}" if counting else ""
    yield f"Days that counted: {len(counting)}{listed}"
    others = sorted((one for one in days if one.reason), key=lambda one: one.reason or "")
    for reason, group in groupby(others, lambda one: one.reason):
        found = [one.date for one in group]
        told = f"{len(found)} days" if reason == WEEKEND and len(found) > FEW_DAYS else dates(found, today)
        yield Line(f"not counted, {reason}: {told}", 1)


def window_lines(cell: Cell) -> Iterator[str | Line]:
    """Window, days, when it closes and when it is judged."""
    row, today = cell.public, cell.today
    yield f"Window: {dated(row['window_start'], today)} to {dated(row['window_end'], today)}"
    yield from day_lines(days_of(cell.scope, cell.rule, cell.subject, row["window_start"], row["window_end"]), today)
    grace = cell.rule.judge.grace
    wait = f", {school_days(grace)} of grace later" if grace else ""
    if cell.rule.measure.kind == "rollup":
        wait += ", or with the last cell below it"
    yield f"Closes on {dated(row['closes_on'], today)}; judged when {dated(row['due'], today)} is over{wait}."
    yield f"Looked at as of {dated(today, today)}: {_over(cell)}"


def _over(cell: Cell) -> str:
    if cell.judged["closed"]:
        return "closed."
    left = cell.judged["days_left"]
    return f"not closed, {school_days(left)} left." if left else "not closed: its days are over, the grace is not."
