"""response: the share of triggers that were answered in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from oracle.calendar import counts, nth_after
from oracle.events import Event
from oracle.filters import Truth, every
from oracle.matching import Cell, last_over, matched
from oracle.measured import Measured, share_range
from oracle.world import DAY, World, listed


@dataclass
class Trigger:
    event: Event
    sure: bool
    due: date
    answered: Truth


def response(world: World, cell: Cell) -> Measured:
    """'Triggers dated in the period whose due lies in the window.' 'Unknown triggers or answers widen like share.'"""
    triggers = triggers_of(world, cell)
    ends = share_range(
        [(t.answered, Fraction(1)) for t in triggers if t.sure], [(t.answered, Fraction(1)) for t in triggers if not t.sure]
    )
    made = Measured(*(ends or (None, None)), is_share=True, nothing=ends is None, events=sum(t.sure for t in triggers))
    # 'from the window's start, or the earliest trigger that falls due in it where that is earlier, to the window's end'
    made.stretch = (min([cell.start, *(t.event.date for t in triggers)]), cell.end)
    made.at_risk = [t.due for t in triggers if t.sure and t.answered is not True and not is_over(world, cell, t.due)]
    return made


def is_over(world: World, cell: Cell, when: date) -> bool:
    return when <= last_over(world, cell.subject)


def triggers_of(world: World, cell: Cell) -> list[Trigger]:
    """The triggers whose due date falls in the cell's window, with what became of them."""
    first, last = world.period
    found = matched(world, cell, first, last, cell.measure["after"])
    made = []
    for event in found.all:
        due = due_of(world, cell, event.date)
        if cell.start <= due <= cell.end:
            made.append(Trigger(event, event in found.sure, due, answered(world, cell, event, due)))
    return made


def due_of(world: World, cell: Cell, when: date) -> date:
    """'The N-th instructional day of the subject's school after it (`days`: + N days, and if that is not an instructional
    day the next one).'"""
    within = cell.measure["within"]
    if "instructional_days" in within:
        return nth_after(world, cell.subject.schools, when, int(within["instructional_days"]))
    due = when + timedelta(days=int(within["days"]))
    while not counts(world, cell.subject.schools, due):
        due += DAY
    return due


def answered(world: World, cell: Cell, trigger: Event, due: date) -> Truth:
    """'An answer of the same subject (and `match`, `link`) dated from the trigger's date to its due, both included. A
    trigger that is unanswered and whose due is not over counts as unknown.'"""
    answers = matched(world, cell, trigger.date, due, cell.measure["answer"])
    truths = [fits(cell.measure, trigger, a) for a in answers.sure]
    truths += [False if fits(cell.measure, trigger, a) is False else None for a in answers.unsure]
    if True in truths:
        return True
    return None if None in truths or not is_over(world, cell, due) else False


def fits(measure: dict[str, Any], trigger: Event, answer: Event) -> Truth:
    """Whether an answer agrees with its trigger in `match` and names it in `link`."""
    truths = [agree(trigger.fields.get(f), answer.fields.get(f)) for f in listed(measure.get("match")) or []]
    if measure["answer"].get("link"):
        named = answer.fields.get(measure["answer"]["link"])
        truths.append(None if named is None else trigger.fields["id"] in (named if isinstance(named, list) else [named]))
    return every(truths)


def agree(one: Any, other: Any) -> Truth:
    """'On list fields: agree when they share a value; missing: unknown.'"""
    if one is None or other is None:
        return None
    if isinstance(one, list) or isinstance(other, list):
        return bool({*(one if isinstance(one, list) else [one])} & {*(other if isinstance(other, list) else [other])})
    return bool(one == other)
