"""count, total, share, participation, mean: what is counted over T and U."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

from oracle.distances import gap, recency
from oracle.events import Event
from oracle.filters import Truth, holds
from oracle.matching import Cell, Matched, matched, stretch_of
from oracle.measured import End, Measured, plain_range, share_range
from oracle.response import response
from oracle.roster import active_members, expected_members, holding
from oracle.world import World, listed


def measure(world: World, cell: Cell) -> Measured:
    """What the cell's measure observes."""
    kind = cell.measure["kind"]
    if kind in ("recency", "gap", "response"):
        return {"recency": recency, "gap": gap, "response": response}[kind](world, cell)
    first, last = stretch_of(world, cell)
    found = matched(world, cell, first, last)
    made = KINDS[kind](world, cell, found)
    made.events, made.stretch = len(found.sure), (first, last)
    if not made.nothing and len(found.sure) < int(cell.measure.get("min_events", 0)):
        made.few = "too_few"  # 'fewer matching events'
    return made


def count(world: World, cell: Cell, found: Matched) -> Measured:
    """'#T .. #T + #U', or different values."""
    fields = listed(cell.measure.get("distinct"))
    if not fields:
        return plain_range(len(found.sure), len(found.all), 0)
    values = [combinations(e, fields) for e in found.sure]
    known = {v for vs in values for v in vs or []}
    missing = sum(vs is None for vs in values) + sum(combinations(e, fields) != [] for e in found.unsure)
    return plain_range(len(known), len(known) + missing, 0)


def combinations(event: Event, fields: list[str]) -> list[tuple[Any, ...]] | None:
    """The combinations of an event, lists taken apart. 'A combination with one missing part is missing.'"""
    values = [event.fields.get(f) for f in fields]
    if None in values:
        return None
    return list(product(*(v if isinstance(v, list) else [v] for v in values)))


def total(world: World, cell: Cell, found: Matched) -> Measured:
    """'Sum over T .. sum over T and U; an event in T or U without the number: high is unbounded.'"""
    field = cell.measure["field"]
    low = sum((e.fields.get(field) or 0 for e in found.sure), Fraction(0))
    more = sum((e.fields.get(field) or 0 for e in found.unsure), Fraction(0))
    unbounded = any(e.fields.get(field) is None for e in found.all)
    return plain_range(low, None if unbounded else low + more, 0)


def share(world: World, cell: Cell, found: Matched) -> Measured:
    """Share of matching events for which `having` holds, or of their weight."""
    having: Callable[[Event], Truth] = lambda e: holds(cell.measure.get("having"), e.fields)  # noqa: E731
    field = cell.measure.get("field")
    known = [e.fields[field] for e in found.all if field and e.fields.get(field) is not None]
    mean_weight = sum(known, Fraction(0)) / len(known) if known else Fraction(1)

    def weighed(event: Event) -> tuple[Truth, Fraction]:
        """'An event without weight counts as unknown `having` with the mean weight of those that have one (1 where none has).'"""
        if not field:
            return having(event), Fraction(1)
        weight = event.fields.get(field)
        return (None, mean_weight) if weight is None else (having(event), Fraction(weight))

    return shared(share_range([weighed(e) for e in found.sure], [weighed(e) for e in found.unsure]))


def shared(ends: tuple[End, End] | None) -> Measured:
    """The result of a share."""
    return Measured(nothing=True, is_share=True) if ends is None else Measured(*ends, is_share=True)


def participation(world: World, cell: Cell, found: Matched) -> Measured:
    """In its three forms."""
    return {"event": per_event, "person": per_person, "answer": per_answer}[cell.measure["per"]](world, cell, found)


def per_event(world: World, cell: Cell, found: Matched) -> Measured:
    """'k_T / (m_T + m_U) .. (k_T + m_? + m_U) / (m_T + m_U).'"""
    attended, places, doubtful = 0, 0, 0
    for event in found.sure:
        expected = holding(world, expected_members(world, cell.subject, event.date), cell.measure.get("roles"), event.date)
        there = len(expected & set(event.participants or []))
        not_there = len(expected) - there
        doubtful += not_there if event.participants is None else min(event.strangers, not_there)
        attended, places = attended + there, places + len(expected)
    unsure = sum(len(holding(world, expected_members(world, cell.subject, e.date), cell.measure.get("roles"), e.date)) for e in found.unsure)
    return fraction_range(attended, attended + doubtful + unsure, places + unsure)


def fraction_range(low: int, high: int, of: int) -> Measured:
    """Two counts over one; over none: nothing to measure."""
    if not of:
        return Measured(nothing=True, is_share=True)
    return Measured(End(Fraction(low), Fraction(of)), End(Fraction(high), Fraction(of)), is_share=True)


def per_person(world: World, cell: Cell, found: Matched) -> Measured:
    """'Asks those expected (and holding one of `roles`) on at least half of the cell's `days`': people surely and possibly
    at or above `at_least_events`. 'An event of T with missing or unknown participants, or one of U, may hold anyone expected.'"""
    least, days_expected = int(cell.measure.get("at_least_events", 1)), dict[str, int]()
    for when in cell.days:
        for person in holding(world, expected_members(world, cell.subject, when), cell.measure.get("roles"), when):
            days_expected[person] = days_expected.get(person, 0) + 1
    asked = [p for p, n in days_expected.items() if 2 * n >= len(cell.days)]
    surely = possibly = 0
    for person in asked:
        took = sum(person in (e.participants or []) for e in found.sure)
        may = sum(person not in (e.participants or []) and (e.participants is None or e.strangers > 0) for e in found.sure)
        surely += took >= least
        possibly += took + may + len(found.unsure) >= least
    return fraction_range(surely, possibly, len(asked))


def per_answer(world: World, cell: Cell, found: Matched) -> Measured:
    """'min(1, #T / n) .. min(1, (#T+#U) / n)' over the active members on `closes_on`."""
    members = holding(world, active_members(world, cell.subject, cell.closes_on), cell.measure.get("roles"), cell.closes_on)
    n = len(members)
    return fraction_range(min(n, len(found.sure)), min(n, len(found.all)), n)


def mean(world: World, cell: Cell, found: Matched) -> Measured:
    """'One value over T; missing numbers are left out'; fewer than `min_n`, none included: `suppressed`."""
    values = [e.fields[cell.measure["field"]] for e in found.sure if e.fields.get(cell.measure["field"]) is not None]
    least = int(cell.measure.get("min_n", (world.rules.get("privacy") or {}).get("min_n", 10)))
    if len(values) < least:
        return Measured(few="suppressed")
    if not values:
        return Measured(nothing=True)
    end = End(sum(values, Fraction(0)), Fraction(len(values)))
    return Measured(end, end, is_share=True)


KINDS: dict[str, Callable[[World, Cell, Matched], Measured]] = {
    "count": count, "total": total, "share": share, "participation": participation, "mean": mean,
}
