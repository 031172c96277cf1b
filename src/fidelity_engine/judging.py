"""expect → measure → judge, once per stratum.

`strata` sorts the rules so that each sees only verdicts of lower ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from fidelity_engine.db import text
from fidelity_engine.errors import FidelityError
from fidelity_engine.links import Ask
from fidelity_engine.model.rule import Rule
from fidelity_engine.plugin.spec import MeasureKind, Parameters
from fidelity_engine.relations import measured
from fidelity_engine.scope import Scope
from fidelity_engine.stages.dispute import prepare_disputes, rest
from fidelity_engine.stages.emit.episodes import episodes
from fidelity_engine.stages.emit.rows import prepare_rows
from fidelity_engine.stages.expect import expect, grid_key, prepare
from fidelity_engine.stages.judge import judge
from fidelity_engine.stages.measure import blind_days, function_measured, observed
from fidelity_engine.stages.waive import disposition, prepare_waivers
from fidelity_engine.verdicts import prepare_verdicts, table_for
from fidelity_engine.where import Bound

Progress = Callable[[str, int, int], None]


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


def judge_all(scope: Scope, rules: Sequence[Rule], progress: Progress | None = None) -> None:
    """Fill the relation `verdict` with one row per cell of the rules."""
    prepare(scope)
    blind_days(scope)
    prepare_waivers(scope)
    prepare_disputes(scope)
    prepare_rows(scope, rules)
    prepare_verdicts(scope.db, rules)
    grids: dict[object, str] = {}
    done = 0
    for layer in strata(rules, scope.kinds):
        for rule in layer:
            if progress:
                progress(rule.id, done, len(rules))
            _judge_rule(scope, rule, grids)
            done += 1
        rest(scope, layer, episodes())
    if progress:
        progress("", done, len(rules))


def _judge_rule(scope: Scope, rule: Rule, grids: dict[object, str]) -> None:
    """expect → measure → judge for one rule."""
    key = grid_key(rule)
    if key not in grids:
        grids[key] = f"grid_{len(grids)}"
        expect(scope, rule, grids[key])
    kind = scope.kinds.get(rule.measure.kind, BROKEN)
    try:
        _insert(scope, rule, kind, grids[key])
    except Exception as error:
        title = scope.plugin_titles.get(rule.measure.kind)
        if title is None:
            raise            # a bug of ours shows its trace
        scope.failures[title] = f"{title} raised {type(error).__name__} in `{rule.measure.kind}`."
        _insert(scope, rule, failing(f"{title} raised {type(error).__name__}"), grids[key])


def _insert(scope: Scope, rule: Rule, kind: MeasureKind, grid: str) -> None:
    ask = Ask(scope, rule, grid, Bound())
    title = scope.plugin_titles.get(kind.name, kind.name)
    rows = kind.table(ask) if kind.table else function_measured(ask, kind, title)
    cells = judge(rule, kind, observed(ask, kind, rows))
    table, kept = table_for(rows, kind.scales)
    columns = ", ".join(column for column in kept if column not in ("rule_no", "disposition"))
    scope.db.run(
        f"""insert into {table} by name select {scope.rule_no(rule)} as rule_no, {columns}, {disposition(scope, rule)} as disposition
        from ({cells}) v""",
        ask.bound.values,
    )


def failing(cause: str) -> MeasureKind:
    """A measure that gives `error` for every cell: what is left of a broken plugin."""
    return MeasureKind("broken", Parameters, "", cause, table=lambda ask: measured(f"{ask.grid} g", failure=text(cause)))


BROKEN = failing("its plugin could not be loaded")
