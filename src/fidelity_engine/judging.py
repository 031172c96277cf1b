"""expect → measure → judge, once per stratum.

`strata` sorts the rules so that each sees only verdicts of lower ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import groupby

from fidelity_engine.beside import Beside, Job, followed
from fidelity_engine.course import QUIET, Course
from fidelity_engine.db import text
from fidelity_engine.errors import FidelityError
from fidelity_engine.links import Ask
from fidelity_engine.measuring import guarded, measured_rows
from fidelity_engine.model.rule import Rule
from fidelity_engine.plugin.spec import MeasureKind
from fidelity_engine.relations import VERDICT
from fidelity_engine.rulings import measured_alike
from fidelity_engine.scope import Scope
from fidelity_engine.shards import ALL, in_shards, ranges, times
from fidelity_engine.stages.attest import attest, prepare_attested
from fidelity_engine.stages.dispute import prepare_disputes, rest
from fidelity_engine.stages.emit.episodes import episodes
from fidelity_engine.stages.emit.rows import prepare_rows
from fidelity_engine.stages.expect import drop_grid, expect_in_frames, grid_key, prepare
from fidelity_engine.stages.judge import judge
from fidelity_engine.stages.measure import blind_days, observed, watch
from fidelity_engine.stages.waive import disposition, prepare_waivers
from fidelity_engine.together import grids_of, judge_layer
from fidelity_engine.verdicts import prepare_verdicts, remove_rows, same_for_many
from fidelity_engine.where import Bound

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
    if scope.is_small:
        _judge_few(scope, rules, course)
        return
    own, *others = strata(rules, scope.kinds) or [[]]
    by_size = [(size, list(ours)) for size, ours in groupby(sorted(own, key=times), times)]
    groups = [(ours, ranges(scope, ours, size)) for size, ours in by_size]
    course.plan(sum(len(ours) * len(parts) for ours, parts in groups) + sum(map(len, others)))
    for ours, parts in groups:
        _judge_layer(scope, ours, parts, course)
    course.at("judge", "disputes")
    rest(scope, own, episodes())
    for layer in others:
        _judge_layer(scope, layer, [ALL], course)
        course.at("judge", "disputes")
        rest(scope, layer, episodes())


def _judge_few(scope: Scope, rules: Sequence[Rule], course: Course) -> None:
    """The same where events are few."""
    course.plan(len(rules))
    grids = grids_of(scope, rules, course)
    for layer in strata(rules, scope.kinds):
        judge_layer(scope, layer, grids, course)
        course.at("judge", "disputes")
        rest(scope, layer, episodes())


def _prepare(scope: Scope, rules: Sequence[Rule]) -> None:
    prepare(scope)
    blind_days(scope)
    watch(scope, rules)
    prepare_waivers(scope)
    prepare_attested(scope)
    prepare_disputes(scope)
    prepare_rows(scope, rules)
    if not scope.since:                          # else the verdicts that are carried over are there
        prepare_verdicts(scope.db, rules, scope.is_small)


def _judge_layer(scope: Scope, layer: Sequence[Rule], parts: list[tuple[int, int]], course: Course) -> None:
    """Rules that do not read each other, shard by shard. A rule whose plugin breaks in one is broken in all."""
    if not layer:
        return
    broken: dict[str, MeasureKind] = {}
    grids: dict[object, str] = {}
    # what a plugin breaks shows at its rule
    alone = course.profiled or any(rule.measure.kind in scope.plugin_titles for rule in layer)
    for number, _ in enumerate(in_shards(scope, parts), 1):
        course.shard(number, len(parts))
        _drop(scope, grids)
        grids = {}
        with followed(scope.db, alone) as work:
            for rule in layer:
                if rule.id not in broken:
                    _cells_of(scope, rule, grids, broken, work, course)
                course.done()
        course.at("expect", READY)
    if len(parts) > 1:
        _drop(scope, grids)
        grids = {}
    for rule in layer:
        if rule.id in broken:
            _insert_broken(scope, rule, broken[rule.id], grids)
    _drop(scope, grids)


def _cells_of(scope: Scope, rule: Rule, grids: dict[object, str], broken: dict[str, MeasureKind], work: Beside, course: Course) -> None:
    """Expect and measure one rule, and have it judged while the next one is measured."""
    course.at("expect", rule.id)
    missing = grid_key(rule) not in grids
    grid = _grid(scope, rule, grids)
    if missing:
        course.count(lambda: _rows_in(scope, grid))
    course.at("measure, judge", rule.id)
    attest(scope, rule, grid)
    guarded(scope, rule, partial(_insert, work.later), grid, broken)
    course.count(lambda: _rows_in(scope, grid))


def _rows_in(scope: Scope, grid: str) -> int:
    return int(scope.db.one(f"select count(*) from {grid}"))


def _insert_broken(scope: Scope, rule: Rule, kind: MeasureKind, grids: dict[object, str]) -> None:
    """Errors in place of what a broken plugin may have left."""
    remove_rows(scope.db, scope.rule_no(rule))
    _insert(lambda job: job(scope.db), scope, rule, kind, _grid(scope, rule, grids))


def _grid(scope: Scope, rule: Rule, grids: dict[object, str]) -> str:
    """The grid of a rule; rules that expect the same cells share one."""
    key = grid_key(rule)
    if key not in grids:
        grids[key] = f"grid_{len(grids)}"
        expect_in_frames(scope, rule, grids[key])
    return grids[key]


def _drop(scope: Scope, grids: Mapping[object, str]) -> None:
    for grid in grids.values():
        drop_grid(scope, grid)


def _insert(later: Callable[[Job], object], scope: Scope, rule: Rule, kind: MeasureKind, grid: str) -> None:
    """Measure and judge one rule. `later`: who judges where that may wait."""
    ask = Ask(scope, rule, grid, Bound())
    rows = measured_rows(ask, kind)
    if same_for_many(rows, kind.scales):
        later(measured_alike(ask, kind, rows))
        return
    columns = ", ".join(column for column in VERDICT if column not in ("rule_no", "disposition"))
    scope.db.run(
        f"""insert into verdict_number by name select {scope.rule_no(rule)} as rule_no, {columns}, {disposition(scope, text(rule.id))} as disposition
        from ({judge(rule, kind, observed(ask, rows))}) v""",
        ask.bound.values,
    )
