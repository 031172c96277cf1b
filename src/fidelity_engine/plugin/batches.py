"""Cells and events out of their batches: mappings of column name to list, or Arrow record batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice, repeat
from operator import le
from typing import Any

from fidelity_engine.plugin.columns import column
from fidelity_engine.plugin.event import Cell, Event, event_class

Batch = Any
Group = tuple[int, list[Event]]


def cells_of(batches: Iterable[Batch]) -> Iterator[tuple[int, Cell, int]]:
    """(number, cell, events that may or may not match), in the order of the batches."""
    make: Callable[[Iterable[Any]], Cell] = Cell._make
    for batch in batches:
        numbers = column(batch, "cell_no")
        undecided = column(batch, "unknown") if "unknown" in _names(batch) else repeat(0)
        values = map(make, zip(*(column(batch, name) for name in Cell._fields), strict=True))
        yield from zip(numbers, values, undecided, strict=False)


def _names(batch: Batch) -> Sequence[str]:
    return list(batch) if isinstance(batch, Mapping) else batch.schema.names


def events_by_cell(batches: Iterable[Batch], fields: Sequence[str]) -> Iterator[Group]:
    """(cell, its events); a cell may run from one batch into the next."""
    last: Group | None = None
    for batch in batches:
        for number, found in _groups_of(batch, fields):
            if last is None:
                last = (number, found)
            elif last[0] == number:
                last[1].extend(found)
            else:
                yield last
                last = (number, found)
    if last is not None:
        yield last


def _groups_of(batch: Batch, fields: Sequence[str]) -> Iterator[Group]:
    numbers = column(batch, "cell_no")
    if not all(map(le, numbers, islice(numbers, 1, None))):
        raise AssertionError("events must come in the order of their cells")
    made = _events(batch, fields, len(numbers))
    # A Counter keeps the order of first appearance, which is the order of the cells.
    for number, count in Counter(numbers).items():
        yield number, list(islice(made, count))


def _events(batch: Batch, fields: Sequence[str], count: int) -> Iterator[Event]:
    make = event_class(fields)
    if not fields:
        return (make() for _ in range(count))
    values = [column(batch, name) for name in fields]
    if any(None in one for one in values):
        rows = zip(*values, strict=True)
        return (make([pair for pair in zip(fields, row, strict=True) if pair[1] is not None]) for row in rows)
    return map(make, map(zip, repeat(tuple(fields)), zip(*values, strict=True)))
