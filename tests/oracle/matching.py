"""Which events a cell looks at: selection, status, link, stretch, active dates, `where`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from oracle.calendar import for_any
from oracle.events import Event, at
from oracle.filters import Truth, every, holds
from oracle.roster import Subject, active_members, is_active
from oracle.world import World, day, listed, number


@dataclass
class Cell:
    """One rule, subject and window in which something is expected."""

    rule: dict[str, Any]
    subject: Subject
    start: date
    end: date
    days: list[date]
    closes_on: date
    due: date
    short: bool
    closed: bool = False
    out: dict[str, Any] = field(default_factory=dict)  # the row of the result

    @property
    def measure(self) -> dict[str, Any]:
        return self.rule["measure"]


@dataclass
class Matched:
    """T: matching events; U: events that would match but for something unknown."""

    sure: list[Event]
    unsure: list[Event]

    @property
    def all(self) -> list[Event]:
        return self.sure + self.unsure


def type_of(world: World, name: str) -> str:
    """The event type of a selection or type name."""
    return (world.rules.get("events") or {}).get(name, {}).get("type", name)


def stretch_of(world: World, cell: Cell) -> tuple[date, date]:
    """`over`: the window; the period so far; from a date; N weeks back from the window's last day."""
    over = cell.measure.get("over", "window")
    if over == "window":
        return cell.start, cell.end
    if over == "period":
        return world.period[0], cell.end
    if "from" in over:
        return day(over["from"]), cell.end  # type: ignore[return-value]
    return cell.end - timedelta(days=7 * int(over["weeks"]) - 1), cell.end


def matched(world: World, cell: Cell, first: date, last: date, asked: dict[str, Any] | None = None) -> Matched:
    """T and U among the events of a stretch. `asked`: `after` or `answer` of a response, else the measure itself."""
    asked = cell.measure if asked is None else asked
    selection = (world.rules.get("events") or {}).get(asked["event"], {})
    status = listed(cell.measure.get("status")) or ["held"]
    found = Matched([], [])
    for event in world.events:
        if event.type != type_of(world, asked["event"]) or event.status not in status or not first <= event.date <= last:
            continue
        if not is_active(world, cell.subject, event.date):
            continue
        truth = every([
            linked(world, cell.subject, event, link_of(cell.measure)),
            holds(selection.get("where"), event.fields), holds(asked.get("where"), event.fields),
        ])
        if truth is not False:
            (found.sure if truth else found.unsure).append(event)
    return found


def link_of(measure: dict[str, Any]) -> Any:
    """'Default: the field of the subject's kind'; participation per person: `participants`."""
    default = "participants" if measure["kind"] == "participation" and measure["per"] == "person" else None
    return measure.get("link", default)


def linked(world: World, subject: Subject, event: Event, link: Any) -> Truth:
    """How an event reaches a subject. 'A link is unknown only where participants or grades are missing, and then only
    for subjects of the event's school, where it has one.'"""
    if link is not None or subject.kind == "staff":
        if event.participants is None:
            return None if not event.schools or set(event.schools) & set(subject.schools) else False
        return took_part(world, subject, event, link)
    if subject.kind == "district":
        return True
    if subject.kind == "team":
        return subject.id in event.teams
    if subject.kind == "school":
        return subject.id in at(world, event)
    if subject.schools[0] not in event.schools:  # a grade: 'its school and grades'
        return False
    return None if event.fields["grades"] is None else subject.grade in event.fields["grades"]


def took_part(world: World, subject: Subject, event: Event, link: Any) -> bool:
    """'Somebody active in the subject took part'; with a share: 'at least that share of its active members did'."""
    members = active_members(world, subject, event.date)
    there = members & set(event.participants or [])
    if isinstance(link, dict):
        return bool(members) and Fraction(len(there), len(members)) >= number(link["participants"])  # type: ignore[operator]
    return bool(there)


def counted_dates(world: World, cell: Cell, first: date, unit: str) -> list[date]:
    """'`instructional_days`: those instructional for the subject's school; `days`: all dates; both only while the subject
    is active, not after `closes_on`, and only days that are over.'"""
    last = min(cell.closes_on, last_over(world, cell.subject))
    dates = world.dates(first, last) if first <= last else []
    return [d for d in dates if is_active(world, cell.subject, d) and (unit == "days" or for_any(world, cell.subject.schools, d))]


def last_over(world: World, subject: Subject) -> date:
    """The last day that is over in all of the subject's schools."""
    return min(world.clock.last_over(world.zone(school)) for school in subject.schools)

