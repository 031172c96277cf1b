"""From a described district to the rows of `--verdicts`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from oracle import events
from oracle.grid import cells_of
from oracle.matching import Cell, last_over
from oracle.measured import Measured
from oracle.measures import measure
from oracle.rollup import children_of, rollup
from oracle.verdict import judge, level_of, required_of, shown_end, target_of
from oracle.world import World, day, plain, world_of

COLUMNS = (
    "rule", "subject_kind", "subject", "school", "window_start", "window_end", "days", "closes_on", "due", "low", "high", "value",
    "numerator", "denominator", "required", "level", "verdict", "reason", "disposition", "events",
)


def evaluate(district: dict[str, Any], as_of: date | str) -> list[dict[str, Any]]:
    """The cells of every rule, ordered by rule, subject kind, subject and window."""
    world = world_of(district, as_of)
    first, last = world.period
    # 'Before the period begins, or more than 30 days after it ends, a run does nothing'
    if not first <= world.clock.today <= last + timedelta(days=30):
        return []
    events.load(world)
    made: dict[str, list[Cell]] = {}
    for rule in in_strata([with_defaults(r, world.rules.get("defaults") or {}) for r in world.rules["rules"]]):
        made[rule["id"]] = evaluate_rule(world, rule, made)
    rows = [cell.out for cells in made.values() for cell in cells]
    return sorted(rows, key=lambda r: (r["rule"], r["subject_kind"], r["subject"], r["window_start"]))


def with_defaults(rule: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """'`defaults` fill key by key; a rule with a target of its own takes none of the default's.'"""
    targets = {"at_least", "at_most", "between", "reference"}
    made = dict(rule)
    for block in ("expect", "judge", "emit"):
        filled = dict(defaults.get(block) or {})
        if block == "judge" and targets & set(rule["judge"]):
            filled = {k: v for k, v in filled.items() if k not in targets}
        made[block] = filled | (rule.get(block) or {})
    return made


def in_strata(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rules that are not off; a rule after those whose verdicts it reads."""
    left, done = [r for r in rules if r.get("mode") != "off"], list[dict[str, Any]]()
    while left:
        ready = [r for r in left if r["measure"].get("rule") in {None, *(d["id"] for d in done)}]
        assert ready, "a rule reads one that is not there"
        done += ready
        left = [r for r in left if r not in ready]
    return done


def evaluate_rule(world: World, rule: dict[str, Any], made: dict[str, list[Cell]]) -> list[Cell]:
    """Expect, measure and judge one rule."""
    cells = cells_of(world, rule)
    for cell in cells:
        lower = made.get(rule["measure"].get("rule"), [])
        # 'For `rollup`: `due` = the latest of its own and its children's'
        cell.due = max([cell.due, *(c.due for c in children_of(world, cell, lower))])
        cell.closed = cell.due <= last_over(world, cell.subject)
        cell.out = row_of(world, cell, rollup(world, cell, lower) if rule["measure"]["kind"] == "rollup" else measure(world, cell))
    return cells


def row_of(world: World, cell: Cell, made: Measured) -> dict[str, Any]:
    """The cell as a row of the result."""
    target = target_of(world, cell)
    verdict, reason = judge(world, cell, made, target)
    short = reason == "short_window"
    end = None if short else shown_end(made, target)
    if made.value is not None and not made.value.denominator:  # nothing below was met or missed
        end = None
    shown = end is not None and made.is_share
    values = {
        "rule": cell.rule["id"], "subject_kind": cell.subject.kind, "subject": cell.subject.id, "school": cell.subject.school,
        "window_start": cell.start, "window_end": cell.end, "days": len(cell.days), "closes_on": cell.closes_on, "due": cell.due,
        "low": None if short or made.low is None else plain(made.low.number),
        "high": None if short or made.high is None else plain(made.high.number),
        "value": None if end is None else plain(end.number),
        "numerator": plain(end.numerator) if shown else None,  # type: ignore[union-attr]
        "denominator": plain(end.denominator) if shown else None,  # type: ignore[union-attr]
        "required": None if short else required_of(target), "level": None if short else level_of(made, target),
        "verdict": verdict, "reason": reason, "disposition": disposition(world, cell), "events": made.events,
    }
    return {c: values[c] for c in COLUMNS}


def disposition(world: World, cell: Cell) -> str:
    """'A cell whose window overlaps keeps its verdict; disposition `waived`.' Empty or `*` = any; 'a waiver for any of
    their schools covers the person'."""
    for row in world.waivers:
        asked = {f: row.get(f) for f in ("rule", "subject_kind", "subject") if row.get(f) not in (None, "", "*")}
        if any({"rule": cell.rule["id"], "subject_kind": cell.subject.kind, "subject": cell.subject.id}[f] != v for f, v in asked.items()):
            continue
        if row.get("school") not in (None, "", "*") and (cell.subject.kind == "district" or row["school"] not in cell.subject.schools):
            continue
        first, last = day(row.get("from")) or date.min, day(row.get("until")) or date.max
        if first <= cell.end and cell.start <= last:
            return "waived"
    return "active"
