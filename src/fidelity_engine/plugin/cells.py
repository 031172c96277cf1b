"""Runs a plain-function measure over portions of cells with their events: one call per cell, no query at all."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from types import FunctionType
from typing import Any, Literal, NamedTuple

from fidelity_engine.plugin.columns import column
from fidelity_engine.plugin.event import Cell, Event, Unknown
from fidelity_engine.plugin.portions import UNKNOWN, Events, Portion, cells_of
from fidelity_engine.plugin.returned import ELSEWHERE, Invalid, ends, millionths
from fidelity_engine.plugin.spec import EventParameters, MeasureKind

_SHARED = frozenset(EventParameters.model_fields)
MOST_KNOWN = 100_000
Called = Callable[[list[Event], Cell], Any]


class CellResult(NamedTuple):
    """What the function said of a cell: an end is None where nothing bounds it, both where there is no value."""

    cell_no: int
    low: Decimal | None
    high: Decimal | None
    state: Literal["ok", "unknown", "error"]
    note: str = ""


class Answers(NamedTuple):
    """What the function said of the cells of a portion.

    `values`, beside the `numbers` of the cells: millionths; None: nothing to measure; ELSEWHERE: it stands in `others`.
    """

    numbers: list[int]
    values: list[int | None]
    others: list[CellResult]


class Caller:
    """Calls one function with the rule's own parameters."""

    def __init__(self, kind: MeasureKind, parameters: Any) -> None:
        self._function, self._grows = bound(kind, parameters), kind.grows
        self._events = Events(kind.fields)
        self._known = _Millionths()

    def answers(self, portion: Portion) -> Answers:
        """What it says of each cell."""
        said = self._said(portion)
        numbers, undecided = column(portion.cells, "cell_no"), column(portion.cells, UNKNOWN)
        known = self._known
        values = [None if value is None else known[value] if type(value) is float or type(value) is int else ELSEWHERE for value in said]
        if any(undecided):
            values = [ELSEWHERE if count else value for value, count in zip(values, undecided, strict=True)]
        others = [
            _result(numbers[place], said[place], undecided[place], self._grows) for place, value in enumerate(values) if value == ELSEWHERE
        ] if ELSEWHERE in values else []
        if len(known) > MOST_KNOWN:
            known.clear()
        return Answers(numbers, values, others)

    def _said(self, portion: Portion) -> list[Any]:
        """What it returned, or raised, for each cell."""
        function = self._function
        said: list[Any] = []
        say = said.append
        for events, cell in zip(self._events.by_cell(portion), cells_of(portion), strict=True):
            try:
                say(function(events, cell))
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                say(_Raised(error))
        return said


class _Raised:
    """An exception in place of a value: only what is told of it."""

    def __init__(self, error: BaseException) -> None:
        self.field = error.field if isinstance(error, Unknown) else None
        self.kind = type(error).__name__


class _Millionths(dict[float, int]):
    """Number → millionths, or ELSEWHERE where it is none that may be returned; shares repeat, so most cells find theirs made already."""

    def __missing__(self, value: float) -> int:
        made = millionths(value)
        found = self[value] = ELSEWHERE if made is None else made
        return found


def given_to(kind: MeasureKind, parameters: Any) -> dict[str, Any]:
    """The rule's own parameters, by name."""
    return {name: getattr(parameters, name) for name in kind.parameters.model_fields if name not in _SHARED}


def bound(kind: MeasureKind, parameters: Any) -> Called:
    """The function with the rule's own parameters."""
    if kind.function is None:
        raise AssertionError(f"{kind.name} is a table measure")
    given = given_to(kind, parameters)
    if not given:
        return kind.function
    function = kind.function
    if type(function) is not FunctionType:
        return partial(function, **given)
    # A copy whose defaults are the rule's: a fifth faster to call than a partial.
    copy = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
    copy.__dict__.update(function.__dict__)
    copy.__kwdefaults__ = given
    return copy


def _result(number: int, said: Any, undecided: int, grows: str | None) -> CellResult:
    if isinstance(said, _Raised):
        unknown = said.field is not None
        return CellResult(number, None, None, "unknown" if unknown else "error", f"an event without `{said.field}`" if unknown else f"raised {said.kind}")
    if said is None:
        return CellResult(number, None, None, "unknown", _undecided(undecided))
    try:
        low, high = ends(said)
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
