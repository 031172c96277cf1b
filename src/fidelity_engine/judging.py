"""expect → measure → judge, once per stratum.

`strata` sorts the rules so that each sees only verdicts of lower ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from fidelity_engine.course import QUIET, Course
from fidelity_engine.db import DatabaseError, text
from fidelity_engine.errors import FidelityError
from fidelity_engine.links import Ask
from fidelity_engine.model.rule import Rule
from fidelity_engine.plugin.spec import MeasureKind, Parameters
from fidelity_engine.relations import VERDICT, measured
from fidelity_engine.scope import Scope
from fidelity_engine.shards import ALL, in_shards, pays, ranges
from fidelity_engine.stages.attest import attest, prepare_attested
from fidelity_engine.stages.dispute import prepare_disputes, rest
from fidelity_engine.stages.emit.episodes import episodes
from fidelity_engine.stages.emit.rows import prepare_rows
from fidelity_engine.stages.expect import expect, grid_key, prepare
from fidelity_engine.stages.judge import TERMS, judge, judged, level, targets, terms
from fidelity_engine.stages.measure import (
    CELL,
    WATCH,
    blind_days,
    function_measured,
    observed,
    observed_together,
    starts_on,
    watch,
    watch_terms,
)
from fidelity_engine.stages.waive import disposition, prepare_waivers
from fidelity_engine.verdicts import prepare_verdicts, remove_rows, table_for
from fidelity_engine.where import Bound

Step = Callable[[Scope, Rule, MeasureKind, str], None]
READY = "days, coverage, papers"
"""What the course calls what is made ready for all rules."""


def strata(rules: Iterable[Rule], kinds: Mapping[str, MeasureKind]) -> list[list[Rule]]:
    """Rules in layers: a rule comes after all rules whose verdicts it reads. Circles were refused at load."""
    left = {rule.id: rule for rule in rules}
    reads = {id: [n for n in _reads(rule, kinds) if n in left] for id, rule in left.items()}
    layers: list[list[Rule]] = []
    while left:
        ready = [rule for id, rule in left.items() if not any(n in left for n in reads[id])]
        if not ready:
            raise FidelityError("rules read each other in a circle", mend="Let no rollup lead back to itself.")
        layers.append(ready)
        for rule in ready:
            del left[rule.id]
    return layers


def _reads(rule: Rule, kinds: Mapping[str, MeasureKind]) -> Sequence[str]:
    kind = kinds.get(rule.measure.kind)
    return kind.reads_rules(rule.measure.parameters) if kind else ()


def needed(rules: Sequence[Rule], kinds: Mapping[str, MeasureKind], wanted: Sequence[str]) -> list[Rule]:
    """The rules asked for (all, where none is named) that are not off, and those that they read."""
    by_id = {rule.id: rule for rule in rules if rule.mode != "off"}
    todo, found = list(wanted or by_id), set()
    while todo:
        id = todo.pop()
        if id in by_id and id not in found:
            found.add(id)
            todo.extend(_reads(by_id[id], kinds))
    return [rule for rule in by_id.values() if rule.id in found]


def judge_all(scope: Scope, rules: Sequence[Rule], course: Course = QUIET) -> None:
    """Fill the relation `verdict` with one row per cell of the rules."""
    course.at("expect", READY)
    _prepare(scope, rules)
    parts = [ALL] if scope.is_small else ranges(scope.db)
    own, *others = strata(rules, scope.kinds) or [[]]
    sharded = [rule for rule in own if pays(rule)] if len(parts) > 1 else []
    layers = [[rule for rule in own if rule not in sharded], *others]
    course.plan(len(sharded) * len(parts) + sum(map(len, layers)))
    _judge_layer(scope, sharded, parts, course)
    for layer in layers:
        _judge_layer(scope, layer, [ALL], course)
        course.at("judge", "disputes")
        rest(scope, [*sharded, *layer], episodes())
        sharded = []


def _prepare(scope: Scope, rules: Sequence[Rule]) -> None:
    prepare(scope)
    blind_days(scope)
    watch(scope, rules)
    prepare_waivers(scope)
    prepare_attested(scope)
    prepare_disputes(scope)
    prepare_rows(scope, rules)
    prepare_verdicts(scope.db, rules, scope.is_small)
    if scope.is_small:
        _create_terms(scope, rules)


def _judge_layer(scope: Scope, layer: Sequence[Rule], parts: list[tuple[int, int]], course: Course) -> None:
    """Rules that do not read each other, shard by shard. A rule whose plugin breaks in one is broken in all."""
    if not layer:
        return
    broken: dict[str, MeasureKind] = {}
    grids: dict[object, str] = {}
    for number, _ in enumerate(in_shards(scope, parts), 1):
        course.shard(number, len(parts))
        _drop(scope, grids)
        grids = {}
        for rule in layer:
            if rule.id not in broken:
                _cells_of(scope, rule, grids, broken, course)
            course.done()
        course.at("expect", READY)
    if len(parts) > 1:
        _drop(scope, grids)
        grids = {}
    for rule in layer:
        if rule.id in broken:
            _insert_broken(scope, rule, broken[rule.id], grids)
    if scope.is_small:
        course.at("judge", "all at once")
        _judge_together(scope, layer, grids)
    _drop(scope, grids)


def _cells_of(scope: Scope, rule: Rule, grids: dict[object, str], broken: dict[str, MeasureKind], course: Course) -> None:
    """Expect and measure one rule; in a large district judge it too."""
    course.at("expect", rule.id)
    missing = grid_key(rule) not in grids
    grid = _grid(scope, rule, grids)
    if missing:
        course.count(lambda: _rows_in(scope, grid))
    course.at("measure" if scope.is_small else "measure, judge", rule.id)
    attest(scope, rule, grid)
    _guarded(scope, rule, _keep if scope.is_small else _insert, grid, broken)
    course.count(lambda: _rows_in(scope, grid))


def _rows_in(scope: Scope, grid: str) -> int:
    return int(scope.db.one(f"select count(*) from {grid}"))


def _insert_broken(scope: Scope, rule: Rule, kind: MeasureKind, grids: dict[object, str]) -> None:
    """Errors in place of what a broken plugin may have left."""
    if not scope.is_small:
        remove_rows(scope.db, scope.rule_no(rule))
    (_keep if scope.is_small else _insert)(scope, rule, kind, _grid(scope, rule, grids))


def _grid(scope: Scope, rule: Rule, grids: dict[object, str]) -> str:
    """The grid of a rule; rules that expect the same cells share one."""
    key = grid_key(rule)
    if key not in grids:
        grids[key] = f"grid_{len(grids)}"
        expect(scope, rule, grids[key])
    return grids[key]


def _drop(scope: Scope, grids: Mapping[object, str]) -> None:
    if grids:
        scope.db.run("; ".join(f"drop table {grid}" for grid in grids.values()))


def _guarded(scope: Scope, rule: Rule, step: Step, grid: str, broken: dict[str, MeasureKind]) -> None:
    """A step for one rule; where a plugin raises, the rule is noted in `broken`, with the measure that gives its errors."""
    try:
        step(scope, rule, scope.kinds.get(rule.measure.kind, BROKEN), grid)
    except Exception as error:
        title = scope.plugin_titles.get(rule.measure.kind)
        if title is None:
            raise            # a bug of ours shows its trace
        scope.failures[title] = f"{title} raised {type(error).__name__} in `{rule.measure.kind}`."
        broken[rule.id] = failing(f"{title} raised {type(error).__name__}")


def _rows(ask: Ask, kind: MeasureKind) -> str:
    """SELECT of the grid with what the measure gives."""
    return kind.table(ask) if kind.table else function_measured(ask, kind, ask.scope.plugin_titles.get(kind.name, kind.name))


def _insert(scope: Scope, rule: Rule, kind: MeasureKind, grid: str) -> None:
    """Measure and judge one rule in one statement."""
    ask = Ask(scope, rule, grid, Bound())
    rows = _rows(ask, kind)
    table, kept = ("verdict", list(VERDICT)) if scope.is_small else table_for(rows, kind.scales)
    cells = judge(rule, kind, observed(ask, rows), narrow=table == "verdict_whole")
    columns = ", ".join(column for column in kept if column not in ("rule_no", "disposition"))
    scope.db.run(
        f"""insert into {table} by name select {scope.rule_no(rule)} as rule_no, {columns}, {disposition(scope, text(rule.id))} as disposition
        from ({cells}) v""",
        ask.bound.values,
    )


# --- few events: all rules of a layer are judged in one statement ----------------------------------------------------------


def _create_terms(scope: Scope, rules: Sequence[Rule]) -> None:
    """Create `rule_term`, what judge and coverage must know of each rule, and `cell`, what was measured."""
    types = {"rule_no": "INTEGER", "rule": "VARCHAR", **TERMS, **WATCH}
    rows = [{"rule_no": scope.rule_no(rule), "rule": rule.id, **terms(rule, scope.kinds.get(rule.measure.kind, BROKEN)), **watch_terms(scope, rule)}
            for rule in rules]
    unnested = ", ".join(f"unnest(${term}::{kind}[]) as {term}" for term, kind in types.items())
    scope.db.run(f"create temp table rule_term as select {unnested}", {term: [row[term] for row in rows] for term in types})
    scope.db.run(f"create temp table cell ({', '.join(f'{column} {kind}' for column, kind in CELL.items())})")


def _keep(scope: Scope, rule: Rule, kind: MeasureKind, grid: str) -> None:
    """Measure one rule into `cell`."""
    ask = Ask(scope, rule, grid, Bound())
    rows = _rows(ask, kind)
    scope.db.run(
        f"insert into cell by name select {scope.rule_no(rule)} as rule_no, *, {starts_on(ask)} as starts_on, {targets(rule)} from ({rows})",
        ask.bound.values,
    )


def _judge_together(scope: Scope, layer: Sequence[Rule], grids: Mapping[object, str]) -> None:
    """Judge what is in `cell`, and empty it; where a plugin's numbers cannot be judged, rule by rule."""
    levels = {scope.rule_no(rule): level(rule, scope.kinds.get(rule.measure.kind, BROKEN)) for rule in layer}
    cases = " ".join(f"when {no} then {sql}" for no, sql in levels.items() if not sql.startswith("null"))
    cells = observed_together(scope, "select c.*, t.* exclude (rule_no) from cell c join rule_term t on t.rule_no = c.rule_no", list(layer))
    columns = ", ".join(column for column in VERDICT if column != "disposition")
    try:
        scope.db.run(f"""insert into verdict by name select {columns}, {disposition(scope, "v.rule")} as disposition
            from ({judged(cells, f"case rule_no {cases} end" if cases else "null::varchar")}) v""")
    except DatabaseError:
        if not any(rule.measure.kind in scope.plugin_titles for rule in layer):
            raise
        broken: dict[str, MeasureKind] = {}
        for rule in layer:
            _guarded(scope, rule, _insert, grids[grid_key(rule)], broken)
        for rule in layer:
            if rule.id in broken:
                _insert(scope, rule, broken[rule.id], grids[grid_key(rule)])
    scope.db.run("truncate cell")


def failing(cause: str) -> MeasureKind:
    """A measure that gives `error` for every cell: what is left of a broken plugin."""
    return MeasureKind("broken", Parameters, "", cause, table=lambda ask: measured(f"{ask.grid} g", failure=text(cause)))


BROKEN = failing("its plugin could not be loaded")
