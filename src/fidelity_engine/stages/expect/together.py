"""Few events: the grids of several rules in one statement, where planning one costs more than running it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fidelity_engine.db import text
from fidelity_engine.model.rule import Each, Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.expect.grid import cells, check_once, create_counted, window_rows
from fidelity_engine.stages.expect.who import filtered
from fidelity_engine.where import Bound
from fidelity_engine.windows import counted_spans, window_table

GRID_TERM = {
    # what tells one grid from another, apart from its filter
    "grid_no": "INTEGER", "subject_kind": "VARCHAR", "relation": "VARCHAR", "first": "DATE", "last": "DATE", "starts_after": "INTEGER",
    "skip_below": "INTEGER", "grace": "INTEGER",
}
KEY = "grid_no, skip_below, grace"


def expect_together(scope: Scope, rules: Sequence[Rule]) -> dict[str, tuple[int, str]]:
    """Create `grid_of_all`, the cells of all rules; gives per rule its `grid_no` there and a SELECT, in brackets, of its cells.

    With a filter the cells of a rule are fewer than those of its number.
    """
    numbers = {term: number for number, term in enumerate(dict.fromkeys(map(_term, rules)))}
    for starts_after in {int(rule.expect.starts_after) for rule in rules}:
        create_counted(scope, starts_after)
    _create_windows(scope, {window_table(rule.expect.each): rule.expect.each for rule in rules})
    _create_grids(scope, numbers)
    made: dict[tuple[Any, ...], str] = {}
    for rule in rules:
        key = (numbers[_term(rule)], rule.expect.where)
        if key not in made:
            made[key] = _cells(scope, rule, key[0], f"grid_{len(made)}")
    return {rule.id: (numbers[_term(rule)], made[numbers[_term(rule)], rule.expect.where]) for rule in rules}


def _term(rule: Rule) -> tuple[Any, ...]:
    """The values of GRID_TERM but for the number."""
    expect = rule.expect
    return (expect.of, window_table(expect.each), expect.start, expect.end, int(expect.starts_after), int(expect.skip_below), int(rule.judge.grace))


def _cells(scope: Scope, rule: Rule, number: int, relation: str) -> str:
    """The cells of one grid; with a filter they are kept in `relation`."""
    every = f"(select * exclude ({KEY}) from grid_of_all where grid_no = {number})"
    if rule.expect.where is None:
        return every
    bound = Bound()
    scope.db.run(f"create or replace {scope.db.shared} table {relation} as {filtered(scope, rule, f'from {every}', bound)}", bound.values)
    return relation


def _create_windows(scope: Scope, wanted: Mapping[str, Each]) -> None:
    """Create `window_of_all`: the windows of several rules, told apart by the name of their `relation`."""
    rows, bound = window_rows(scope, wanted)
    scope.db.run(f"create or replace {scope.db.shared} table window_of_all as {rows}", bound)
    for relation in (name for name, each in wanted.items() if each.unit == "term" and name not in scope.made):
        scope.made.add(relation)      # measures read these by name
        scope.db.run(f"create {scope.db.shared} table {relation} as select * exclude (relation) from window_of_all where relation = {text(relation)}")


def _create_grids(scope: Scope, numbers: Mapping[tuple[Any, ...], int]) -> None:
    """Create `grid_of_all`: the grids of several rules before their filters, told apart by `grid_no`."""
    columns = zip(*((number, *term) for term, number in numbers.items()), strict=True)
    values = dict(zip(GRID_TERM, map(list, columns), strict=True))
    unnested = ", ".join(f"unnest(${column}::{kind}[]) as {column}" for column, kind in GRID_TERM.items())
    active = " union all ".join(
        f"select {starts_after} as starts_after, subject_no, subject_kind, class_no, school_no, hi, counted from {counted_spans(starts_after)}"
        for starts_after in dict.fromkeys(values["starts_after"])
    )
    spans = f"""(select {unnested}) t join ({active}) a on a.subject_kind = t.subject_kind and a.starts_after = t.starts_after
        join window_of_all w on w.relation = t.relation and w.class_no = a.class_no
        where w.window_start >= coalesce(t.first, w.window_start) and w.window_start <= coalesce(t.last, w.window_start)"""
    scope.db.run(f"create or replace {scope.db.shared} table grid_of_all as {cells(spans, 'c.skip_below', 'c.grace', f'{KEY}, ')}", values)
    check_once(scope, "grid_of_all")
