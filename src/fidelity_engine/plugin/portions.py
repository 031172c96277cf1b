"""Cells with their events in portions: what a plain-function measure is called for at a time, here or in another process.

A portion is made of batches as the database gives them (mappings of column name to list, or Arrow record batches);
Python values are made of it only where it is worked on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, repeat
from typing import Any, NamedTuple

from fidelity_engine.plugin.columns import column
from fidelity_engine.plugin.event import Cell, Event, event_class

Batch = Any
MATCHING, UNKNOWN = "matching", "unknown"
"""Columns beside the fields of Cell: how many events a cell has, and of how many more nobody can say whether they match."""
SAMPLE, OFTEN = 1_000, 4
"""Of so many events it is seen whether their values repeat: whether each stands there so often."""
MOST_SHARED = 50_000
_new = tuple.__new__


class Portion(NamedTuple):
    """`cells`: `cell_no` (rising), the fields of Cell, MATCHING, UNKNOWN. `events`: all of theirs, in their order."""

    cells: Batch
    events: Sequence[Batch]


def portions(cells: Iterable[Batch], events: Iterable[Batch]) -> Iterator[Portion]:
    """Each batch of cells with its events. `events`: `cell_no` and the declared fields, in the order of the cells."""
    stream = iter(events)
    rest: Batch | None = None
    for batch in _sampled(cells):
        wanted, pieces = sum(column(batch, MATCHING)), []
        while wanted:
            piece = next(stream, None) if rest is None else rest
            if piece is None:
                raise AssertionError("cells count more events than there are")
            taken = min(wanted, _length(piece))
            pieces.append(_part(piece, 0, taken))
            rest = _part(piece, taken, _length(piece)) if taken < _length(piece) else None
            wanted -= taken
        yield _in_order(Portion(batch, pieces))
    if rest is not None or any(map(_length, stream)):
        raise AssertionError("events of cells that are not in the grid")


def _sampled(cells: Iterable[Batch]) -> Iterator[Batch]:
    """The batches, the first few cells by themselves: they tell how long the others take."""
    stream = iter(cells)
    for first in stream:
        size = _length(first)
        yield _part(first, 0, min(SAMPLE, size))
        if size > SAMPLE:
            yield _part(first, SAMPLE, size)
        break
    yield from stream


def _in_order(portion: Portion) -> Portion:
    """Events in another order would be counted for the wrong cells: the ends of each piece tell."""
    numbers, ends = column(portion.cells, "cell_no"), []
    for piece in portion.events:
        last = _length(piece) - 1
        ends += [column(_part(piece, place, place + 1), "cell_no")[0] for place in (0, last)]
    whole = [numbers[0], *ends, numbers[-1]] if numbers else ends
    if whole != sorted(whole):
        raise AssertionError("events must come in the order of their cells")
    return portion


def _length(batch: Batch) -> int:
    return len(batch["cell_no"]) if isinstance(batch, Mapping) else batch.num_rows


def _part(batch: Batch, start: int, stop: int) -> Batch:
    if isinstance(batch, Mapping):
        return {name: values[start:stop] for name, values in batch.items()}
    return batch.slice(start, stop - start)


# --- Python values ----------------------------------------------------------------------------------------------------


def cells_of(portion: Portion) -> Iterator[Cell]:
    """The cells."""
    values = zip(*(column(portion.cells, name) for name in Cell._fields), strict=True)
    return map(_new, repeat(Cell), values)


class Events:
    """Makes the events of portions: those with equal values are one, because nobody can change them."""

    def __init__(self, fields: Sequence[str]) -> None:
        self.fields = tuple(fields)
        self._make = event_class(fields)
        self._shared = _Shared(self._one)

    def by_cell(self, portion: Portion) -> Iterator[list[Event]]:
        """The events of each cell."""
        counts = column(portion.cells, MATCHING)
        made = self._all([list(chain.from_iterable(column(piece, name) for piece in portion.events)) for name in self.fields])
        return (list(islice(made, count)) for count in counts)

    def _all(self, values: list[list[Any]]) -> Iterator[Event]:
        if not self.fields:
            return repeat(self._make())
        if self._repeats(values):
            if len(self._shared) > MOST_SHARED:
                self._shared.clear()
            return map(self._shared.__getitem__, zip(*values, strict=True))
        if any(None in one for one in values):
            return map(self._one, zip(*values, strict=True))
        return self._made(values)

    def _made(self, values: list[list[Any]]) -> Iterator[Event]:
        """Events of known values; for few fields in a way that costs half."""
        make = self._make
        if len(values) == 1:
            (a,) = self.fields
            return (make({a: x}) for x in values[0])
        if len(values) == 2:
            a, b = self.fields
            return (make({a: x, b: y}) for x, y in zip(*values, strict=True))
        return map(make, map(zip, repeat(self.fields), zip(*values, strict=True)))

    def _one(self, values: tuple[Any, ...]) -> Event:
        return self._make([pair for pair in zip(self.fields, values, strict=True) if pair[1] is not None])

    def _repeats(self, values: list[list[Any]]) -> bool:
        sample = list(zip(*(one[:SAMPLE] for one in values), strict=True))
        try:
            return len(set(sample)) * OFTEN <= len(sample)
        except TypeError:           # a value that cannot be looked up
            return False


class _Shared(dict[tuple[Any, ...], Event]):
    """Values → the event that has them."""

    def __init__(self, make: Callable[[tuple[Any, ...]], Event]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, values: tuple[Any, ...]) -> Event:
        made = self[values] = self._make(values)
        return made
