"""The contract that a measure of a plugin keeps, as tests that a plugin's author inherits.

    from fidelity_engine.testing import MeasureContract

    class TestBalance(MeasureContract):
        plugin, measure = Path(__file__).parent.parent, "coaching-balance"
        examples = [([{"requested_by": "coach"}] * 3, 0.0), ([], None)]
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

from fidelity_engine.plugin.event import Cell, Event, Unknown, event_class
from fidelity_engine.plugin.host import Host
from fidelity_engine.plugin.returned import ends
from fidelity_engine.plugin.spec import MeasureKind

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
FRIDAY = date(2026, 1, 30)
CELL = Cell("a.rule", "school", "lincoln", "lincoln", date(2026, 1, 5), FRIDAY, 20, FRIDAY, FRIDAY, True, FRIDAY)
"""A closed month of one school."""

Rows = Sequence[Mapping[str, Any]]


def load(plugin: Path | str) -> Host:
    """The host with one plugin, found as the engine finds it: a folder, or an installed distribution."""
    path = Path(plugin)
    if path.is_dir():
        return Host.load(plugins=[f"./{path.name}"], root=path.parent)
    return Host.load(plugins=[str(plugin)])


class MeasureContract:
    """Tests of one plain-function measure. `examples`: events as mappings, and what the function says of them.

    `parameters` are the keyword parameters that the examples are made for; `None` as the answer stands for nothing to
    measure, `Unknown` for a field that is missing.
    """

    plugin: ClassVar[Path | str]
    measure: ClassVar[str]
    examples: ClassVar[Sequence[tuple[Rows, Any]]] = ()
    parameters: ClassVar[Mapping[str, Any]] = {}
    cell: ClassVar[Cell] = CELL

    @cached_property
    def kind(self) -> MeasureKind:
        """The measure, as the engine loads it."""
        return load(self.plugin).measures[self.measure]

    def said(self, rows: Rows) -> Any:
        """What the function says of some events, of which it gets the fields that it declares, as in a run."""
        assert self.kind.function is not None
        made = _declared(self.kind)
        try:
            return self.kind.function([made(row) for row in rows], self.cell, **self.parameters)
        except Unknown:
            return Unknown

    # --- what every measure keeps -------------------------------------------------------------------------------------

    def test_it_loads_without_trouble(self) -> None:
        """The plugin loads, adds the measure, and asks for nothing that is old."""
        host = load(self.plugin)
        assert not host.failures, f"it is broken: {host.failures[0]}"
        assert not host.warnings, host.warnings[0]
        assert self.measure in host.measures, f"it adds {', '.join(host.measures) or 'nothing'}"

    def test_it_says_what_it_is(self) -> None:
        """Name, unit and documentation are there: `fidelity kinds` and `describe` show them."""
        kind = self.kind
        assert NAME.fullmatch(kind.name), f"`{kind.name}` is no name: small letters, numbers and hyphens"
        assert kind.unit, "a unit stands beside the values"
        assert kind.doc, "the first line of its documentation is all that most people read"

    def test_it_says_of_the_examples_what_it_should(self) -> None:
        """Every example gives its answer."""
        assert self.examples, "give examples: events, and what the measure says of them"
        for rows, expected in self.examples:
            assert _same(self.said(rows), expected), f"of {rows!r} it says {self.said(rows)!r}, not {expected!r}"

    def test_it_says_something_of_no_events(self) -> None:
        """A cell without events is passed too, and is no reason to break: absence is the point."""
        _is_an_answer(self.said([]))

    def test_it_gives_what_the_engine_takes(self) -> None:
        """A number, a pair of numbers, or None; nothing else, and no text."""
        for rows, _ in self.examples:
            _is_an_answer(self.said(rows))

    def test_it_says_the_same_twice_and_in_any_order(self) -> None:
        """Nothing is kept between calls; the same events give the same answer, whatever their order."""
        for rows, _ in self.examples:
            mixed = list(rows)
            random.Random(len(mixed)).shuffle(mixed)
            assert _same(self.said(rows), self.said(rows)), f"of {rows!r} it says two things"
            assert _same(self.said(rows), self.said(mixed)), f"of {rows!r} it says another thing in another order"

    def test_more_evidence_moves_it_only_where_it_says(self) -> None:
        """`grows="raises"` ("lowers") is a promise: cells are judged early because of it."""
        way = {"raises": 1, "lowers": -1}.get(self.kind.grows or "")
        if way is None:
            return
        for rows, _ in self.examples:
            values = [ends(value) for n in range(len(rows) + 1) if (value := self.said(rows[:n])) is not None and value is not Unknown]
            for before, after in pairwise(values):
                assert all(way * (b - a) >= 0 for a, b in zip(before, after, strict=True)), f"another event of {rows!r} moves it back"


def _declared(kind: MeasureKind) -> Callable[[Mapping[str, Any]], Event]:
    """Events of the declared fields. To ask for another is a mistake here, also with `get`, which in a run would find it missing for ever."""

    class Declared(event_class(kind.fields)):  # type: ignore[misc]
        def get(self, field: str, default: Any = None) -> Any:
            if field not in kind.fields:
                raise KeyError(f"{field!r} is not among the fields that the measure declares")
            return super().get(field, default)

    return lambda row: Declared((field, row[field]) for field in kind.fields if row.get(field) is not None)


def _same(one: Any, other: Any) -> bool:
    if one is None or other is None or Unknown in (one, other):
        return one is other
    pairs = zip(ends(one), ends(other), strict=True)
    return all(abs(a - b) <= Decimal("0.000001") for a, b in pairs)


def _is_an_answer(value: Any) -> None:
    if value is not None and value is not Unknown:
        ends(value)          # raises Invalid, which says what was returned


__all__ = ["CELL", "MeasureContract", "load"]
