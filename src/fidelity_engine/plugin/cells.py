"""Runs a plain-function measure over a stream of cells and their events: one call per cell, no query at all.

Cells and events come in batches (Arrow record batches, or mappings of column name to list), both in the order of
`cell_no`; events of a cell in the order of `start, id`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any, Literal, NamedTuple

from fidelity_engine.plugin.batches import Batch, cells_of, events_by_cell
from fidelity_engine.plugin.event import Cell, Event, Unknown
from fidelity_engine.plugin.returned import Invalid, ends
from fidelity_engine.plugin.spec import EventParameters, MeasureKind

_NO_GROUP: tuple[None, list[Event]] = (None, [])
_SHARED = frozenset(EventParameters.model_fields)


class CellResult(NamedTuple):
    """What the function said of a cell: an end is None where nothing bounds it, both where there is no value."""

    cell_no: int
    low: Decimal | None
    high: Decimal | None
    state: Literal["ok", "nothing", "unknown", "error"]
    note: str = ""


def evaluate_cells(
    kind: MeasureKind, parameters: Any, cells: Iterable[Batch], events: Iterable[Batch]
) -> Iterator[CellResult]:
    """One result per cell, in order.

    `cells`: `cell_no`, the fields of Cell, and optionally `unknown`, the number of events of which nobody can say
    whether they match. `events`: `cell_no` and the declared fields, matching events only.
    """
    function = _bound(kind, parameters)
    groups = events_by_cell(events, kind.fields)
    cell_no, waiting = next(groups, _NO_GROUP)
    for number, cell, undecided in cells_of(cells):
        if number == cell_no:
            found = waiting
            cell_no, waiting = next(groups, _NO_GROUP)
        else:
            found = []
        try:
            value = function(found, cell)
        except (Exception, SystemExit) as error:
            yield _raised(number, error)
            continue
        yield _result(number, value, undecided, kind.grows)
    if cell_no is not None:
        raise AssertionError(f"events of cell {cell_no} stand out of order, or the cell is not in the grid")


def _bound(kind: MeasureKind, parameters: Any) -> Callable[[list[Event], Cell], Any]:
    """The function with the rule's own parameters."""
    if kind.function is None:
        raise AssertionError(f"{kind.name} is a table measure")
    given = {name: getattr(parameters, name) for name in kind.parameters.model_fields if name not in _SHARED}
    return partial(kind.function, **given) if given else kind.function


def _raised(number: int, error: BaseException) -> CellResult:
    if isinstance(error, Unknown):
        return CellResult(number, None, None, "unknown", f"an event without `{error.field}`")
    return CellResult(number, None, None, "error", f"raised {type(error).__name__}")


def _result(number: int, value: Any, undecided: int, grows: str | None) -> CellResult:
    if value is None:
        return CellResult(number, None, None, "unknown" if undecided else "nothing", _undecided(undecided))
    try:
        low, high = ends(value)
    except Invalid as invalid:
        return CellResult(number, None, None, "error", str(invalid))
    return _widened(number, low, high, undecided, grows) if undecided else CellResult(number, low, high, "ok")


def _widened(number: int, low: Decimal, high: Decimal, undecided: int, grows: str | None) -> CellResult:
    """Events may or may not match: with them the value can go only where the measure says that it grows."""
    note = _undecided(undecided)
    if grows == "raises":
        return CellResult(number, low, None, "ok", note)
    if grows == "lowers":
        return CellResult(number, None, high, "ok", note)
    return CellResult(number, None, None, "unknown", note)


def _undecided(count: int) -> str:
    return f"{count} events of which one cannot say whether they match" if count else ""
