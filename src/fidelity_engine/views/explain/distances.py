"""recency and gap, written out: the dates that were counted, and the event on either side of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from fidelity_engine.builtin.reports.wording import counted
from fidelity_engine.db import day
from fidelity_engine.views.explain.candidates import Event
from fidelity_engine.views.explain.cell import Cell
from fidelity_engine.views.explain.events import sure, unsure
from fidelity_engine.views.explain.sheet import Line, dated, dates


def counted_dates(cell: Cell, first: date) -> list[date]:
    """The dates that these measures count: active, over, not after `closes_on`, and school days unless all days count."""
    instructional = cell.parameters.unit == "instructional_days"
    rows = cell.scope.db.rows(f"""
        select d.date from day d join clock_class k on k.class_no = d.class_no
        where d.class_no = {int(cell.subject["class_no"])} and d.date between {day(first)} and least({day(cell.public["closes_on"])}, k.last_over)
          {"and d.instructional" if instructional else ""}
          and exists (select 1 from active a where a.subject_no = {cell.subject_no} and d.date between a.from_date and a.until_date) order by 1""")
    return [row[0] for row in rows]


def _unit(cell: Cell, count: int) -> str:
    return counted(count, "school day" if cell.parameters.unit == "instructional_days" else "day")


def recency_lines(cell: Cell, events: Sequence[Event]) -> Iterator[Line | str]:
    """Days after the last event: with those that may count (low), and without them (high)."""
    every = counted_dates(cell, cell.scope.start)
    for end, found in (("low", [*sure(events), *unsure(events)]), ("high", sure(events))):
        last = max((event.date for event in found), default=None)
        after = [on for on in every if last is None or on > last]
        since = "no event yet, so from the first active day" if last is None else f"last event on {dated(last, cell.today)}"
        yield f"{end}: {since}; {_unit(cell, len(after))} after it {_upto(cell, every)} = {len(after)}"
        if after and end == "high":
            yield Line(dates(after, cell.today), 1, "quiet")


def _upto(cell: Cell, every: Sequence[date]) -> str:
    return f"up to {dated(every[-1], cell.today)}" if every else "so far"


def gap_lines(cell: Cell, events: Sequence[Event]) -> Iterator[Line | str]:
    """The longest stretch without an event: with those that may count (low), and without them (high)."""
    first, _ = cell.looked_at()
    every = counted_dates(cell, first)
    for end, found in (("low", [*sure(events), *unsure(events)]), ("high", sure(events))):
        longest = longest_run(every, (event.date for event in found))
        stretch = f", {dated(longest[0], cell.today)} to {dated(longest[-1], cell.today)}" if longest else ""
        yield f"{end}: the longest stretch without an event: {_unit(cell, len(longest))}{stretch} = {len(longest)}"
        if longest and end == "high":
            yield Line(dates(longest, cell.today), 1, "quiet")


def longest_run(every: Sequence[date], events: Iterable[date]) -> list[date]:
    """The longest run of counted dates with no event on them or between them; the first of equally long ones."""
    points = set(events)
    longest: list[date] = []
    run: list[date] = []
    at = min([*every, *points], default=date.min)
    end, counting = max([*every, *points], default=date.min), set(every)
    while at <= end and every:
        run = [] if at in points else [*run, at] if at in counting else run
        longest = run if len(run) > len(longest) else longest
        at += timedelta(1)
    return longest
