"""response, written out: trigger by trigger with its due date, and the answer that came, or did not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from fidelity_engine.builtin.reports.wording import counted
from fidelity_engine.links import SUBJECT, Chosen, chosen
from fidelity_engine.views.explain import leaves as why
from fidelity_engine.views.explain.candidates import Event, Looked, candidates, fields_of
from fidelity_engine.views.explain.cell import Cell
from fidelity_engine.views.explain.events import against, event_text
from fidelity_engine.views.explain.formulas import ends_lines, share_lines, sixes
from fidelity_engine.views.explain.sheet import Line, dated

NO_DAY = date.max


class Trigger(NamedTuple):
    """A trigger with its due date, and what became of it."""

    event: Event
    due: date
    answers: Sequence[Event]           # those that answer it
    perhaps: Sequence[Event]           # those that may
    holds: bool | None


def response_lines(cell: Cell) -> Iterator[Line | str]:
    """Triggers that fall due in the window, with their answers; then the share."""
    p, scope = cell.parameters, cell.scope
    link = p.link or SUBJECT
    after = chosen(scope, p.after.event, p.after.where, p.status, link)
    answer = chosen(scope, p.answer.event, p.answer.where, p.status, link)
    answer.attested = cell.ask().attested
    unit = "school days" if p.within_unit == "instructional_days" else "days"
    yield f"Trigger: {_told(after)}"
    yield f"Answer: {_told(answer)}; on the same date or within {p.within_days} {unit}{_agreement(cell)}"
    triggers, unused = _triggers(cell, after, answer)
    yield f"Triggers that fall due in the window: {len(triggers)}"
    for trigger in triggers:
        yield from _trigger_lines(cell, trigger)
    if unused:
        yield f"Not used: {counted(len(unused), 'trigger')}"
        yield from (Line(event_text(cell, event), 1) for event in unused)
    yield from share_lines(sixes([(t.event, t.holds) for t in triggers], lambda _: Decimal(1)))
    yield from ends_lines(cell)


def _told(choice: Chosen) -> str:
    asked = f"; {why.told(choice.where)}" if choice.where is not None else ""
    return f"{choice.type} with status {' or '.join(choice.status)}{asked}"


def _agreement(cell: Cell) -> str:
    p = cell.parameters
    parts = [f"the same {name}" for name in p.match] + ([f"its {p.answer.link} names the trigger"] if p.answer.link else [])
    return f"; {' and '.join(parts)}" if parts else ""


def _triggers(cell: Cell, after: Chosen, answer: Chosen) -> tuple[list[Trigger], list[Event]]:
    p, scope = cell.parameters, cell.scope
    start, end = cell.public["window_start"], cell.public["window_end"]
    look = Looked(after, scope.start, min(end, scope.end), fields_of([after.where], p.match))
    due = _due_dates(cell, found := candidates(cell, look))
    found = [event for event in found if start <= due.get(event.date, NO_DAY) <= end]
    until = max((due[event.date] for event in found), default=end)
    extra = (*p.match, *([p.answer.link] if p.answer.link else []))
    answers = candidates(cell, replace(look, choice=answer, last=until, fields=fields_of([answer.where], extra)))
    over = _last_over(cell)
    triggers = [_answered(cell, event, due[event.date], answers, over) for event in found if event.counts is not False]
    return triggers, against(found)


def _due_dates(cell: Cell, events: Sequence[Event]) -> dict[date, date]:
    """Date of a trigger → its due date in the subject's calendar."""
    n = int(cell.parameters.within_days)
    if n == 0 and cell.parameters.within_unit == "instructional_days":
        return {event.date: event.date for event in events}
    due = "d.ord + $n" if cell.parameters.within_unit == "instructional_days" else "v.ord + 1"
    rows = cell.scope.db.rows(
        f"""select d.date, u.date from (select unnest($dates::date[]) as date) t
        join day d on d.class_no = $class and d.date = t.date left join day v on v.class_no = $class and v.date = d.date + $n - 1
        join day_of u on u.class_no = $class and u.ord = {due}""",
        {"n": n, "dates": sorted({event.date for event in events}), "class": cell.subject["class_no"]},
    )
    return dict(rows)  # type: ignore[arg-type]


def _last_over(cell: Cell) -> date:
    return cell.scope.db.one("select last_over from clock_class where class_no = $no", {"no": cell.subject["class_no"]})  # type: ignore[no-any-return]


def _answered(cell: Cell, event: Event, due: date, answers: Sequence[Event], over: date) -> Trigger:
    near = [(one, _agrees(cell, event, one)) for one in answers if event.date <= one.date <= due and one.counts is not False]
    sure = [one for one, agrees in near if one.counts and agrees]
    perhaps = [one for one, agrees in near if agrees is not False and one not in sure]
    holds = True if sure else None if perhaps or due > over else False
    return Trigger(event, due, sure, perhaps, holds)


def _agrees(cell: Cell, trigger: Event, answer: Event) -> bool | None:
    """Three-valued: the same `match`, and the answer's link names the trigger."""
    p = cell.parameters
    pairs = [(trigger.values[name], answer.values[name]) for name in p.match]
    if p.answer.link:
        pairs.append((trigger.id, answer.values[p.answer.link]))
    found = [_shares(left, right) for left, right in pairs]
    return False if False in found else None if None in found else True


def _shares(left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    sides = [set(side) if isinstance(side, list) else {side} for side in (left, right)]
    return bool(sides[0] & sides[1])


def _trigger_lines(cell: Cell, trigger: Trigger) -> Iterator[Line]:
    yield Line(f"{event_text(cell, trigger.event)}; due {dated(trigger.due, cell.today)}: {_outcome(trigger)}", 1)
    yield from (Line(f"answer {event_text(cell, one)}", 2) for one in trigger.answers[:3])
    yield from (Line(f"perhaps {event_text(cell, one)}", 2) for one in trigger.perhaps[:3])


def _outcome(trigger: Trigger) -> str:
    if trigger.holds:
        return "answered in time"
    if trigger.holds is None:
        return "an answer may belong to it" if trigger.perhaps else "not answered yet, and not due yet"
    return "no answer in time"
