"""The runner: one call per cell, over batches, with everything that a function may return or raise."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidelity_engine.plugin import Cell, Event, measure
from fidelity_engine.plugin.cells import Caller, CellResult
from fidelity_engine.plugin.event import Unknown
from fidelity_engine.plugin.function import declared
from fidelity_engine.plugin.portions import portions
from fidelity_engine.plugin.returned import ELSEWHERE

DAY = date(2026, 1, 30)


def cells(*numbers: int, unknown: dict[int, int] | None = None) -> dict[str, list[Any]]:
    """A batch of cells, as a mapping of lists."""
    values = ("r", "team", "g3", "lincoln", DAY, DAY, 5, DAY, DAY, True, DAY)
    columns = {name: [value] * len(numbers) for name, value in zip(Cell._fields, values, strict=True)}
    return {"cell_no": list(numbers), "matching": [0] * len(numbers), "unknown": [(unknown or {}).get(one, 0) for one in numbers], **columns}


def results(kind: Any, parameters: Any, batches: list[Any], events: list[Any]) -> list[CellResult]:
    """What the function said of each cell, in order; the cells are told how many events they have."""
    arrow = [isinstance(batch, pa.Table) for batch in batches]
    grids = [batch.to_pydict() if isinstance(batch, pa.Table) else batch for batch in batches]
    numbers = [number for batch in events for number in (batch["cell_no"] if isinstance(batch, dict) else batch["cell_no"].to_pylist())]
    for grid in grids:
        grid["matching"] = [numbers.count(number) for number in grid["cell_no"]]
    caller, found = Caller(kind, parameters), []
    for portion in portions([pa.table(grid) if a else grid for grid, a in zip(grids, arrow, strict=True)], events):
        answers = caller.answers(portion)
        others = {one.cell_no: one for one in answers.others}
        for number, value in zip(answers.numbers, answers.values, strict=True):
            end = None if value is None else Decimal(value).scaleb(-6)
            found.append(others[number] if value == ELSEWHERE else CellResult(number, end, end, "nothing" if value is None else "ok"))  # type: ignore[arg-type]
    return found


def run(function: Callable[..., Any], *, fields: tuple[str, ...] = ("x",), grows: Any = None, unknown: int = 0,
        events: dict[str, list[Any]] | None = None) -> CellResult:  # fmt: skip
    """What becomes of one cell with this function."""
    kind = declared(measure("one", unit="x", fields=fields, grows=grows)(function))
    parameters = kind.parameters.model_validate({"event": "meeting"})
    batch = cells(0, unknown={0: unknown})
    (result,) = results(kind, parameters, [batch], [events] if events else [])
    return result


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        (1, "1", "1"), (0.5, "0.5", "0.5"), (1 / 3, "0.333333", "0.333333"), (0.1 + 0.2, "0.3", "0.3"),
        (Decimal("0.0000005"), "0", "0"), (Fraction(1, 4), "0.25", "0.25"), ((1, 2.5), "1", "2.5"), (-3, "-3", "-3"),
    ],
)  # fmt: skip
def test_numbers_and_intervals(value: Any, low: str, high: str) -> None:
    """A number, or an interval of two, with six places half-even."""
    result = run(lambda events, cell: value)
    assert (result.low, result.high, result.state) == (Decimal(low), Decimal(high), "ok")


INVALID: list[tuple[Any, str]] = [
    ("much", "returned a text"), (True, "returned true or false"), (float("nan"), "no finite number"),
    (float("inf"), "no finite number"), (Decimal("NaN"), "no finite number"), ((1,), "a tuple of 1"),
    ((1, 2, 3), "a tuple of 3"), ((2, 1), "low end is above its high end"), ((1, None), "a NoneType"),
    ([1, 2], "a list"), ((1, True), "true or false"),
    (10**12, "more than twelve digits"), (1e300, "more than twelve digits"), (1j, "a complex"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "note"), INVALID, ids=[note for _, note in INVALID])
def test_invalid_returns_are_errors(value: Any, note: str) -> None:
    """Whatever is no number is an error that says what it was, never its content."""
    result = run(lambda events, cell: value)
    assert result.state == "error" and note in result.note and (result.low, result.high) == (None, None)


def test_nothing_unknown_and_raised() -> None:
    """None is nothing to measure; a missing field is unknown; an exception is an error with its type only."""
    events = {"cell_no": [0, 0], "x": ["a", None]}

    def fails(events: list[Event], cell: Cell) -> float:
        raise ValueError("secret value")

    def cancelled(events: list[Event], cell: Cell) -> float:
        raise asyncio.CancelledError

    assert run(lambda events, cell: None).state == "nothing"
    unknown = run(lambda events, cell: len([event["x"] for event in events]), events=events)
    assert (unknown.state, unknown.note) == ("unknown", "an event without `x`")
    asked = run(lambda events, cell: sum(event.get("x") is None for event in events), events=events)
    assert asked.low == 1
    assert run(fails)[3:] == ("error", "raised ValueError")
    assert run(lambda events, cell: sys.exit(0))[3:] == ("error", "raised SystemExit")
    assert run(cancelled)[3:] == ("error", "raised CancelledError")
    assert run(lambda events, cell: events[0]["undeclared"], events=events)[3:] == ("error", "raised KeyError")


@pytest.mark.parametrize(
    ("grows", "expected"), [("raises", (1, None, "ok")), ("lowers", (None, 1, "ok")), (None, (None, None, "unknown"))]
)
def test_events_that_may_match(grows: str | None, expected: tuple[Any, ...]) -> None:
    """Events of which nobody can say whether they match move the value only where the measure says that it grows."""
    result = run(lambda events, cell: 1, grows=grows, unknown=2)
    assert result[1:4] == expected and result.note.startswith("2 events")
    assert run(lambda events, cell: None, grows=grows, unknown=2).state == "unknown"


def test_parameters_reach_the_function() -> None:
    """The rule's own values are passed by name; `event, where ...` are not."""

    def scaled(events: list[Event], cell: Cell, *, factor: int = 2) -> float:
        return factor * cell.days

    kind = declared(measure("scaled", unit="x")(scaled))
    parameters = kind.parameters(event="meeting", factor=7)
    assert results(kind, parameters, [cells(0)], [])[0].low == 35


@given(
    sizes=st.lists(st.integers(0, 4), max_size=12),
    cut=st.integers(1, 5),
    arrow=st.booleans(),
)
def test_every_cell_gets_its_own_events(sizes: list[int], cut: int, arrow: bool) -> None:
    """However the stream is cut into batches, each cell sees exactly its events, and cells without any are passed."""
    rows = [(number, f"{number}-{place}") for number, size in enumerate(sizes) for place in range(size)]
    batches: list[Any] = []
    for start in range(0, len(rows), cut):
        part = rows[start : start + cut]
        batch: Any = {"cell_no": [row[0] for row in part], "x": [row[1] for row in part]}
        batches.append(pa.RecordBatch.from_pydict(batch) if arrow else batch)
    seen: list[list[str]] = []

    def look(events: list[Event], cell: Cell) -> int:
        seen.append([event["x"] for event in events])
        return len(events)

    kind = declared(measure("look", unit="x", fields=["x"])(look))
    grid = cells(*range(len(sizes)))
    parts: list[Any] = [pa.table(grid)] if arrow else [grid]
    found = results(kind, kind.parameters(event="m"), parts if sizes else [], batches)
    assert [int(result.low or 0) for result in found] == sizes
    assert seen == [[f"{number}-{place}" for place in range(size)] for number, size in enumerate(sizes)]


def test_events_out_of_order_are_noticed() -> None:
    """A stream in the wrong order would give events to the wrong cell: it stops instead."""
    kind = declared(measure("look", unit="x")(lambda events, cell: 1))
    parameters = kind.parameters(event="m")
    caller = Caller(kind, parameters)

    def ask(matching: list[int], *events: list[int]) -> None:
        for portion in portions([{**cells(0, 1), "matching": matching}], [{"cell_no": one} for one in events]):
            caller.answers(portion)

    ask([1, 1], [0], [1])
    for matching, events, match in [([1, 1], ([1], [0]), "order"), ([1, 0], ([7],), "order"), ([1, 1], ([0],), "more"), ([0, 1], ([1, 1],), "not in")]:
        with pytest.raises(AssertionError, match=match):
            ask(matching, *events)


def test_types_of_arrow_values() -> None:
    """Decimals arrive as floats, lists as tuples, dates as dates; a missing value is not in the event."""
    table = pa.table(
        {
            "cell_no": pa.array([0, 0], pa.int64()),
            "number": pa.array([Decimal("45.5"), None], pa.decimal128(18, 6)),
            "who": [["a", "b"], []],
            "day": [DAY, DAY],
            "flag": [True, None],
            "whole": pa.array([7, 8], pa.int32()),
            "word": pa.array(["x", "x"]).dictionary_encode(),
        }
    )
    kept: list[Event] = []
    fields = tuple(table.schema.names[1:])
    kind = declared(measure("keep", unit="x", fields=fields)(lambda events, cell: kept.extend(events)))
    results(kind, kind.parameters(event="m"), [cells(0)], table.to_batches())
    assert kept[0] == {"number": 45.5, "who": ("a", "b"), "day": DAY, "flag": True, "whole": 7, "word": "x"}
    assert kept[1] == {"who": (), "day": DAY, "whole": 8, "word": "x"}
    assert type(kept[0]["number"]) is float


@pytest.mark.parametrize("fields", [(), ("a",), ("a", "b"), ("a", "b", "c")])
@pytest.mark.parametrize("repeat", [True, False])
@pytest.mark.parametrize("missing", [True, False])
def test_events_are_what_the_columns_say(fields: tuple[str, ...], repeat: bool, missing: bool) -> None:
    """Whether values repeat or not, and whatever the number of fields: each event has its known values and no others."""
    rows = [{name: None if missing and n % 5 == 0 else (n % 3 if repeat else n) + place for place, name in enumerate("abc")} for n in range(60)]
    kept: list[Event] = []
    kind = declared(measure("keep", unit="x", fields=fields)(lambda events, cell: kept.extend(events)))
    events = {"cell_no": [0] * 60, **{name: [row[name] for row in rows] for name in "abc"}}
    results(kind, kind.parameters(event="m"), [cells(0)], [events])
    assert kept == [{name: row[name] for name in fields if row[name] is not None} for row in rows]
    if fields and missing:
        with pytest.raises(Unknown):
            kept[0]["a"]


def test_equal_numbers_of_different_types_stay_apart() -> None:
    """1, 1.0 and true are equal to Python, but true is no number."""
    values = iter([1, True, 1.0, True, 1])
    kind = declared(measure("one", unit="x")(lambda events, cell: next(values)))
    assert [one.state for one in results(kind, kind.parameters(event="m"), [cells(0, 1, 2, 3, 4)], [])] == ["ok", "error", "ok", "error", "ok"]
