"""recency and gap: distances between events, in counted dates."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from oracle.matching import Cell, counted_dates, last_over, matched, stretch_of
from oracle.measured import Measured, plain_range
from oracle.world import DAY, World


def recency(world: World, cell: Cell) -> Measured:
    """'Counted dates d with (last event of the stretch, which ends with the window) < d <= min(closes_on, last day that is
    over); never an event: from the subject's first active day of the period. With T and U .. with T only.'"""
    first = world.period[0]
    found = matched(world, cell, first, cell.end)
    counted = counted_dates(world, cell, first, cell.measure.get("unit", "instructional_days"))
    after = [max((e.date for e in events), default=None) for events in (found.all, found.sure)]
    low, high = (sum(1 for d in counted if last is None or d > last) for last in after)
    made = plain_range(low, high, len(found.sure))
    # 'The stretch of `recency` is the dates it counts (T and U)'
    made.stretch = (first if after[0] is None else after[0] + DAY, min(cell.closes_on, last_over(world, cell.subject)))
    return made


def gap(world: World, cell: Cell) -> Measured:
    """'The longest number of counted dates strictly between two neighbouring events or window edges.'"""
    first, last = stretch_of(world, cell)
    found = matched(world, cell, first, last)
    counted = counted_dates(world, cell, first, cell.measure.get("unit", "instructional_days"))
    low, high = (longest(counted, [e.date for e in events]) for events in (found.all, found.sure))
    made = plain_range(low, high, len(found.sure))
    made.stretch = (first, last)
    return made


def longest(counted: list[date], events: list[date]) -> int:
    """Edges are counted; 'a date with a matching event is not'."""
    edges = sorted({date.min, *events, date.max})
    return max(sum(a < d < b for d in counted) for a, b in pairwise(edges))
