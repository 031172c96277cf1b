"""Few events: rules that count alike are counted in one statement, where planning one costs more than running it.

Alike are rules whose measures make the same sums of their hits, and the same numbers of these: most that count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fidelity_engine.relations import Tally


class Counting(NamedTuple):
    """One rule: its number, that of its grid in `grid_of_all`, its hits, and the values that these bind."""

    rule_no: int
    grid_no: int
    hits: str
    values: Mapping[str, Any]


Key = tuple[str, str, tuple[tuple[str, str], ...]]
"""What rules that count alike have in common: columns of the hits, sums, and the columns said of a cell."""


class Tallies:
    """The rules that can be counted together, until they are."""

    def __init__(self) -> None:
        self._alike: dict[Key, list[Counting]] = {}

    def add(self, tally: Tally, said: Mapping[str, str], rule_no: int, grid_no: int, values: Mapping[str, Any]) -> None:
        """One more rule; the names of its `values` are its own. `said`: columns of its cells, over its sums `h` and its grid `g`."""
        self._alike.setdefault((tally.columns, tally.sums, tuple(said.items())), []).append(Counting(rule_no, grid_no, tally.hits, values))

    def selects(self) -> dict[int, tuple[str, dict[str, Any]]]:
        """Number of the first rule → SELECT of the cells of all that count as it does, with the values that it binds."""
        return {rules[0].rule_no: (_cells(key, rules), {name: value for rule in rules for name, value in rule.values.items()})
                for key, rules in self._alike.items()}


def _cells(key: Key, rules: Sequence[Counting]) -> str:
    columns, sums, said = key
    hits = " union all ".join(f"select {rule.rule_no} as rule_no, subject_no, window_no, {columns} from ({rule.hits})" for rule in rules)
    grids = ", ".join(f"({rule.rule_no}, {rule.grid_no})" for rule in rules)
    listed = ", ".join(f"{sql} as {column}" for column, sql in said)
    return f"""select g.subject_no, g.window_no, g.rule_no, {listed}
        from (select t.rule_no, g.* from grid_of_all g join (values {grids}) t(rule_no, grid_no) on t.grid_no = g.grid_no) g
        left join (select rule_no, subject_no, window_no, {sums} from ({hits}) group by rule_no, subject_no, window_no) h
          on h.rule_no = g.rule_no and h.subject_no = g.subject_no and h.window_no = g.window_no"""
