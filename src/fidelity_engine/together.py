"""Few events: the rules of a layer are expected in one statement, measured one by one but for those that count alike, and judged in one.

Planning a statement then costs more than running it. What was measured of a rule stands in a table `cell_<rule_no>`, its own or
that of the first rule that counts as it does, with the columns that its measure says; what all its cells share stands once, in `rule_term`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from fidelity_engine.beside import Beside, beside
from fidelity_engine.course import Course
from fidelity_engine.db import Database, DatabaseError, text
from fidelity_engine.links import Ask
from fidelity_engine.measuring import guarded, kind_of, measured_rows
from fidelity_engine.model.rule import Rule
from fidelity_engine.plugin.spec import MeasureKind
from fidelity_engine.relations import MEASURED, VERDICT, Measured
from fidelity_engine.scope import Scope
from fidelity_engine.stages.attest import attest
from fidelity_engine.stages.expect import expect_together
from fidelity_engine.stages.judge import TARGETS, TERMS, judge, judged, level, targets_together, terms, undated_targets
from fidelity_engine.stages.measure import CELL, WATCH, Tallies, observed, observed_together, starts_on, watch_terms
from fidelity_engine.stages.waive import disposition
from fidelity_engine.where import Bound

COMMON = {column: kind for column, (kind, default) in MEASURED.items() if default != "null"}
"""What all cells of a rule have in common where its measure does not say it."""
ALL = "all at once"
"""What the course calls the rules of a layer together."""


Grids = Mapping[str, tuple[int, str]]
"""Rule → number and cells of its grid, see `expect_together`."""


def grids_of(scope: Scope, rules: Sequence[Rule], course: Course) -> Grids:
    """The cells of all rules."""
    course.at("expect", ALL)
    grids = expect_together(scope, rules) if rules else {}
    course.count(lambda: int(scope.db.one("select count(*) from grid_of_all")) if grids else 0)
    return grids


def judge_layer(scope: Scope, rules: Sequence[Rule], grids: Grids, course: Course) -> None:
    """Judge rules that do not read each other."""
    with beside(scope.db, alone=course.profiled) as work:
        layer = Layer(scope, rules, grids, work)
        _measure(layer, course)
        course.at("measure", ALL)
        layer.tally()
    course.at("judge", ALL)
    layer.judge()


def _measure(layer: Layer, course: Course) -> None:
    """Measure each rule; of one whose plugin breaks the errors are measured."""
    scope, broken = layer.scope, dict[str, MeasureKind]()
    for rule in layer.rules:
        course.at("measure", rule.id)
        _, grid = layer.grids[rule.id]
        attest(scope, rule, grid)
        guarded(scope, rule, layer.measure, grid, broken)
        course.count(lambda grid=grid: int(scope.db.one(f"select count(*) from {grid}")))  # type: ignore[misc]
        course.done()
    for rule in layer.rules:
        if rule.id in broken:
            layer.measure(scope, rule, broken[rule.id], layer.grids[rule.id][1])


@dataclass(eq=False, repr=False)
class Layer:
    """Rules that do not read each other. `said`: rule_no → columns of its cells; `tables`: numbers of the tables that hold cells.

    `work`: who fills the tables, while the next rule's statement is put together.
    """

    scope: Scope
    rules: Sequence[Rule]
    grids: Grids
    work: Beside
    said: dict[int, list[str]] = field(default_factory=dict)
    tables: list[int] = field(default_factory=list)
    tallies: Tallies = field(default_factory=Tallies)

    def measure(self, scope: Scope, rule: Rule, kind: MeasureKind, grid: str) -> None:
        """Measure one rule into its table, or keep it for `tally`."""
        number = scope.rule_no(rule)
        ask = Ask(scope, rule, grid, Bound(f"r{number}_"))
        rows = measured_rows(ask, kind)
        said = dict(rows.said) if isinstance(rows, Measured) else {column: column for column in MEASURED}
        source = rows.source if isinstance(rows, Measured) else f"({rows}) g"
        if begins := starts_on(ask):
            said["starts_on"] = begins
        self.said[number] = list(said)
        if rule.expect.where is None and isinstance(rows, Measured) and rows.tally:
            self.tallies.add(rows.tally, said, number, self.grids[rule.id][0], ask.bound.values)
            return
        listed = ", ".join(f"{sql} as {column}" for column, sql in {"rule_no": str(number), **said}.items())
        keep = self._keep_now if rule.measure.kind in scope.plugin_titles else self._keep          # what a plugin breaks shows here
        keep(number, f"select g.subject_no, g.window_no, {listed} from {source}", ask.bound.values)

    def tally(self) -> None:
        """Measure the rules that are counted together."""
        for number, (cells, values) in self.tallies.selects().items():
            self._keep(number, cells, values)

    def _keep(self, number: int, cells: str, values: Mapping[str, Any]) -> None:
        self.work.later(partial(_fill, number, cells, dict(values)))
        self.tables.append(number)

    def _keep_now(self, number: int, cells: str, values: Mapping[str, Any]) -> None:
        _fill(number, cells, dict(values), self.scope.db)
        self.tables.append(number)

    def judge(self) -> None:
        """Judge what was measured; where a plugin's numbers cannot be judged, rule by rule."""
        scope = self.scope
        self._create_terms()
        levels = {scope.rule_no(rule): level(rule, kind_of(scope, rule)) for rule in self.rules}
        cases = " ".join(f"when {no} then {sql}" for no, sql in levels.items() if not sql.startswith("null"))
        told = [terms(rule, kind_of(scope, rule)) for rule in self.rules]
        rows = judged(observed_together(scope, self._cells(), list(self.rules)), f"case rule_no {cases} end" if cases else "null::varchar", told)
        try:
            _insert(scope, rows)
        except DatabaseError:
            if not any(rule.measure.kind in scope.plugin_titles for rule in self.rules):
                raise
            self._judge_apart()

    def _create_terms(self) -> None:
        """Create `rule_term`: what judge and coverage must know of each rule, and what its cells have in common."""
        rows = [self._terms(rule) for rule in self.rules]
        types = {"rule_no": "INTEGER", "rule": "VARCHAR", "grid_no": "INTEGER", **TARGETS, **TERMS, **WATCH,
                 **{f"all_{column}": kind for column, kind in COMMON.items()}}
        unnested = ", ".join(f"unnest(${term}::{kind}[]) as {term}" for term, kind in types.items())
        self.scope.db.run(f"create or replace temp table rule_term as select {unnested}", {term: [row[term] for row in rows] for term in types})

    def _terms(self, rule: Rule) -> dict[str, Any]:
        number = self.scope.rule_no(rule)
        common = {f"all_{column}": None if column in self.said[number] else MEASURED[column][1] for column in COMMON}
        return {
            "rule_no": number, "rule": rule.id, "grid_no": self.grids[rule.id][0], **undated_targets(rule), **terms(rule, kind_of(self.scope, rule)),
            **watch_terms(self.scope, rule), **common,
        }

    def _cells(self) -> str:
        """SELECT of all cells: grid, MEASURED, starts_on, targets, TERMS and WATCH."""
        said = {column for columns in self.said.values() for column in columns}
        kinds = {column: kind for column, (kind, _) in MEASURED.items()} | {"starts_on": "DATE"}
        own = [f"cast({_own_or_common(column, column in said)} as {kind}) as {column}" for column, kind in kinds.items()]
        cell = [f"g.{column.removeprefix('grid_')} as {column}" for column in CELL]
        targets = targets_together({self.scope.rule_no(rule): rule for rule in self.rules}, "t")
        listed = ["c.rule_no", *cell, *own, targets, "t.rule", *(f"t.{term}" for term in (*TERMS, *WATCH))]
        tables = " union all by name ".join(f"from cell_{number}" for number in self.tables)
        # materialized: else all that follows would be set up once per table
        return f"""with c as materialized ({tables}) select {', '.join(listed)} from c join rule_term t on t.rule_no = c.rule_no
            join grid_of_all g on g.grid_no = t.grid_no and g.subject_no = c.subject_no and g.window_no = c.window_no"""

    def _judge_apart(self) -> None:
        scope, broken = self.scope, dict[str, MeasureKind]()
        for rule in self.rules:
            guarded(scope, rule, _judge_one, self.grids[rule.id][1], broken)
        for rule in self.rules:
            if rule.id in broken:
                _judge_one(scope, rule, broken[rule.id], self.grids[rule.id][1])


def _fill(number: int, cells: str, values: dict[str, Any], db: Database) -> None:
    db.run(f"create or replace {db.shared} table cell_{number} as {cells}", values)


def _own_or_common(column: str, own: bool) -> str:
    found = [*([f"c.{column}"] if own else []), *([f"t.all_{column}"] if column in COMMON else [])]
    return f"coalesce({', '.join(found)})" if found else "null"


def _judge_one(scope: Scope, rule: Rule, kind: MeasureKind, grid: str) -> None:
    ask = Ask(scope, rule, grid, Bound())
    cells = judge(rule, kind, observed(ask, measured_rows(ask, kind)))
    _insert(scope, f"select *, {scope.rule_no(rule)} as rule_no, {text(rule.id)} as rule from ({cells})", ask.bound)


def _insert(scope: Scope, rows: str, bound: Bound | None = None) -> None:
    """Keep what was judged. The first rows make the table anew: that is half the work of filling the empty one."""
    kept = ", ".join(f"{disposition(scope, 'v.rule') if column == 'disposition' else column}::{kind} as {column}" for column, kind in VERDICT.items())
    into = "insert into verdict" if "verdict" in scope.made else f"create or replace {scope.db.shared} table verdict as"
    scope.db.run(f"{into} select {kept} from ({rows}) v", bound.values if bound else None)
    scope.made.add("verdict")
