"""Which days a source was silent on, and of which one cannot tell yet."""

from __future__ import annotations

from datetime import date

from oracle.calendar import for_any, is_instructional
from oracle.events import at
from oracle.matching import Cell, type_of
from oracle.measured import Measured
from oracle.roster import is_active, valid
from oracle.world import World, day, listed

COVERED, PENDING, SILENT = "covered", "pending", "silent"


def state_of(world: World, cell: Cell, made: Measured) -> str:
    """'A cell is *silent* when more than a tenth (rounded down) of the days of its stretch are silent for one of them; else
    *pending* when one is pending; else *covered*.' A rollup: 'pending while one of its closed children is `open`'."""
    if cell.measure["kind"] == "rollup":
        return PENDING if made.waiting else COVERED
    found = set()
    for school in cell.subject.schools:
        # 'any of their schools with expected days' is: one without any has no day to be silent on
        days = days_of(world, cell, made, school)
        for source in {s for t in types_of(world, cell) for s in sources_of(world, t, school)}:
            states = [day_state(world, source, school, d) for d in days]
            if states.count(SILENT) > len(days) // 10:
                found.add(SILENT)
            elif PENDING in states:
                found.add(PENDING)
    return SILENT if SILENT in found else PENDING if PENDING in found else COVERED


def days_of(world: World, cell: Cell, made: Measured, school: str) -> list[date]:
    """'Its dates up to `closes_on` that are instructional for the school and on which the subject is active.'

    Of a subject of several schools those that are expected of this one: while the school itself is active.
    """
    assert made.stretch is not None
    first, last = made.stretch[0], min(made.stretch[1], cell.closes_on)
    dates = world.dates(first, last) if first <= last else []
    return [d for d in dates if is_instructional(world, school, d) and is_active(world, cell.subject, d) and valid(world.school(school), d)]


def types_of(world: World, cell: Cell) -> list[str]:
    """The event types of a measure; of a response 'its triggers' and its answers' types'."""
    m = cell.measure
    names = [m["after"]["event"], m["answer"]["event"]] if m["kind"] == "response" else [m["event"]]
    return [type_of(world, n) for n in names]


def sources_of(world: World, kind: str, school: str) -> list[str]:
    """'Those that delivered it (any status, dated in the period, known as of `as_of`, not quarantined) for that school, all
    of them; if none did, all that declare it.'"""
    first, last = world.period
    gave = {e.source for e in world.events if e.type == kind and school in at(world, e) and first <= e.date <= last}
    return sorted(gave) or [s for s, said in world.rules["evidence"].items() if kind in (listed(said["delivers"]) or [])]


def day_state(world: World, source: str, school: str, when: date) -> str:
    """The state of one day of a source for a school; 'a row `source, school, through` makes every day up to `through` covered'."""
    if source in world.unreadable:
        return SILENT
    if any(when <= day(row["through"]) for row in confirmations(world, source, school)):  # type: ignore[operator]
        return COVERED
    return world.once(("states", source, school), lambda: States(world, source, school)).of(when)


def confirmations(world: World, source: str, school: str | None) -> list[dict]:
    """The rows of `complete` for a source and school (None: any), known as of `as_of`."""
    rows = [r for r in world.complete if r["source"] == source and (school is None or r.get("school") in (school, None, ""))]
    return [r for r in rows if not r.get("at") or world.clock.moment(r["at"]) <= world.clock.known]  # type: ignore[operator]


class States:
    """The days of one source and school; `with: OTHER` as OTHER."""

    def __init__(self, world: World, source: str, school: str) -> None:
        coverage = world.rules["evidence"][source]["coverage"]
        while isinstance(coverage, dict) and "with" in coverage:
            source = coverage["with"]
            coverage = world.rules["evidence"][source]["coverage"]
        self.world, self.source, self.school, self.coverage = world, source, school, coverage
        self.last_over = world.clock.last_over(world.zone(school))
        self.stretches = self.silences() if isinstance(coverage, dict) and "silent_after" in coverage else {}

    def of(self, when: date) -> str:
        if self.source in self.world.unreadable:
            return SILENT
        if when > self.last_over or self.coverage == "always":
            return COVERED
        if "through" in self.coverage:
            return PENDING if self.through() is None or when > self.through() else COVERED  # type: ignore[operator]
        return self.stretches.get(when, COVERED)

    def through(self) -> date | None:
        """'`last_record`: the date of the greatest `recorded_at`.'"""
        if self.coverage["through"] != "last_record":
            return day(self.coverage["through"])
        recorded = [e.recorded.astimezone(self.world.clock.zone).date() for e in self.world.events if e.source == self.source]
        return max(recorded, default=None)

    def per_source(self) -> bool:
        return self.coverage.get("per") == "source"

    def signs(self) -> list[date]:
        """Dates that are over on which the school (`per: source`: any school) has an event, or a confirmation ends."""
        events = [e for e in self.world.events if e.source == self.source and (self.per_source() or self.school in at(self.world, e))]
        rows = confirmations(self.world, self.source, None if self.per_source() else self.school)
        dates = [e.date for e in events] + [day(r["through"]) for r in rows]
        return [d for d in dates if d is not None and d <= self.last_over]

    def silences(self) -> dict[date, str]:
        """'The instructional days strictly between two neighbouring dates, before the first, and after the last up to the
        last day that is over, are stretches. Longer than N is silent. The last, while not longer than N, is pending.'"""
        days = self.instructional()
        heard = {max((d for d in days if d <= sign), default=None) for sign in self.signs()}
        limit = int(self.coverage["silent_after"]["instructional_days"])
        states: dict[date, str] = {}
        stretch: list[date] = []
        for when in [*days, None]:
            if when is not None and when not in heard:
                stretch.append(when)
                continue
            if len(stretch) > limit:
                states |= dict.fromkeys(stretch, SILENT)
            elif when is None:
                states |= dict.fromkeys(stretch, PENDING)
            stretch = []
        return states

    def instructional(self) -> list[date]:
        """The school's instructional days that are over; '`per: source` uses the days that are instructional for any school'."""
        world = self.world
        schools = [s["school"] for s in world.schools] if self.per_source() else [self.school]
        known = [day(r["date"]) for r in world.calendar or []]
        first, last = (min(known), max(known)) if known else world.period  # type: ignore[type-var]
        return [d for d in world.dates(first, min(last, self.last_over)) if for_any(world, schools, d)]  # type: ignore[type-var, arg-type]
