"""From measurement, target and clock to a verdict: 'the first line that applies'."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from oracle.calendar import counts, usual_week
from oracle.coverage import COVERED, PENDING, SILENT, state_of
from oracle.matching import Cell, last_over
from oracle.measured import End, Measured
from oracle.world import DAY, World, day, listed, number, plain

SCALES = {"count": "whole", "total": "exact"}
HALF = Fraction(1, 2)


@dataclass
class Target:
    """What `judge` compares with, scaled. `short`: scaling rounded an `at_least` to 0."""

    kind: str  # at_least, at_most, between, reference
    ends: list[Fraction]  # none: no target on that day
    levels: list[tuple[str, Fraction]]
    short: bool = False


def target_of(world: World, cell: Cell) -> Target:
    """The target on the window's first day, scaled in a short week."""
    judge = cell.rule["judge"]
    kind = next(k for k in ("at_least", "at_most", "between", "reference") if k in judge)
    said = None if kind == "reference" else valid_on(judge[kind], cell)
    levels = [(name, number(v)) for name, v in (judge.get("levels") or {}).items()]
    if said is None:
        return scaled(world, cell, Target(kind, [], levels))  # type: ignore[arg-type]
    return scaled(world, cell, Target(kind, [number(v) for v in (said if isinstance(said, list) else [said])], levels))  # type: ignore[misc, arg-type]


def valid_on(said: Any, cell: Cell) -> Any:
    """'A number, or dated (valid on the window's first day)'; 'before its first entry `not_applicable, no_target`'."""
    if not (isinstance(said, list) and isinstance(said[0], dict)):
        return said
    valid = None
    for entry in said:
        if not entry.get("from") or day(entry["from"]) <= cell.start:  # type: ignore[operator]
            valid = entry["value"]
    return valid


def scaled(world: World, cell: Cell, target: Target) -> Target:
    """'x = target x days / nominal.'"""
    how, ratio = SCALES.get(cell.measure["kind"]), ratio_of(world, cell)
    if how is None or ratio is None:
        return target
    raw = [t * ratio for t in target.ends]
    if how == "exact":
        return Target(target.kind, raw, [(n, v * ratio) for n, v in target.levels])
    down, up = [Fraction((x + HALF) // 1) for x in raw], [Fraction(-(-x // 1)) for x in raw]
    levels = [(n, v if v == 0 else max(Fraction(1), Fraction((v * ratio + HALF) // 1))) for n, v in target.levels]
    ends = {"at_least": down, "at_most": up, "between": [*down[:1], *up[1:]]}.get(target.kind, [])
    return Target(target.kind, ends, levels, target.kind == "at_least" and ends == [0])


def ratio_of(world: World, cell: Cell) -> Fraction | None:
    """'Only `each: week` and `{weeks: N}` with `prorate` and `over: window`. `days >= nominal`: the target as written.'"""
    expect = cell.rule["expect"]
    n = 1 if expect["each"] == "week" else int(expect["each"]["weeks"]) if isinstance(expect["each"], dict) else 0
    if not n or not expect.get("prorate", True) or cell.measure.get("over", "window") != "window":
        return None
    nominal = n * usual_week(world, cell.subject.schools)
    return None if len(cell.days) >= nominal else Fraction(len(cell.days), nominal)


def satisfies(end: End | None, target: Target, cell: Cell) -> bool:
    """Whether one end of the range satisfies the target. An unbounded high (None) is above everything."""
    if end is None:
        return target.kind == "at_least"
    if target.kind == "between":
        return target.ends[0] <= end.number <= target.ends[1]
    good = end.number >= target.ends[0] if target.kind == "at_least" else end.number <= target.ends[0]
    k = int(cell.rule["judge"].get("all_but") or 0)
    against = end.denominator - end.numerator if target.kind == "at_least" else end.numerator
    # 'also satisfies when its denominator is more than k and at most k stand against it'
    return good or (k > 0 and "field" not in cell.measure and end.denominator > k >= against)


def quality(made: Measured, target: Target, cell: Cell) -> str | None:
    """'*Good* when both ends satisfy the target, *bad* when neither does (`between`: both below or both above).'"""
    if made.nothing or made.few or not target.ends:
        return None  # 'a cell with nothing to measure is neither good nor bad'
    fine = [satisfies(e, target, cell) for e in (made.low, made.high)]
    if all(fine):
        return "good"
    if any(fine):
        return None
    if target.kind == "between":
        below, above = made.high is not None and made.high.number < target.ends[0], made.low.number > target.ends[1]  # type: ignore[union-attr]
        return "bad" if below or above else None
    return "bad"


def direction(cell: Cell) -> str | None:
    """'More evidence can only *raise* `count`, `total` (where `status` includes `held`), `participation` per person and per
    answer, and only *lower* `recency` and `gap`.'"""
    m = cell.measure
    if m["kind"] in ("count", "total"):
        return "raises" if "held" in (listed(m.get("status")) or ["held"]) else None
    if m["kind"] == "participation" and m["per"] != "event":
        return "raises"
    return "lowers" if m["kind"] in ("recency", "gap") else None


def judge(world: World, cell: Cell, made: Measured, target: Target) -> tuple[str, str | None]:
    """Verdict and reason."""
    if cell.short or target.short:
        return "not_applicable", "short_window"
    if not target.ends:
        return "not_applicable", "no_target"
    state, how, moves = state_of(world, cell, made), quality(made, target, cell), direction(cell)
    settled, can_only = cell.closed and state == COVERED, (moves, target.kind)
    if how == "good" and (settled or can_only == ("raises", "at_least") or (cell.closed and can_only == ("lowers", "at_most"))):
        return "met", None
    if how == "bad" and (settled or can_only == ("raises", "at_most")):
        return "missed", None
    if state == SILENT:
        return "no_data", "silent"
    if not cell.closed:
        return ("at_risk" if at_risk(world, cell, made, target) else "open"), None
    if state == PENDING:
        return "open", "awaiting_evidence"
    return undecided(cell, made)


def undecided(cell: Cell, made: Measured) -> tuple[str, str | None]:
    """'Closed and covered from here on.'"""
    judge = cell.rule["judge"]
    if made.few:
        return "not_applicable", made.few
    if made.nothing:
        return judge.get("if_none", "not_applicable"), "nothing_to_measure"
    return judge.get("if_unknown", "no_data"), made.doubt


def at_risk(world: World, cell: Cell, made: Measured, target: Target) -> bool:
    """Whether what is left may not be enough."""
    kind, last = cell.measure["kind"], last_over(world, cell.subject)
    warn = cell.rule["judge"].get("warn")
    warn = len(cell.days) // 4 if warn is None else int(warn)
    left = sum(d > last for d in cell.days)
    if kind in ("count", "total") and target.kind == "at_least":
        need = target.ends[0] - made.low.number  # type: ignore[union-attr]
        return need > 0 and left <= (max(need, warn) if kind == "count" else warn)
    if kind == "recency" and target.kind == "at_most":
        return target.ends[0] - made.high.number <= warn  # type: ignore[union-attr]
    # 'at most `warn` instructional days lie after the last day that is over up to and including' its due
    return any(distance(world, cell, due) <= warn for due in made.at_risk)


def distance(world: World, cell: Cell, due: Any) -> int:
    """Instructional days after the last day that is over, up to a due date."""
    return sum(counts(world, cell.subject.schools, d) for d in world.dates(last_over(world, cell.subject) + DAY, due))


def level_of(made: Measured, target: Target) -> str | None:
    """'The best of `levels` that `low` reaches (`at_most`: that `high` does not exceed), else none.'"""
    if made.low is None:
        return None
    for name, bound in target.levels:
        if target.kind == "at_most":
            if made.high is not None and made.high.number <= bound:
                return name
        elif made.low.number >= bound:
            return name
    return None


def shown_end(made: Measured, target: Target) -> End | None:
    """'`value` is the end that is worse for the target: low; `at_most`: high, or low when high is unbounded.'"""
    if made.value is not None:
        return made.value
    return (made.high or made.low) if target.kind == "at_most" else made.low


def required_of(target: Target) -> str | None:
    """'The scaled target (`a..b` for `between`, empty for `reference` and `short_window`).'"""
    return "..".join(plain(e) or "" for e in target.ends) or None

